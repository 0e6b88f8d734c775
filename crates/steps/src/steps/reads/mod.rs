//! Looking does not disturb: what reading manifests did to pull times is taken out of them.
//!
//! `BatchGetImage` counts as a pull, so an index whose manifest was read for planning would look
//! needed for as long as the policy's `minimum_idle`. Each read is written down before it is made,
//! with the pull time that the image had. After it the registry is asked what pull time it shows:
//! that one is our own, and the decision is given the one from before. Every other is somebody's.
//!
//! Where the program ended before it had looked, the next to list the images does: see
//! [`ReadLedger::settle`].
//!
//! What this gives up: somebody else's pull between two calls that follow on one another, as the
//! later time is all that a registry keeps. Under a role that the registry excludes from pull times
//! nothing is left of a read, and nothing is subtracted.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>

mod document;
mod own;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::{ManifestRead, keys};
use jiff::Timestamp;

use self::document::ReadsDocument;
use crate::{Environment, StepError};

/// With more reads than these a deletion writes down its own apart: each batch does so.
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
    /// What is being read, or was: nobody has looked at it since.
    begun: BTreeMap<Digest, ManifestRead>,
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
        let gone = BTreeSet::new();
        let gone_from_others = BTreeSet::new();
        Self { own, others, gone, gone_from_others, begun: BTreeMap::new() }
    }

    /// The image with the last pull that somebody else made.
    pub(crate) fn without_own_reads(&self, mut image: Image) -> Image {
        let Some(pulled_at) = image.pulled_at else { return image };
        let own = [Some(&self.own), self.others.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|document| document.of(image.digest))
            .find(|read| own::is_own(read, pulled_at));
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
                pulled_after: None,
            })
            .collect();
        self.update(environment, |reads| reads.extend(begun.iter().cloned())).await?;
        self.begun.extend(begun.into_iter().map(|read| (read.digest, read)));
        Ok(())
    }

    /// The last read that is known to have counted as a pull, and of which image it was.
    pub(crate) fn last_counted(&self) -> Option<(Timestamp, Digest)> {
        let reads = [Some(&self.own), self.others.as_ref()].into_iter().flatten();
        let counted =
            reads.flat_map(|it| &it.document.reads).filter(|it| it.pulled_after.is_some());
        counted.map(|read| (read.from, read.digest)).max()
    }

    /// What is being read, or was, and nobody has looked at since.
    pub(crate) fn begun(&self) -> Vec<Digest> {
        self.begun.keys().copied().collect()
    }

    /// Writes down what the registry shows of all that was being read. What shows nothing of it
    /// needs no remembering.
    pub(crate) async fn close(
        &mut self,
        environment: &Environment,
        shown: &[Image],
    ) -> Result<(), StepError> {
        let to = environment.now();
        let shown: BTreeMap<Digest, Timestamp> =
            shown.iter().filter_map(|image| Some((image.digest, image.pulled_at?))).collect();
        let begun = std::mem::take(&mut self.begun);
        let closed: Vec<ManifestRead> = begun
            .values()
            .filter_map(|read| Some((read, *shown.get(&read.digest)?)))
            .filter(|(read, pulled_after)| read.pulled_before != Some(*pulled_after))
            .map(|(read, pulled_after)| ManifestRead {
                to: Some(to),
                pulled_after: Some(pulled_after),
                ..read.clone()
            })
            .collect();
        self.update(environment, |reads| {
            reads.retain(|read| begun.get(&read.digest).is_none_or(|it| it.from != read.from));
            reads.extend(closed.iter().cloned());
        })
        .await
    }

    /// Settles the reads of which nobody has written down what they left, because the program ended
    /// before: these images are as the registry lists them now.
    pub(crate) async fn settle(
        &mut self,
        environment: &Environment,
        images: &[Image],
    ) -> Result<(), StepError> {
        for document in [Some(&mut self.own), self.others.as_mut()].into_iter().flatten() {
            let settled = own::settled(&document.document.reads, images);
            if !settled.is_empty() {
                document
                    .update(environment, |document| own::settle(&mut document.reads, &settled))
                    .await?;
            }
        }
        Ok(())
    }

    /// Leaves it to the next listing to look at these: nobody knows whether they are there.
    pub(crate) fn leave(&mut self, unknown: impl IntoIterator<Item = Digest>) {
        for digest in unknown {
            self.begun.remove(&digest);
        }
    }

    /// Forgets images that do not exist any more, with the next write.
    pub(crate) fn forget(&mut self, gone: impl IntoIterator<Item = Digest>) {
        for digest in gone {
            self.begun.remove(&digest);
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
