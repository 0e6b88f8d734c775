//! The last look at the images of a batch: what is not as it was planned stays.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, ImageStatus};
use ecr_sweep_protocol::documents::ManifestCopy;

use super::Deleting;
use super::awaiting::subjects;
use super::manifests::{self, Kept, Leaving};
use super::queue::{self, Candidate};
use crate::StepError;
use crate::error::is_repository_gone;

impl Deleting<'_> {
    /// The candidates that are still as they were planned, each with what the registry says now.
    pub(super) async fn check_images(
        &mut self,
        batch: Vec<Candidate>,
    ) -> Result<Vec<(Candidate, Image)>, StepError> {
        let mut to_check = BTreeMap::new();
        for candidate in batch {
            match candidate.changed.clone() {
                Some(changed) => self.skip(&candidate.queued, Some(candidate.wave), changed),
                None => drop(to_check.insert(candidate.queued.digest, candidate)),
            }
        }
        let digests: Vec<Digest> = to_check.keys().copied().collect();
        let mut unchanged = Vec::new();
        let mut there = self.look_at(&digests).await?;
        there.sort_by_key(|image| image.digest);
        // What an earlier call has read that was killed is nobody's pull.
        self.ledger.settle(self.run, &there).await?;
        let left = self.plans.awaited.find_left(self.run, &there).await?;
        for image in there {
            let Some(candidate) = to_check.remove(&image.digest) else { continue };
            let image = self.ledger.without_own_reads(image);
            if image.status == ImageStatus::Archived
                && candidate.queued.archive
                && self.receipts.enter_archived(&candidate.queued)
            {
                continue;
            }
            let reason = queue::change_since(&candidate.queued, &image)
                .map(|change| format!("{change} since it was planned again"))
                .or_else(|| left.reason_to_stay(&image));
            match reason {
                Some(reason) => self.skip(&candidate.queued, Some(candidate.wave), reason),
                None => unchanged.push((candidate, image)),
            }
        }
        for candidate in to_check.into_values() {
            self.enter_gone(&candidate.queued, Some(candidate.wave));
        }
        Ok(unchanged)
    }

    /// Those of these images that are there, as the registry has them now.
    pub(super) async fn look_at(&self, digests: &[Digest]) -> Result<Vec<Image>, StepError> {
        match self.reader.images_exactly(&self.repository.name, digests).await {
            Err(error) if is_repository_gone(&error) => Ok(Vec::new()),
            exact => Ok(exact?.found),
        }
    }

    /// The candidates whose manifests are stored now, or that cannot have one, and before which
    /// nothing has to go that is there.
    pub(super) async fn store_manifests(
        &mut self,
        candidates: Vec<(Candidate, Image)>,
    ) -> Result<Vec<(Candidate, Option<ManifestCopy>)>, StepError> {
        let (archived, candidates): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|(candidate, _)| candidate.queued.archive);
        let mut ready = self.check_order(archived).await?;
        let together: BTreeSet<Digest> = candidates.iter().map(|(_, it)| it.digest).collect();
        let leaving: Vec<Leaving<'_>> = candidates
            .iter()
            .map(|(candidate, image)| {
                // Of a circle nothing goes first.
                let subjects = subjects(image).into_iter().filter(|it| !together.contains(it));
                let after = candidate.queued.after.iter().copied();
                Leaving { image, before: after.chain(subjects).collect() }
            })
            .collect();
        let mut kept = manifests::keep(
            self.run,
            &self.reader,
            self.repository,
            &mut self.ledger,
            self.receipts.next_batch(),
            &leaving,
        )
        .await?;
        for (candidate, _) in candidates {
            match kept.remove(&candidate.queued.digest) {
                Some(Kept::Copy(copy)) => ready.push((candidate, Some(copy))),
                Some(Kept::Gone) => {
                    self.enter_gone(&candidate.queued, Some(candidate.wave));
                }
                Some(Kept::Waits(before)) => self.hold(&candidate, before),
                Some(Kept::Unreadable(problem)) => self.not_stored(&candidate, &problem),
                None => self.not_stored(&candidate, "it was not asked for"),
            }
        }
        Ok(ready)
    }

    /// Those of these candidates for the archive before which nothing has to go, or be archived, that is
    /// there and can be pulled. Their manifests are not read: that would count as a pull, and they stay.
    async fn check_order(
        &mut self,
        candidates: Vec<(Candidate, Image)>,
    ) -> Result<Vec<(Candidate, Option<ManifestCopy>)>, StepError> {
        let together: BTreeSet<Digest> = candidates.iter().map(|(_, it)| it.digest).collect();
        let before: Vec<BTreeSet<Digest>> = candidates
            .iter()
            .map(|(candidate, image)| {
                // Of a circle nothing goes first.
                let subjects = subjects(image).into_iter().filter(|it| !together.contains(it));
                candidate.queued.after.iter().copied().chain(subjects).collect()
            })
            .collect();
        let asked: Vec<Digest> =
            before.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let there = if asked.is_empty() { Vec::new() } else { self.look_at(&asked).await? };
        let there = there.into_iter().filter(|image| image.status != ImageStatus::Archived);
        let there: BTreeSet<Digest> = there.map(|image| image.digest).collect();
        let mut ready = Vec::new();
        for ((candidate, _), before) in candidates.into_iter().zip(before) {
            match before.intersection(&there).next() {
                Some(before) => self.hold(&candidate, *before),
                None => ready.push((candidate, None)),
            }
        }
        Ok(ready)
    }
}
