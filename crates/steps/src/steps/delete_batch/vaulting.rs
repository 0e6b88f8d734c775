//! What goes is copied to the vault first, where the repository's rule says so.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use ecr_sweep_core::{Age, Digest};
use ecr_sweep_protocol::documents::DeletionOutcome;
use futures::future::{Either, select};

use super::Deleting;
use super::queue::Candidate;
use crate::StepError;
use crate::stored_manifests::stored_manifests;
use crate::vault::{self, Vaulted};

/// The code of an image that stays because it could not come back.
const NOT_IN_VAULT: &str = "NotInVault";

/// Copying may take longer than the lock lasts.
const BETWEEN_RENEWALS: Duration = Duration::from_mins(2);

/// What a batch came to before it is looked at for the last time.
pub(super) struct Copied {
    /// Those that are in the vault, whole.
    pub(super) batch: Vec<Candidate>,
    /// Whether others were not come to before the time was up.
    pub(super) is_cut_short: bool,
}

impl Deleting<'_> {
    /// Copies what the images of a batch are made of, their manifests among it, and holds it against
    /// the digests. What cannot be copied stays.
    ///
    /// Copying may take long, so it comes before the last look at the images. What reading their
    /// manifests did to pull times is looked at right after.
    pub(super) async fn copy_to_vault(
        &mut self,
        batch: Vec<Candidate>,
        undo_for: Age,
    ) -> Result<Copied, StepError> {
        let unchanged = self.check_images(batch).await?;
        let stored = self.store_manifests(unchanged).await;
        self.look_at_what_was_read().await?;
        let mut made_of = Vec::new();
        let stored = stored?;
        let stored_in = stored.iter().map(|(it, copy)| (it.queued.digest, copy.clone()));
        let mut manifests = stored_manifests(self.run, stored_in).await?.manifests;
        for (candidate, _) in stored {
            match manifests.remove(&candidate.queued.digest) {
                Some(Ok(manifest)) => {
                    let blobs = manifest.parts.blobs.iter().map(|blob| blob.digest);
                    made_of.push((candidate, blobs.collect::<BTreeSet<Digest>>()));
                }
                Some(Err(why)) => self.not_in_vault(&candidate, &why),
                None => self.not_in_vault(&candidate, "its manifest is not stored"),
            }
        }
        let blobs: BTreeSet<Digest> =
            made_of.iter().flat_map(|(_, blobs)| blobs).copied().collect();
        let until = undo_for.after(self.run.now());
        let number = self.receipts.next_batch();
        let kept = {
            let keeping = pin!(vault::keep(
                self.run,
                &self.reader,
                self.repository,
                number,
                until,
                &blobs,
                &self.in_vault,
            ));
            let holding = pin!(self.hold_lock());
            match select(keeping, holding).await {
                Either::Left((kept, _)) => kept,
                Either::Right((lost, _)) => Err(lost),
            }
        };
        let Vaulted { there, not_there } = kept?;
        self.in_vault.extend(there);
        let mut copied = Copied { batch: Vec::new(), is_cut_short: false };
        for (candidate, blobs) in made_of {
            let missing = blobs.iter().find_map(|blob| Some((blob, not_there.get(blob)?)));
            if let Some((blob, why)) = missing {
                self.not_in_vault(&candidate, &format!("{blob}: {why}"));
            } else if blobs.iter().all(|blob| self.in_vault.contains_key(blob)) {
                copied.batch.push(candidate);
            } else {
                copied.is_cut_short = true;
            }
        }
        Ok(copied)
    }

    /// Makes the lock last on, until it is lost.
    async fn hold_lock(&self) -> StepError {
        loop {
            tokio::time::sleep(BETWEEN_RENEWALS).await;
            if let Err(lost) = self.lock.renew(self.run).await {
                return lost;
            }
        }
    }

    /// Enters an image that stays because it could not come back.
    fn not_in_vault(&mut self, candidate: &Candidate, why: &str) {
        let outcome = DeletionOutcome::Failed {
            code: NOT_IN_VAULT.into(),
            reason: format!("it could not be copied to the vault: {why}").into(),
        };
        let (wave, now) = (Some(candidate.wave), self.run.now());
        self.receipts.enter(self.receipts.receipt(&candidate.queued, wave, outcome, now, None));
    }
}
