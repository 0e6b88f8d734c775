//! The step `delete-batch`: deletes what both plans of one repository delete, batch after batch.
//!
//! Before each batch it renews the lock, looks at the age of plan and evidence, and asks the
//! registry for exactly the batch's images: what has changed since it was planned stays, and so
//! does everything that would have to go after it. The manifests are stored, the receipts say what
//! is about to be asked, and only then the registry is asked; its answer for each image becomes
//! the image's receipt.

mod awaiting;
mod counts;
mod manifests;
mod queue;
mod receipt_book;

pub(crate) use counts::count;

use std::collections::BTreeMap;

use ecr_sweep_aws::registry::DeleteOutcome;
use ecr_sweep_aws::{AwsError, RegistryReader};
use ecr_sweep_core::{Digest, Image, Queued, RepositoryId, sha256};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, ManifestCopy, MatchedRepository, Stage, StoredPlan, keys,
};

use crate::error::{error_name, is_repository_gone};
use crate::run::attempt::{Attempt, attempt};
use crate::run::lock::Deleter;
use crate::steps::reads::ReadLedger;
use crate::{HeldLock, Run, StepError};
use awaiting::Awaiting;
use manifests::Kept;
use queue::{Candidate, Withdrawn};
use receipt_book::ReceiptBook;

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// To the end.
    Done,
    /// The time was up before the last batch: call again.
    Unfinished {
        /// How many images are gone.
        gone: u64,
    },
}

/// Deletes what both plans of a repository delete. What has a receipt that says it is gone is not
/// asked for again, so this can be called again after whatever stopped it. What could not be
/// planned again is left as it is, as is what stopped before and was not planned again since.
///
/// Ends early with [`StepError::StaleEvidence`] when the evidence gets too old: scan and plan
/// again, then call again.
pub async fn delete_batch(
    run: &Run,
    lock: &HeldLock,
    repository: &MatchedRepository,
) -> Result<Deletion, StepError> {
    let id = repository.id();
    let attempt = attempt(run, Stage::Recheck, &id).await?;
    let Attempt::Planned { plan_digest, .. } = attempt else { return Ok(Deletion::Done) };
    let mut deletion = Deleting::open(run, lock, &id, plan_digest).await?;
    deletion.check_plans()?;
    deletion.enter_withdrawn().await?;
    let mut has_asked = false;
    for batch in queue::batches(&deletion.plan, &deletion.recheck) {
        // Each call gets at least one batch further.
        if has_asked && run.deadline.has_passed() {
            deletion.receipts.write(run, false).await?;
            return Ok(Deletion::Unfinished { gone: deletion.receipts.gone() });
        }
        has_asked |= deletion.delete(batch).await?;
    }
    deletion.receipts.write(run, true).await?;
    Ok(Deletion::Done)
}

struct Deleting<'a> {
    run: &'a Run,
    lock: &'a HeldLock,
    repository: &'a RepositoryId,
    reader: RegistryReader,
    deleter: Deleter<'a>,
    plan: StoredPlan,
    recheck: StoredPlan,
    receipts: ReceiptBook,
    ledger: ReadLedger,
}

impl<'a> Deleting<'a> {
    async fn open(
        run: &'a Run,
        lock: &'a HeldLock,
        repository: &'a RepositoryId,
        plan_digest: Option<Digest>,
    ) -> Result<Self, StepError> {
        let key = |stage| keys::plan(&run.id, stage, repository);
        let recheck = key(Stage::Recheck);
        let stored = run.store.get(&recheck).await?.ok_or_else(|| run.missing(&recheck))?;
        if plan_digest.is_some_and(|digest| digest != sha256(&stored.bytes)) {
            return Err(StepError::StalePlan {
                repository: repository.clone(),
                problem: format!("{} is not the plan that was made", run.store.address(&recheck)),
            });
        }
        Ok(Self {
            run,
            lock,
            repository,
            reader: run.sessions.registry(&repository.registry),
            deleter: lock.deleter(run, &repository.registry),
            plan: run.read(&key(Stage::Plan)).await?,
            recheck: run.parse(&recheck, &stored.bytes)?,
            receipts: ReceiptBook::open(run, repository).await?,
            ledger: ReadLedger::open(run, repository).await?,
        })
    }

