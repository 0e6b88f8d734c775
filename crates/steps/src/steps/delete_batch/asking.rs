//! Asking the registry, and what its answers mean.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::registry::DeleteOutcome;
use ecr_sweep_core::{Digest, ImageStatus};
use ecr_sweep_protocol::documents::{DeletionOutcome, ManifestCopy, Receipt};

use super::Deleting;
use super::queue::Candidate;
use crate::StepError;
use crate::error::{error_name, is_repository_gone};
use crate::run::heard::Answers;
use crate::run::lock::CallAnswer;

impl Deleting<'_> {
    /// Asks the registry, with receipts before and after. A receipt says that the registry was
    /// asked only where no answer came: what it refused as a whole is entered as refused.
    pub(super) async fn ask(
        &mut self,
        ready: &[(Candidate, Option<ManifestCopy>)],
    ) -> Result<(), StepError> {
        if ready.is_empty() {
            return Ok(());
        }
        let permit = self.deleter.permit(self.run).await?;
        let asked_at = self.run.now();
        let asked: Vec<Receipt> = ready
            .iter()
            .map(|(Candidate { queued, wave, .. }, copy)| {
                let (wave, copy) = (Some(*wave), copy.clone());
                self.receipts.receipt(queued, wave, DeletionOutcome::Asked, asked_at, copy)
            })
            .collect();
        let batch = self.receipts.begin(self.run, asked.clone()).await?;
        let of = |archive| -> Vec<Digest> {
            let asked = asked.iter().filter(|receipt| receipt.archive == archive);
            asked.map(|receipt| receipt.digest).collect()
        };
        let archive = of(true);
        let called = permit.ask(&self.repository.name, &of(false), &archive).await;
        let CallAnswers { outcomes, first_error } =
            self.read_answers(called, &archive.into_iter().collect()).await;
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
        let gone = answered.iter().filter(|receipt| receipt.outcome.is_done());
        self.ledger.forget(gone.map(|receipt| receipt.digest));
        let unknown = answered.iter().filter(|it| it.outcome == DeletionOutcome::Asked);
        let unknown: Vec<Digest> = unknown.map(|receipt| receipt.digest).collect();
        let of_ours = [DeletionOutcome::Deleted, DeletionOutcome::Archived];
        let changed = answered.iter().filter(|it| of_ours.contains(&it.outcome)).count() as u64;
        let unanswered = unknown.len() as u64;
        // Whatever the run store takes from here on: what went is not forgotten.
        self.lock.heard().enter(self.repository, changed, unanswered);
        self.ledger.leave(unknown);
        let left = match unanswered {
            0 => Ok(()),
            _ => self.lock.leave_unsettled(self.run).await,
        };
        match self.receipts.complete(self.run, batch, answered).await {
            Ok(()) => self.lock.heard().enter_recorded(self.repository),
            Err(error @ StepError::Conflict { .. }) => return Err(error),
            Err(error) if changed + unanswered > 0 => {
                let went = Box::new(Answers::of(self.repository, changed, unanswered));
                return Err(StepError::NotRecorded { went, source: Box::new(error) });
            }
            Err(error) => return Err(error),
        }
        left?;
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// What became of the images of some calls. Of a call of which no answer came nothing is known.
    ///
    /// What is not archived according to the answer may be: a call whose answer was lost is made again,
    /// and what is archived already is not archived again. So it is looked at.
    async fn read_answers(
        &self,
        called: Vec<CallAnswer>,
        archive: &BTreeSet<Digest>,
    ) -> CallAnswers {
        let mut answers = CallAnswers::default();
        let mut in_doubt = BTreeMap::new();
        for (digests, answer) in called {
            let error = match answer {
                Ok(rows) => {
                    for (digest, row) in rows {
                        match outcome(row) {
                            Ok(DeletionOutcome::Failed { code, reason })
                                if archive.contains(&digest) =>
                            {
                                in_doubt.insert(digest, (code, reason));
                            }
                            Ok(outcome) => answers.enter(digest, outcome, true),
                            Err(reason) => {
                                in_doubt.insert(digest, ("NotAnswered".into(), reason));
                            }
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
        for (digest, (code, reason)) in in_doubt {
            let image = there.as_ref().map(|there| there.iter().find(|it| it.digest == digest));
            let outcome = match image {
                Ok(None) if archive.contains(&digest) => DeletionOutcome::AlreadyGone,
                Ok(None) => DeletionOutcome::Deleted,
                Ok(Some(image))
                    if archive.contains(&digest) && image.status == ImageStatus::Archived =>
                {
                    DeletionOutcome::Archived
                }
                Ok(Some(_)) | Err(_) => DeletionOutcome::Failed { code, reason },
            };
            answers.enter(digest, outcome, true);
        }
        answers
    }
}

/// What became of the images of one batch, as far as that is known.
#[derive(Debug, Default)]
struct CallAnswers {
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

impl CallAnswers {
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
        DeleteOutcome::Archived => Ok(DeletionOutcome::Archived),
        DeleteOutcome::AlreadyGone => Ok(DeletionOutcome::AlreadyGone),
        DeleteOutcome::Failed { code, reason } => Ok(DeletionOutcome::Failed { code, reason }),
        DeleteOutcome::NotAnswered { reason } => Err(reason),
    }
}
