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

/// What became of the list of a resource.
enum Outcome {
    Listed(Resource, Listed),
    /// There was no such resource any more.
    Gone(Resource),
    Denied(KubernetesError),
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
        let outcomes: Vec<Outcome> = stream::iter(resources)
            .map(|resource| self.list(resource, aliases.clone(), options))
            .buffer_unordered(options.concurrency.max(1))
            .try_collect()
            .await?;
        let (mut found, mut gone, mut denied) = (Found::default(), Vec::new(), Vec::new());
        for outcome in outcomes {
            match outcome {
                Outcome::Listed(resource, listed) => found.add(&resource, listed),
                Outcome::Gone(resource) => gone.push(resource),
                Outcome::Denied(error) => denied.push(error),
            }
        }
        // All at once: who mends one would meet the next.
        if let Some(error) = KubernetesError::of_denied(denied) {
            return Err(error);
        }
        self.check_gone(&gone).await?;
        found.mentions.sort();
        found.mentions.dedup();
        Ok(found)
    }

    async fn list(
        &self,
        resource: Resource,
        aliases: Arc<Aliases>,
        options: &ScanOptions,
    ) -> Result<Outcome, KubernetesError> {
        match list_all(&self.0, &resource, aliases, options).await {
            Ok(listed) => Ok(Outcome::Listed(resource, listed)),
            Err(error) => match error.kind {
                KubernetesErrorKind::NotFound => Ok(Outcome::Gone(resource)),
                KubernetesErrorKind::Forbidden => Ok(Outcome::Denied(error)),
                _ => Err(error),
            },
        }
    }

    /// What was not found has to be gone: a resource that the cluster has, and does not list, may
    /// have anything in it.
    async fn check_gone(&self, gone: &[Resource]) -> Result<(), KubernetesError> {
        if gone.is_empty() {
            return Ok(());
        }
        let there = discover(&self.0).await?;
        match gone.iter().find(|resource| there.contains(resource)) {
            Some(resource) => {
                let error = KubernetesError::new(&resource.path(), KubernetesErrorKind::NotFound);
                Err(error.saying("the cluster still says that it has it").about(resource))
            }
            None => Ok(()),
        }
    }
}

impl Found {
    fn add(&mut self, resource: &Resource, listed: Listed) {
        let Listed { gathered, pages, restarts } = listed;
        self.resources += 1;
        self.objects += gathered.objects;
        self.pages += pages;
        self.restarts += restarts;
        self.mentions.extend(gathered.into_mentions(&resource.kind));
    }
}
