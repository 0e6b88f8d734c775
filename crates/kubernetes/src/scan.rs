//! The scan of a cluster.

use std::sync::Arc;
use std::time::Instant;

use ecr_sweep_core::Aliases;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::connection::{Connection, Endpoint, NotAnEndpoint};
use crate::discovery::{Resource, discover};
use crate::error::{KubernetesError, KubernetesErrorKind};
use crate::found::Mention;
use crate::list::{Listed, list_all};

/// How a cluster is scanned.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// What stands for registries besides ECR's own hosts.
    pub aliases: Aliases,
    /// How many objects a page has.
    pub page_size: u32,
    /// How many lists may be under way at once; at least 1.
    pub concurrency: usize,
    /// When the scan stops with an error, if it has to.
    pub until: Option<Instant>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { aliases: Aliases::new(), page_size: 500, concurrency: 4, until: None }
    }
}

impl ScanOptions {
    pub(crate) fn has_no_time_left(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

/// A cluster, of which the API is known.
#[derive(Debug, Clone)]
pub struct Cluster(Connection);

/// What a scan saw of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What reads as a reference, sorted.
    pub mentions: Vec<Mention>,
    /// How many resources were listed.
    pub resources: u64,
    /// How many objects they have, those of lists that began again counted again.
    pub objects: u64,
    /// How many pages were read.
    pub pages: u64,
    /// How often a list began again.
    pub restarts: u64,
}

impl Cluster {
    /// The cluster behind an endpoint. No call is made.
    pub fn new(endpoint: Endpoint) -> Result<Self, NotAnEndpoint> {
        Connection::new(endpoint).map(Self)
    }

    /// Everything that reads as a reference in every resource, but Secrets and events: all of it, or
    /// an error.
    pub async fn scan(&self, options: &ScanOptions) -> Result<Found, KubernetesError> {
        let resources = discover(&self.0).await?;
        let aliases = Arc::new(options.aliases.clone());
        let listed: Vec<(Resource, Option<Listed>)> = stream::iter(resources)
            .map(|resource| self.list(resource, aliases.clone(), options))
            .buffer_unordered(options.concurrency.max(1))
            .try_collect()
            .await?;
        let gone = listed.iter().filter(|(_, listed)| listed.is_none());
        self.check_gone(gone.map(|(resource, _)| resource)).await?;
        let mut found = Found::default();
        for (resource, listed) in listed {
            let Some(Listed { gathered, pages, restarts }) = listed else { continue };
            found.resources += 1;
            found.objects += gathered.objects;
            found.pages += pages;
            found.restarts += restarts;
            found.mentions.extend(gathered.into_mentions(&resource.kind));
        }
        found.mentions.sort();
        found.mentions.dedup();
        Ok(found)
    }

    async fn list(
        &self,
        resource: Resource,
        aliases: Arc<Aliases>,
        options: &ScanOptions,
    ) -> Result<(Resource, Option<Listed>), KubernetesError> {
        match list_all(&self.0, &resource, aliases, options).await {
            Ok(listed) => Ok((resource, Some(listed))),
            Err(error) if error.kind == KubernetesErrorKind::NotFound => Ok((resource, None)),
            Err(error) => Err(error),
        }
    }

    /// What was not found has to be gone: a resource that the cluster has, and does not list, may
    /// have anything in it.
    async fn check_gone<'a>(
        &self,
        gone: impl Iterator<Item = &'a Resource>,
    ) -> Result<(), KubernetesError> {
        let gone: Vec<&Resource> = gone.collect();
        if gone.is_empty() {
            return Ok(());
        }
        let there = discover(&self.0).await?;
        match gone.into_iter().find(|resource| there.contains(resource)) {
            Some(resource) => {
                let error = KubernetesError::new(&resource.path(), KubernetesErrorKind::NotFound);
                Err(error.saying("the cluster still says that it has it").about(resource))
            }
            None => Ok(()),
        }
    }
}
