//! The step `delete-batch`: deletes what both plans of one repository delete, batch after batch.
//!
//! Before each batch it renews the lock, looks at the age of plan and evidence, and asks the
//! registry for exactly the batch's images: what has changed since it was planned stays, and so
//! does everything that would have to go after it. The manifests are stored, and what has to be
//! gone by now is looked for, whatever the receipts say of it. The receipts say what is about to be
//! asked, and only then the registry is asked; its answer for each image becomes the image's
//! receipt. What a rule archives first goes the same way, but for its manifest, which stays.

mod asking;
mod awaiting;
mod braking;
mod counts;
mod looking;
mod manifests;
mod queue;
mod receipt_book;
mod vaulting;

pub(crate) use counts::{PlannedDeletions, count};

use std::collections::BTreeMap;

use ecr_sweep_aws::RegistryReader;
use ecr_sweep_aws::store::BlobCopy;
use ecr_sweep_core::{Age, Digest, Queued, RepositoryId, sha256};
use ecr_sweep_protocol::documents::{DeletionOutcome, MatchedRepository, Stage, StoredPlan, keys};
use jiff::Timestamp;

use crate::run::attempt::{Attempt, attempt};
use crate::run::computing::computing;
use crate::run::lock::Deleter;
use crate::steps::reads::ReadLedger;
use crate::steps::reviewed::{age_problem, is_to_come};
use crate::{HeldLock, Run, StepError};
use awaiting::Awaited;
use braking::Counted;
use queue::{Candidate, Queue, Taken, Withdrawn};
use receipt_book::ReceiptBook;
use vaulting::Copied;

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// To the end.
    Done,
    /// The time was up before the last batch: call again.
    Unfinished {
        /// How many images are gone, or archived as was asked.
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
    let rule = run.policy.repositories.get(repository.rule);
    let undo_for = rule.and_then(|rule| rule.undo_for);
    let mut deletion = Deleting::open(run, lock, &id, plan_digest, undo_for).await?;
    let ended = deletion.delete_all().await;
    match &ended {
        // Somebody else deletes by now, and writes these receipts.
        Err(StepError::Conflict { .. }) => {}
        // What was asked for is in the documents of the batches anyway, and what stopped it is told.
        Err(_) => {
            if deletion.receipts.write(run, false).await.is_ok() {
                lock.heard().enter_recorded(&id);
            }
        }
        Ok(how_far) => {
            deletion.receipts.write(run, *how_far == Deletion::Done).await?;
            deletion.ledger.end_deletion(run).await?;
        }
    }
    ended
}

struct Deleting<'a> {
    run: &'a Run,
    lock: &'a HeldLock,
    repository: &'a RepositoryId,
    /// How long what goes can come back, where that is wanted.
    undo_for: Option<Age>,
    reader: RegistryReader,
    deleter: Deleter<'a>,
    plans: Plans,
    receipts: ReceiptBook,
    ledger: ReadLedger,
    /// The failures that the lock knows of, where the policy counts them.
    counted: Option<Counted>,
    /// What was seen in the vault.
    in_vault: BTreeMap<Digest, BlobCopy>,
}

/// What of the two plans counts until the last batch. Their images are held as often as they have
/// to be, and no longer: a repository may have 100,000.
struct Plans {
    /// When the first was made.
    planned_at: Timestamp,
    /// By which policies they were made.
    policy_digests: [Digest; 2],
    /// When the oldest scan began that the second rests on.
    evidence_at: Timestamp,
    /// Whether what refers to images elsewhere was not held against the plans of the others.
    is_unsettled: bool,
    awaited: Awaited,
    /// What only the first deletes, until it is entered.
    withdrawn: Vec<(Queued, Withdrawn)>,
    /// What both delete.
    queue: Queue,
}

