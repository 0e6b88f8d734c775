//! Looking does not disturb: what reading manifests did to pull times is taken out of them.
//!
//! `BatchGetImage` counts as a pull, so an index whose manifest was read for planning would look
//! needed for as long as the policy's `minimum_idle`. Each read is written down before it is made,
//! with the pull time that the image had, and closed after the answer. A pull time inside such a
//! window is our own, and the decision is given the one from before. A window that was never
//! closed, because the program ended, counts as long as a call can take.
//!
//! What this gives up: somebody else's first pull inside a window of minutes is not seen. Under a
//! role that the registry excludes from pull times there are no windows to match.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::{Key, ManifestRead, ManifestReads, V1, keys};
use jiff::{SignedDuration, Timestamp};

use crate::{Environment, StepError};

/// How far the registry's clock may be from ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(3);

/// The longest that a read takes, retries included.
const LONGEST_READ: SignedDuration = SignedDuration::from_mins(5);

/// The reads of one repository's manifests.
pub(crate) struct ReadLedger {
    key: Key<ManifestReads>,
    /// Its reads are sorted, so by image.
    document: ManifestReads,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
    /// Images that are no more: the next write leaves them out.
    gone: BTreeSet<Digest>,
}

impl ReadLedger {
    pub(crate) async fn open(
        environment: &Environment,
        repository: &RepositoryId,
    ) -> Result<Self, StepError> {
        let key = keys::manifest_reads(repository);
        let (document, version) = environment.find_version(&key).await?.unzip();
        let RepositoryId { registry, name } = repository;
        let mut document = document.unwrap_or_else(|| ManifestReads {
            schema_version: V1,
            account: registry.account.clone(),
            region: registry.region.clone(),
            repository: name.clone(),
            reads: Vec::new(),
        });
        document.reads.sort_unstable();
        Ok(Self { key, document, version, gone: BTreeSet::new() })
    }

    /// The image with the last pull that somebody else made.
    pub(crate) fn without_own_reads(&self, mut image: Image) -> Image {
        let Some(pulled_at) = image.pulled_at else { return image };
        let reads = &self.document.reads;
        let first = reads.partition_point(|read| read.digest < image.digest);
        let mut own = reads[first..].iter().take_while(|read| read.digest == image.digest);
        if let Some(read) = own.find(|read| is_within(read, pulled_at)) {
            image.pulled_at = read.pulled_before;
        }
        image
    }

    /// Writes down that these images are about to be read, with the pull times that they have.
    pub(crate) async fn begin(
        &mut self,
        environment: &Environment,
        images: &BTreeMap<Digest, Option<Timestamp>>,
    ) -> Result<(), StepError> {
        let from = environment.now();
        let begun: Vec<ManifestRead> = images
            .iter()
            .map(|(digest, pulled_before)| ManifestRead {
                digest: *digest,
                from,
                to: None,
                pulled_before: *pulled_before,
            })
            .collect();
        self.update(environment, |reads| reads.extend(begun.iter().cloned())).await
    }

    /// Writes down that the reads which are under way have had their answer.
    pub(crate) async fn complete(
        &mut self,
        environment: &Environment,
        images: &BTreeMap<Digest, Option<Timestamp>>,
    ) -> Result<(), StepError> {
        let to = environment.now();
        self.update(environment, |reads| {
            for read in reads.iter_mut() {
                if read.to.is_none() && images.contains_key(&read.digest) {
                    read.to = Some(to);
                }
            }
        })
        .await
    }

    /// Forgets images that do not exist any more, with the next write.
    pub(crate) fn forget(&mut self, gone: impl IntoIterator<Item = Digest>) {
        self.gone.extend(gone);
    }

    /// Forgets every image that is not among these, with the next write.
    pub(crate) fn forget_all_but(&mut self, images: &[Image]) {
        let there: BTreeSet<Digest> = images.iter().map(|image| image.digest).collect();
        let read = self.document.reads.iter().map(|read| read.digest);
        self.gone.extend(read.filter(|digest| !there.contains(digest)));
    }

    async fn update(
        &mut self,
        environment: &Environment,
        change: impl Fn(&mut Vec<ManifestRead>),
    ) -> Result<(), StepError> {
        let (opened, gone) = (&self.document, &self.gone);
        let found = self.version.clone().map(|version| (opened.clone(), version));
        let (document, version) = environment
            .update_found(&self.key, found, |old| {
                let mut reads = old.map(|old: ManifestReads| old.reads).unwrap_or_default();
                reads.retain(|read| !gone.contains(&read.digest));
                change(&mut reads);
                reads.sort();
                reads.dedup();
                Ok(ManifestReads {
                    schema_version: V1,
                    account: opened.account.clone(),
                    region: opened.region.clone(),
                    repository: opened.repository.clone(),
                    reads,
                })
            })
            .await?;
        (self.document, self.version) = (document, Some(version));
        self.gone.clear();
        Ok(())
    }
}

fn is_within(read: &ManifestRead, pulled_at: Timestamp) -> bool {
    let to = read.to.unwrap_or_else(|| later(read.from, LONGEST_READ));
    earlier(read.from, CLOCK_SKEW) <= pulled_at && pulled_at <= later(to, CLOCK_SKEW)
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
