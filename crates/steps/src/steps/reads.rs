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

/// With more reads than these a deletion writes down its own apart: each batch does so twice.
const MANY: usize = 1_000;

/// The reads of one repository's manifests.
pub(crate) struct ReadLedger {
    /// Where it is written down what is read from here on.
    own: ReadsDocument,
    /// What else is written down, where that is apart.
    others: Option<ReadsDocument>,
    /// Images that are no more: the next write leaves them out.
    gone: BTreeSet<Digest>,
    /// Those of them that the others have.
    gone_from_others: BTreeSet<Digest>,
}

impl ReadLedger {
    /// The ledger, for what planning reads.
    pub(crate) async fn open(
        environment: &Environment,
        repository: &RepositoryId,
    ) -> Result<Self, StepError> {
        let own = ReadsDocument::open(environment, keys::manifest_reads, repository).await?;
        let others = if own.document.has_more {
            Some(ReadsDocument::open(environment, keys::deletion_reads, repository).await?)
        } else {
            None
        };
        Ok(Self::of(own, others))
    }

    /// The ledger, for what is read right before it is deleted.
    pub(crate) async fn open_for_deletion(
        environment: &Environment,
        repository: &RepositoryId,
    ) -> Result<Self, StepError> {
        let mut all = ReadsDocument::open(environment, keys::manifest_reads, repository).await?;
        if !all.document.has_more {
            if all.document.reads.len() <= MANY {
                return Ok(Self::of(all, None));
            }
            all.update(environment, |document| document.has_more = true).await?;
        }
        let own = ReadsDocument::open(environment, keys::deletion_reads, repository).await?;
        Ok(Self::of(own, Some(all)))
    }

    const fn of(own: ReadsDocument, others: Option<ReadsDocument>) -> Self {
        Self { own, others, gone: BTreeSet::new(), gone_from_others: BTreeSet::new() }
    }

    /// The image with the last pull that somebody else made.
    pub(crate) fn without_own_reads(&self, mut image: Image) -> Image {
        let Some(pulled_at) = image.pulled_at else { return image };
        let own = [Some(&self.own), self.others.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|document| document.of(image.digest))
            .find(|read| is_within(read, pulled_at));
        if let Some(read) = own {
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
        for digest in gone {
            if self.others.as_ref().is_some_and(|others| others.of(digest).next().is_some()) {
                self.gone_from_others.insert(digest);
            }
            self.gone.insert(digest);
        }
    }

    /// Forgets every image that is not among these, with the next write.
    pub(crate) fn forget_all_but(&mut self, images: &[Image]) {
        let there: BTreeSet<Digest> = images.iter().map(|image| image.digest).collect();
        let read = self.own.document.reads.iter().map(|read| read.digest);
        self.gone.extend(read.filter(|digest| !there.contains(digest)));
    }

    /// Leaves out of the other reads, too, what was forgotten.
    pub(crate) async fn end_deletion(
        &mut self,
        environment: &Environment,
    ) -> Result<(), StepError> {
        let Some(others) = self.others.as_mut().filter(|_| !self.gone_from_others.is_empty())
        else {
            return Ok(());
        };
        let gone = std::mem::take(&mut self.gone_from_others);
        others
            .update(environment, |document| {
                document.reads.retain(|read| !gone.contains(&read.digest));
            })
            .await?;
        self.update(environment, |_| ()).await
    }

    async fn update(
        &mut self,
        environment: &Environment,
        change: impl Fn(&mut Vec<ManifestRead>),
    ) -> Result<(), StepError> {
        let gone = &self.gone;
        self.own
            .update(environment, |document| {
                document.reads.retain(|read| !gone.contains(&read.digest));
                change(&mut document.reads);
                document.reads.sort();
                document.reads.dedup();
            })
            .await?;
        self.gone.clear();
        Ok(())
    }
}

/// A document of reads.
struct ReadsDocument {
    key: Key<ManifestReads>,
    /// Its reads are sorted, so by image.
    document: ManifestReads,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
}

impl ReadsDocument {
    async fn open(
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
    fn of(&self, image: Digest) -> impl Iterator<Item = &ManifestRead> {
        let reads = &self.document.reads;
        let first = reads.partition_point(|read| read.digest < image);
        reads[first..].iter().take_while(move |read| read.digest == image)
    }

    async fn update(
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
