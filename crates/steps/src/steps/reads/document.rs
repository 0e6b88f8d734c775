//! A stored document of reads.

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::documents::{Key, ManifestRead, ManifestReads, V1};

use crate::{Environment, StepError};

/// A document of reads.
pub(super) struct ReadsDocument {
    key: Key<ManifestReads>,
    /// Its reads are sorted, so by image.
    pub(super) document: ManifestReads,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
}

impl ReadsDocument {
    pub(super) async fn open(
        environment: &Environment,
        key: fn(&RepositoryId) -> Key<ManifestReads>,
        repository: &RepositoryId,
    ) -> Result<Self, StepError> {
        let key = key(repository);
        let (document, version) = environment.find_version(&key).await?.unzip();
        let RepositoryId { registry, name } = repository;
        let mut document = document.unwrap_or_else(|| ManifestReads {
            schema_version: V1,
            account: registry.account.clone(),
            region: registry.region.clone(),
            repository: name.clone(),
            has_more: false,
            reads: Vec::new(),
        });
        document.reads.sort_unstable();
        Ok(Self { key, document, version })
    }

    /// The reads of one image.
    pub(super) fn of(&self, image: Digest) -> impl Iterator<Item = &ManifestRead> {
        let reads = &self.document.reads;
        let first = reads.partition_point(|read| read.digest < image);
        reads[first..].iter().take_while(move |read| read.digest == image)
    }

    pub(super) async fn update(
        &mut self,
        environment: &Environment,
        change: impl Fn(&mut ManifestReads),
    ) -> Result<(), StepError> {
        let opened = &self.document;
        let found = self.version.clone().map(|version| (opened.clone(), version));
        let (document, version) = environment
            .update_found(&self.key, found, |old| {
                let mut document = old.unwrap_or_else(|| ManifestReads {
                    has_more: false,
                    reads: Vec::new(),
                    ..opened.clone()
                });
                change(&mut document);
                Ok(document)
            })
            .await?;
        (self.document, self.version) = (document, Some(version));
        Ok(())
    }
}