impl Plans {
    fn of(plan: &StoredPlan, recheck: StoredPlan) -> Self {
        Self {
            planned_at: plan.planned_at,
            policy_digests: [plan.policy_digest, recheck.policy_digest],
            evidence_at: recheck.evidence_at,
            is_unsettled: !recheck.absent_subjects.is_empty() && recheck.awaits.is_none(),
            withdrawn: queue::withdrawn(plan, &recheck),
            queue: Queue::of(plan, &recheck),
            awaited: Awaited::of(recheck.awaits.into_iter().flatten()),
        }
    }
}

/// One of the two plans, as the last attempt has made it, where it says which that was.
async fn read_plan(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    digest: Option<Digest>,
) -> Result<StoredPlan, StepError> {
    let key = keys::plan(&run.id, stage, repository);
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    if digest.is_some_and(|digest| digest != sha256(&stored.bytes)) {
        return Err(StepError::StalePlan {
            repository: repository.clone(),
            problem: format!("{} is not the plan that was made", run.store.address(&key)),
        });
    }
    run.parse(&key, &stored.bytes)
}

impl<'a> Deleting<'a> {
    async fn open(
        run: &'a Run,
        lock: &'a HeldLock,
        repository: &'a RepositoryId,
        plan_digest: Option<Digest>,
        undo_for: Option<Age>,
    ) -> Result<Self, StepError> {
        let recheck = read_plan(run, Stage::Recheck, repository, plan_digest).await?;
        let reviewed = attempt(run, Stage::Plan, repository).await?.plan_digest();
        let plan = read_plan(run, Stage::Plan, repository, reviewed).await?;
        Ok(Self {
            run,
            lock,
            repository,
            undo_for,
            reader: run.sessions.registry(&repository.registry),
            deleter: lock.deleter(run, &repository.registry),
            plans: computing(move || Plans::of(&plan, recheck)).await?,
            receipts: ReceiptBook::open(run, repository).await?,
            ledger: ReadLedger::open_for_deletion(run, repository).await?,
            counted: Counted::open(run, lock).await?,
            in_vault: BTreeMap::new(),
        })
    }

    /// Refuses plans of another policy, and a reviewed plan past its age.
    fn check_plans(&self) -> Result<(), StepError> {
        let stale =
            |problem: String| StepError::StalePlan { repository: self.repository.clone(), problem };
        let digest = self.run.request.policy_digest;
        if self.plans.policy_digests != [digest; 2] {
            return Err(stale("it was made with another policy".to_owned()));
        }
        if self.plans.is_unsettled {
            let problem = "it was not held against the plans of the other repositories";
            return Err(stale(problem.to_owned()));
        }
        let (max_age, now) = (self.run.policy.plan_max_age, self.run.now());
        age_problem(self.plans.planned_at, max_age, now).map_or(Ok(()), |it| Err(stale(it)))
    }

    /// Refuses evidence past its age.
    fn check_evidence(&self) -> Result<(), StepError> {
        let (max_age, now) = (self.run.policy.evidence_max_age, self.run.now());
        let evidence_at = self.plans.evidence_at;
        if is_to_come(evidence_at, now) {
            return Err(StepError::StalePlan {
                repository: self.repository.clone(),
                problem: format!(
                    "the usage behind it is dated {evidence_at}, and it is {now}: a clock was, or is, wrong"
                ),
            });
        }
        if evidence_at < max_age.before(now) {
            return Err(StepError::StaleEvidence {
                repository: self.repository.clone(),
                evidence_at,
                now,
                max_age,
            });
        }
        Ok(())
    }

    async fn delete_all(&mut self) -> Result<Deletion, StepError> {
        self.check_plans()?;
        self.enter_withdrawn();
        let mut has_asked = false;
        while let Some(Taken { batch, held }) = self.plans.queue.take(
            |digest| self.receipts.is_done(digest),
            |before, waiting| self.receipts.lets_go(before, waiting),
        ) {
            for (candidate, before) in held {
                self.hold(&candidate, before);
            }
            if batch.is_empty() {
                continue;
            }
            // Each call gets at least one batch further.
            if has_asked && self.run.deadline.has_passed() {
                return Ok(Deletion::Unfinished { gone: self.receipts.done() });
            }
            let deleted = self.delete(batch).await;
            if self.brake(deleted).await? {
                return Ok(Deletion::Unfinished { gone: self.receipts.done() });
            }
            has_asked = true;
        }
        Ok(Deletion::Done)
    }

