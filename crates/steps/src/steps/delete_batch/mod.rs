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
    DeletionOutcome, ManifestCopy, MatchedRepository, Receipt, Stage, StoredPlan, keys,
};

use crate::error::{error_name, is_repository_gone};
use crate::run::attempt::{Attempt, attempt};
use crate::run::lock::{CallAnswer, Deleter};
use crate::steps::reads::ReadLedger;
use crate::{HeldLock, Run, StepError};
use awaiting::Awaiting;
use manifests::Kept;
use queue::{Candidate, Queue, Taken, Withdrawn};
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
    let ended = deletion.delete_all().await;
    match &ended {
        // Somebody else deletes by now, and writes these receipts.
        Err(StepError::Conflict { .. }) => {}
        // What was asked for is in the documents of the batches anyway, and what stopped it is told.
        Err(_) => drop(deletion.receipts.write(run, false).await),
        Ok(how_far) => deletion.receipts.write(run, *how_far == Deletion::Done).await?,
    }
    ended
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

    async fn delete_all(&mut self) -> Result<Deletion, StepError> {
        self.check_plans()?;
        self.enter_withdrawn();
        let mut queue = Queue::of(&self.plan, &self.recheck);
        let mut has_asked = false;
        while let Some(Taken { batch, held }) = queue.take(|digest| self.receipts.is_gone(digest)) {
            for (candidate, before) in held {
                let reason = format!("{before} has to go before it, and is still there");
                self.skip(&candidate.queued, Some(candidate.wave), reason);
            }
            if batch.is_empty() {
                continue;
            }
            // Each call gets at least one batch further.
            if has_asked && self.run.deadline.has_passed() {
                return Ok(Deletion::Unfinished { gone: self.receipts.gone() });
            }
            self.delete(batch).await?;
            has_asked = true;
        }
        Ok(Deletion::Done)
    }

    /// Enters the images that the plan made again does not delete.
    fn enter_withdrawn(&mut self) {
        for (image, why) in queue::withdrawn(&self.plan, &self.recheck) {
            if self.receipts.is_gone(&image.digest) {
                continue;
            }
            match why {
                Withdrawn::Gone => self.enter_gone(&image, None),
                Withdrawn::Stays(reason) => self.skip(&image, None, reason),
            }
        }
    }

    /// Deletes those of one batch that are still as they were planned.
    async fn delete(&mut self, batch: Vec<Candidate>) -> Result<(), StepError> {
        self.lock.renew(self.run).await?;
        self.check_plans()?;
        self.check_evidence()?;
        let unchanged = self.check_images(batch).await?;
        let ready = self.store_manifests(unchanged).await?;
        self.ask(&ready).await
    }

    /// The candidates that are still as they were planned, each with what the registry says now.
    async fn check_images(
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
        let awaited = self.recheck.awaits.iter().flatten().cloned().collect();
        let mut awaiting = Awaiting::new(self.run, awaited);
        for image in self.look_at(&digests).await? {
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

    /// Those of these images that are there, as the registry has them now.
    async fn look_at(&self, digests: &[Digest]) -> Result<Vec<Image>, StepError> {
        match self.reader.images_exactly(&self.repository.name, digests).await {
            Err(error) if is_repository_gone(&error) => Ok(Vec::new()),
            exact => Ok(exact?.found),
        }
    }

    /// The candidates whose manifests are stored now, or that cannot have one.
    async fn store_manifests(
        &mut self,
        candidates: Vec<(Candidate, Image)>,
    ) -> Result<Vec<(Candidate, ManifestCopy)>, StepError> {
        let images: Vec<&Image> = candidates.iter().map(|(_, image)| image).collect();
        let mut kept = manifests::keep(
            self.run,
            &self.reader,
            self.repository,
            &mut self.ledger,
            self.receipts.next_batch(),
            &images,
        )
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
            return Ok(());
        }
        let permit = self.deleter.permit(self.run).await?;
        let asked_at = self.run.now();
        let asked: Vec<Receipt> = ready
            .iter()
            .map(|(Candidate { queued, wave, .. }, copy)| {
                let (wave, copy) = (Some(*wave), Some(copy.clone()));
                self.receipts.receipt(queued, wave, DeletionOutcome::Asked, asked_at, copy)
            })
            .collect();
        let batch = self.receipts.begin(self.run, asked.clone()).await?;
        let digests: Vec<Digest> = asked.iter().map(|receipt| receipt.digest).collect();
        let called = permit.delete(&self.repository.name, &digests).await;
        let Answers { outcomes, first_error } = self.read_answers(called).await;
        let answered_at = self.run.now();
        let answered = asked.into_iter().map(|receipt| match outcomes.get(&receipt.digest) {
            None => receipt,
            Some(Outcome { outcome, is_answered }) => Receipt {
                outcome: outcome.clone(),
                answered_at: is_answered.then_some(answered_at),
                ..receipt
            },
        });
        let answered: Vec<Receipt> = answered.collect();
        let gone = answered.iter().filter(|receipt| receipt.outcome.is_gone());
        self.ledger.forget(gone.map(|receipt| receipt.digest));
        self.receipts.complete(self.run, batch, answered).await?;
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// What became of the images of some calls. Of a call of which no answer came nothing is known.
    async fn read_answers(&self, called: Vec<CallAnswer>) -> Answers {
        let mut answers = Answers::default();
        let mut in_doubt = BTreeMap::new();
        for (digests, answer) in called {
            let error = match answer {
                Ok(rows) => {
                    for (digest, row) in rows {
                        match outcome(row) {
                            Ok(outcome) => answers.enter(digest, outcome, true),
                            Err(reason) => drop(in_doubt.insert(digest, reason)),
                        }
                    }
                    continue;
                }
                Err(error) => error,
            };
            if is_repository_gone(&error) {
                for digest in digests {
                    answers.enter(digest, DeletionOutcome::AlreadyGone, true);
                }
                continue;
            }
            if error.is_refusal() {
                for digest in digests {
                    answers.enter(digest, refusal(&error), error.code().is_some());
                }
            }
            answers.first_error.get_or_insert(error);
        }
        if in_doubt.is_empty() {
            return answers;
        }
        let digests: Vec<Digest> = in_doubt.keys().copied().collect();
        let there = self.look_at(&digests).await;
        for (digest, reason) in in_doubt {
            let is_gone =
                there.as_ref().is_ok_and(|there| there.iter().all(|it| it.digest != digest));
            let outcome = if is_gone {
                DeletionOutcome::Deleted
            } else {
                DeletionOutcome::Failed { code: "NotAnswered".into(), reason }
            };
            answers.enter(digest, outcome, true);
        }
        answers
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
        self.receipts.enter_gone(image, wave, now);
    }
}

/// What became of the images of one batch, as far as that is known.
#[derive(Debug, Default)]
struct Answers {
    outcomes: BTreeMap<Digest, Outcome>,
    /// What stops the deletion.
    first_error: Option<AwsError>,
}

#[derive(Debug)]
struct Outcome {
    outcome: DeletionOutcome,
    /// Whether the registry said so, and not only the client.
    is_answered: bool,
}

impl Answers {
    fn enter(&mut self, digest: Digest, outcome: DeletionOutcome, is_answered: bool) {
        self.outcomes.insert(digest, Outcome { outcome, is_answered });
    }
}

/// What became of each image of a call that was refused as a whole.
fn refusal(error: &AwsError) -> DeletionOutcome {
    DeletionOutcome::Failed {
        code: error.code().map_or_else(|| error_name(error).as_str().into(), Into::into),
        reason: error.message().unwrap_or("the registry was not asked").into(),
    }
}

/// What the registry answered for an image, or why that is not known.
fn outcome(answer: DeleteOutcome) -> Result<DeletionOutcome, Box<str>> {
    match answer {
        DeleteOutcome::Deleted => Ok(DeletionOutcome::Deleted),
        DeleteOutcome::AlreadyGone => Ok(DeletionOutcome::AlreadyGone),
        DeleteOutcome::Failed { code, reason } => Ok(DeletionOutcome::Failed { code, reason }),
        DeleteOutcome::NotAnswered { reason } => Err(reason),
    }
}