    /// Refuses plans of another policy, and a reviewed plan past its age.
    fn check_plans(&self) -> Result<(), StepError> {
        let stale =
            |problem: String| StepError::StalePlan { repository: self.repository.clone(), problem };
        let digest = self.run.request.policy_digest;
        if self.plan.policy_digest != digest || self.recheck.policy_digest != digest {
            return Err(stale("it was made with another policy".to_owned()));
        }
        if !self.recheck.absent_subjects.is_empty() && self.recheck.awaits.is_none() {
            let problem = "it was not held against the plans of the other repositories";
            return Err(stale(problem.to_owned()));
        }
        let (max_age, now) = (self.run.policy.plan_max_age, self.run.now());
        if self.plan.planned_at < max_age.before(now) {
            let planned_at = self.plan.planned_at;
            return Err(stale(format!(
                "it was made at {planned_at}; at {now} that is more than {max_age} ago"
            )));
        }
        Ok(())
    }

    /// Refuses evidence past its age.
    fn check_evidence(&self) -> Result<(), StepError> {
        let (max_age, now) = (self.run.policy.evidence_max_age, self.run.now());
        if self.recheck.evidence_at < max_age.before(now) {
            return Err(StepError::StaleEvidence {
                repository: self.repository.clone(),
                evidence_at: self.recheck.evidence_at,
                now,
                max_age,
            });
        }
        Ok(())
    }

    /// Enters the images that the plan made again does not delete.
    async fn enter_withdrawn(&mut self) -> Result<(), StepError> {
        let withdrawn = queue::withdrawn(&self.plan, &self.recheck);
        for (image, why) in withdrawn {
            if self.receipts.is_gone(&image.digest) {
                continue;
            }
            match why {
                Withdrawn::Gone => self.enter_gone(&image, None),
                Withdrawn::Stays(reason) => self.skip(&image, None, reason),
            }
        }
        self.receipts.write(self.run, false).await
    }

    /// Deletes those of one batch that are still as they were planned. Says whether any was left.
    async fn delete(&mut self, mut batch: Vec<Candidate>) -> Result<bool, StepError> {
        batch.retain(|candidate| !self.receipts.is_gone(&candidate.queued.digest));
        if batch.is_empty() {
            return Ok(false);
        }
        self.lock.renew(self.run).await?;
        self.check_plans()?;
        self.check_evidence()?;
        let unchanged = self.check_images(batch).await?;
        let ready = self.store_manifests(unchanged).await?;
        self.ask(&ready).await?;
        Ok(true)
    }