    /// Enters the images that the plan made again does not delete.
    fn enter_withdrawn(&mut self) {
        for (image, why) in std::mem::take(&mut self.plans.withdrawn) {
            if self.receipts.is_done(&image.digest) {
                continue;
            }
            match why {
                Withdrawn::Gone => self.enter_gone(&image, None),
                Withdrawn::Archived(_) if self.receipts.enter_archived(&image) => {}
                Withdrawn::Archived(reason) | Withdrawn::Stays(reason) => {
                    self.skip(&image, None, reason);
                }
            }
        }
    }

    /// Deletes those of one batch that are still as they were planned. Says whether the time was up
    /// before all of them were copied that are to be.
    async fn delete(&mut self, batch: Vec<Candidate>) -> Result<bool, StepError> {
        self.check_may_go_on().await?;
        let Some(undo_for) = self.undo_for else {
            self.delete_now(batch).await?;
            return Ok(false);
        };
        let Copied { batch, is_cut_short } = self.copy_to_vault(batch, undo_for).await?;
        if !batch.is_empty() {
            // Copying takes its time.
            self.check_may_go_on().await?;
            self.delete_now(batch).await?;
        }
        Ok(is_cut_short)
    }

    /// Sees that the lock is still held, and that plans and evidence are good.
    async fn check_may_go_on(&self) -> Result<(), StepError> {
        if self.run.policy.brake.asked_again {
            self.lock.look_whether_asked_again(self.run, &self.repository.registry).await?;
        }
        self.lock.renew(self.run).await?;
        self.check_plans()?;
        self.check_evidence()
    }

    async fn delete_now(&mut self, batch: Vec<Candidate>) -> Result<(), StepError> {
        let unchanged = self.check_images(batch).await?;
        let asked = match self.store_manifests(unchanged).await {
            Ok(ready) => self.ask(&ready).await,
            Err(error) => Err(error),
        };
        // What stays was read for nothing, whatever stopped it.
        asked.and(self.look_at_what_was_read().await)
    }

    /// Writes down what reading has left of the images that did not go.
    async fn look_at_what_was_read(&mut self) -> Result<(), StepError> {
        let read = self.ledger.begun();
        if read.is_empty() {
            return Ok(());
        }
        let shown = self.look_at(&read).await?;
        self.ledger.close(self.run, &shown).await
    }

    /// Enters an image that stays because of another.
    fn hold(&mut self, candidate: &Candidate, before: Digest) {
        let reason = if candidate.queued.archive {
            format!("{before} has to go or be archived before it, and is still there")
        } else {
            format!("{before} has to go before it, and is still there")
        };
        self.skip(&candidate.queued, Some(candidate.wave), reason);
    }

    /// Enters an image that stays, for which the registry was not asked.
    fn skip(&mut self, image: &Queued, wave: Option<usize>, reason: String) {
        let outcome = DeletionOutcome::Skipped { reason: reason.into() };
        let now = self.run.now();
        self.receipts.enter(self.receipts.receipt(image, wave, outcome, now, None));
    }

    /// Enters an image that stays because its manifest could not be stored.
    fn not_stored(&mut self, candidate: &Candidate, problem: &str) {
        let outcome = DeletionOutcome::Failed {
            code: "ManifestNotStored".into(),
            reason: format!("its manifest could not be stored: {problem}").into(),
        };
        let (wave, now) = (Some(candidate.wave), self.run.now());
        self.receipts.enter(self.receipts.receipt(&candidate.queued, wave, outcome, now, None));
    }

    fn enter_gone(&mut self, image: &Queued, wave: Option<usize>) {
        let now = self.run.now();
        self.ledger.forget([image.digest]);
        self.receipts.enter_gone(image, wave, now);
    }
}