    /// The candidates that are still as they were planned, each with what the registry says now.
    async fn check_images(
        &mut self,
        batch: Vec<Candidate>,
    ) -> Result<Vec<(Candidate, Image)>, StepError> {
        let mut to_check = BTreeMap::new();
        for candidate in batch {
            let left = candidate.queued.after.iter().find(|it| !self.receipts.is_gone(it));
            let reason = match (left, &candidate.changed) {
                (Some(left), _) => Some(format!("{left} has to go before it, and is still there")),
                (None, Some(changed)) => Some(changed.clone()),
                (None, None) => None,
            };
            match reason {
                Some(reason) => self.skip(&candidate.queued, Some(candidate.wave), reason),
                None => drop(to_check.insert(candidate.queued.digest, candidate)),
            }
        }
        let digests: Vec<Digest> = to_check.keys().copied().collect();
        let exact = match self.reader.images_exactly(&self.repository.name, &digests).await {
            Err(error) if is_repository_gone(&error) => None,
            exact => Some(exact?),
        };
        let mut unchanged = Vec::new();
        let awaited = self.recheck.awaits.iter().flatten().cloned().collect();
        let mut awaiting = Awaiting::new(self.run, awaited);
        for image in exact.map(|exact| exact.found).unwrap_or_default() {
            let Some(candidate) = to_check.remove(&image.digest) else { continue };
            let image = self.ledger.without_own_reads(image);
            let reason = match queue::change_since(&candidate.queued, &image) {
                Some(change) => Some(format!("{change} since it was planned again")),
                None => awaiting.find_left(&image).await?,
            };
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

    /// The candidates whose manifests are stored now, or that cannot have one.
    async fn store_manifests(
        &mut self,
        candidates: Vec<(Candidate, Image)>,
    ) -> Result<Vec<(Candidate, ManifestCopy)>, StepError> {
        let images: Vec<Image> = candidates.iter().map(|(_, image)| image.clone()).collect();
        let mut kept =
            manifests::keep(self.run, &self.reader, self.repository, &mut self.ledger, &images)
                .await?;
        let mut ready = Vec::new();
        for (candidate, _) in candidates {
            match kept.remove(&candidate.queued.digest) {
                Some(Kept::Copy(copy)) => ready.push((candidate, copy)),
                Some(Kept::Gone) => {
                    self.enter_gone(&candidate.queued, Some(candidate.wave));
                }
                Some(Kept::Unreadable(problem)) => self.not_stored(&candidate, &problem),
                None => self.not_stored(&candidate, "it was not asked for"),
            }
        }
        Ok(ready)
    }

    /// Asks the registry, with receipts before and after. A receipt says that the registry was
    /// asked only where no answer came: what it refused as a whole is entered as refused.
    async fn ask(&mut self, ready: &[(Candidate, ManifestCopy)]) -> Result<(), StepError> {
        if ready.is_empty() {
            return self.receipts.write(self.run, false).await;
        }
        let permit = self.deleter.permit(self.run).await?;
        let asked_at = self.run.now();
        for (candidate, copy) in ready {
            self.receipts.enter(
                &candidate.queued,
                Some(candidate.wave),
                DeletionOutcome::Asked,
                asked_at,
                None,
                Some(copy.clone()),
            );
        }
        self.receipts.write(self.run, false).await?;
        let digests: Vec<Digest> =
            ready.iter().map(|(candidate, _)| candidate.queued.digest).collect();
        let for_all = |outcome: DeletionOutcome| -> BTreeMap<Digest, DeletionOutcome> {
            digests.iter().map(|digest| (*digest, outcome.clone())).collect()
        };
        let mut refused = None;
        let mut answers = match permit.delete(&self.repository.name, &digests).await {
            Ok(answers) => answers.into_iter().map(|(digest, it)| (digest, outcome(it))).collect(),
            Err(error) if is_repository_gone(&error) => for_all(DeletionOutcome::AlreadyGone),
            Err(error) if error.is_refusal() => {
                let outcome = refusal(&error);
                refused = Some(error);
                for_all(outcome)
            }
            Err(error) => return Err(error.into()),
        };
        let is_answered = refused.as_ref().is_none_or(|error| error.code().is_some());
        let answered_at = is_answered.then(|| self.run.now());
        for (candidate, copy) in ready {
            let Some(outcome) = answers.remove(&candidate.queued.digest) else { continue };
            if outcome.is_gone() {
                self.ledger.forget([candidate.queued.digest]);
            }
            self.receipts.enter(
                &candidate.queued,
                Some(candidate.wave),
                outcome,
                asked_at,
                answered_at,
                Some(copy.clone()),
            );
        }
        self.receipts.write(self.run, false).await?;
        refused.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Enters an image that stays, for which the registry was not asked.
    fn skip(&mut self, image: &Queued, wave: Option<usize>, reason: String) {
        let outcome = DeletionOutcome::Skipped { reason: reason.into() };
        let now = self.run.now();
        self.receipts.enter(image, wave, outcome, now, None, None);
    }

    /// Enters an image that stays because its manifest could not be stored.
    fn not_stored(&mut self, candidate: &Candidate, problem: &str) {
        let outcome = DeletionOutcome::Failed {
            code: "ManifestNotStored".into(),
            reason: format!("its manifest could not be stored: {problem}").into(),
        };
        let (wave, now) = (Some(candidate.wave), self.run.now());
        self.receipts.enter(&candidate.queued, wave, outcome, now, None, None);
    }

    fn enter_gone(&mut self, image: &Queued, wave: Option<usize>) {
        let now = self.run.now();
        self.receipts.enter_gone(image, wave, now);
    }
}

/// What became of each image of a call that was refused as a whole.
fn refusal(error: &AwsError) -> DeletionOutcome {
    DeletionOutcome::Failed {
        code: error.code().map_or_else(|| error_name(error).as_str().into(), Into::into),
        reason: error.message().unwrap_or("the registry was not asked").into(),
    }
}

fn outcome(answer: DeleteOutcome) -> DeletionOutcome {
    match answer {
        DeleteOutcome::Deleted => DeletionOutcome::Deleted,
        DeleteOutcome::AlreadyGone => DeletionOutcome::AlreadyGone,
        DeleteOutcome::Failed { code, reason } => DeletionOutcome::Failed { code, reason },
    }
}
