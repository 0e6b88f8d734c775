//! What stops a step, under fixed names.

use ecr_sweep_aws::notice::{Undelivered, UndeliveredKind};
use ecr_sweep_aws::store::{StoreCause, StoreError};
use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{Age, RepositoryId};
use ecr_sweep_policy::PolicyErrors;
use ecr_sweep_protocol::documents::{DocumentError, RunId};
use ecr_sweep_protocol::{Ending, ErrorName, ExitCode, NextStep, UnreadableDocument};
use jiff::Timestamp;

use crate::run::heard::Answers;

/// What stops a step. Its [`name`](Self::name) is fixed: state machines and scripts match it.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The run store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document of the run store is not one, or cannot be one.
    #[error("cannot {act} the document {address}")]
    Document {
        /// What was to be done.
        act: &'static str,
        /// Where the document is.
        address: String,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// The lock of the run store is none: who may delete cannot be told, so nobody does.
    #[error("cannot read the lock {address}, so it cannot be told whether a run deletes")]
    DamagedLock {
        /// Where it is.
        address: String,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// What runs remember of one another cannot be used.
    #[error("cannot use what runs remember in {address}")]
    UnusableMemory {
        /// Where it is.
        address: String,
        /// What is wrong with it.
        #[source]
        problem: MemoryProblem,
    },
    /// The summary cannot be a table.
    #[error("cannot write the table {address}")]
    Table {
        /// Where the table was to be.
        address: String,
        /// What is wrong with it.
        source: csv::Error,
    },
    /// A document is not there that an earlier step writes.
    #[error("the run `{run}` has no {address}")]
    Missing {
        /// The run.
        run: RunId,
        /// Where the document should be.
        address: String,
    },
    /// A computation ended before its result.
    #[error("the computation ended before its result")]
    Computation(#[from] tokio::task::JoinError),
    /// What was asked for cannot be done.
    #[error("{problem}")]
    InvalidRequest {
        /// What is wrong with it.
        problem: String,
        /// What to do instead.
        next: NextStep,
    },
    /// The policy cannot be used.
    #[error("the policy cannot be used")]
    InvalidPolicy(#[from] PolicyErrors),
    /// The plan may not be deleted any more.
    #[error("the plan of {repository} is stale: {problem}")]
    StalePlan {
        /// The repository.
        repository: RepositoryId,
        /// Why.
        problem: String,
    },
    /// The usage that a plan rests on is too old to delete by.
    #[error(
        "the usage behind the plan of {repository} was seen at {evidence_at}; at {now} that is more than {max_age} ago"
    )]
    StaleEvidence {
        /// The repository.
        repository: RepositoryId,
        /// When the oldest scan began.
        evidence_at: Timestamp,
        /// The time of the check.
        now: Timestamp,
        /// The policy's `evidence_max_age`.
        max_age: Age,
    },
    /// Somebody said no.
    #[error("{by} rejected the plan at {at}")]
    Rejected {
        /// Who.
        by: Box<str>,
        /// When.
        at: Timestamp,
    },
    /// Somebody asked a run to delete no more, or the policy's brake did.
    #[error("{by} asked at {at} that the run `{run}` stops{}", after(found.as_deref()))]
    Stopped {
        /// The run.
        run: RunId,
        /// Who.
        by: Box<str>,
        /// When.
        at: Timestamp,
        /// What the brake found; none where it was somebody's wish.
        found: Option<Box<str>>,
    },
    /// The time was up. What was done by then is in the run store.
    #[error("the time was up before it was done")]
    OutOfTime {
        /// How much is done, in the step's own unit: a step that gets no further will never end.
        steps: u64,
    },
    /// Somebody asked it to stop. What was under way was done.
    #[error("the run `{run}` was interrupted")]
    Interrupted {
        /// The run.
        run: RunId,
        /// Whether it was deleting what it had planned.
        is_planned: bool,
    },
    /// Images are deleted or archived, and the run store does not take that.
    #[error("{went}, and that could not be stored")]
    NotRecorded {
        /// What.
        went: Box<Answers>,
        /// Why not.
        source: Box<StepError>,
    },
    /// A channel did not take a notice, or nobody knows whether it did.
    #[error("the notice did not reach {channel}")]
    Untold {
        /// The channel: its kind, and the name of its secret.
        channel: Box<str>,
        /// Why.
        source: Undelivered,
    },
    /// Somebody else is at it.
    #[error("{problem}")]
    Conflict {
        /// Who, and since when.
        problem: String,
        /// What to do about it.
        next: NextStep,
    },
}

/// What stands after a sentence, where there is more to say.
fn after(more: Option<&str>) -> String {
    more.map_or_else(String::new, |more| format!(": {more}"))
}

/// What is wrong with a document in which runs remember something.
#[derive(Debug, thiserror::Error)]
pub enum MemoryProblem {
    /// It is no such document.
    #[error(transparent)]
    Document(DocumentError),
    /// It is of another repository.
    #[error("it is of {0}")]
    Foreign(RepositoryId),
}

impl StepError {
    /// The fixed name. Exit code, ending, and whether it may pass follow from it.
    #[must_use]
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::NotRecorded { source, .. } => source.name(),
            Self::Aws(error) => error_name(error),
            Self::Store(StoreError::Io { source: StoreCause::Aws(error), .. }) => error_name(error),
            Self::Store(StoreError::Io { source: StoreCause::Disk(_), .. })
            | Self::OutOfTime { .. }
            | Self::Interrupted { .. } => ErrorName::Unavailable,
            Self::Untold { source, .. } => match source.kind() {
                UndeliveredKind::Throttled(_) => ErrorName::Throttled,
                UndeliveredKind::Unavailable => ErrorName::Unavailable,
                UndeliveredKind::Refused => ErrorName::Internal,
            },
            Self::Store(StoreError::Key { .. })
            | Self::Document { .. }
            | Self::DamagedLock { .. }
            | Self::UnusableMemory { .. }
            | Self::Table { .. }
            | Self::Computation(_) => ErrorName::Internal,
            Self::Missing { .. } | Self::InvalidRequest { .. } => ErrorName::InvalidRequest,
            Self::InvalidPolicy(_) => ErrorName::InvalidPolicy,
            Self::StalePlan { .. } => ErrorName::StalePlan,
            Self::StaleEvidence { .. } => ErrorName::StaleEvidence,
            Self::Conflict { .. } => ErrorName::Conflict,
            Self::Rejected { .. } | Self::Stopped { .. } => ErrorName::Rejected,
        }
    }

    /// The exit code of a command that this error ends.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        self.ending_and_code().1
    }

    /// How a run has ended that this error ends, if nothing was deleted before.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        self.ending_and_code().0
    }

    const fn ending_and_code(&self) -> (Ending, ExitCode) {
        match self {
            // What the brake found is no wish of anybody: whatever went, something is wrong.
            Self::Stopped { found: Some(_), .. } | Self::NotRecorded { .. } => {
                (Ending::Partial, ExitCode::Partial)
            }
            Self::Interrupted { .. } | Self::Stopped { .. } => {
                (Ending::Interrupted, ExitCode::Interrupted)
            }
            _ => (self.name().ending(), self.name().exit_code()),
        }
    }

    /// Whether the same call may succeed a little later. A step whose time was up goes on by its
    /// cursor instead.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(self, Self::OutOfTime { .. }) && self.name().may_pass()
    }

    /// What whoever reads the error can do next, where there is anything.
    #[must_use]
    pub fn next_step(&self) -> Option<NextStep> {
        Some(match self {
            Self::Aws(error) => return error.next_step(),
            Self::Store(error) => return error.next_step(),
            Self::NotRecorded { source, .. } => return source.next_step(),
            // What mends a channel is in its words.
            Self::Computation(_) | Self::Rejected { .. } | Self::Untold { .. } => return None,
            Self::DamagedLock { .. } => NextStep::TakeLockAway,
            Self::UnusableMemory { .. } => NextStep::RemoveDocument,
            Self::OutOfTime { .. } => NextStep::GiveMoreTime,
            Self::Interrupted { run, is_planned: true } | Self::Stopped { run, .. } => {
                NextStep::GoOn { run: run.clone() }
            }
            Self::Interrupted { .. } | Self::Document { .. } | Self::Table { .. } => {
                NextStep::StartNewRun
            }
            Self::Missing { .. } => NextStep::NameFurtherRun,
            Self::InvalidRequest { next, .. } | Self::Conflict { next, .. } => next.clone(),
            Self::InvalidPolicy(_) => NextStep::CorrectPolicy,
            Self::StalePlan { .. } => NextStep::PlanAgain,
            Self::StaleEvidence { .. } => NextStep::ScanAgain,
        })
    }

    /// The error with its sources and what to do next, in one line, worded for any reader.
    #[must_use]
    pub fn in_full(&self) -> String {
        let text = with_causes(self);
        match self.next_step() {
            Some(next) => format!("{text}; {next}"),
            None => text,
        }
    }

    /// Whether the run store does not take this document, however often it is tried: it may take others.
    pub(crate) const fn is_of_a_document(&self) -> bool {
        match self {
            Self::Store(StoreError::Io { source: StoreCause::Aws(error), .. }) => {
                !error_name(error).may_pass()
            }
            Self::Store(_) | Self::Document { .. } => true,
            _ => false,
        }
    }

    /// The one document that cannot be read, where that is all that is wrong; the error itself, where it is not.
    pub(crate) fn unreadable(self) -> Result<UnreadableDocument, Self> {
        let (address, problem) = match &self {
            Self::Document { act: "read", address, source } => (address, with_causes(source)),
            Self::Store(StoreError::Io {
                act: "read",
                address,
                source: source @ StoreCause::Disk(_),
                ..
            }) => (address, with_causes(source)),
            Self::Missing { address, .. } => (address, "it is not there".to_owned()),
            _ => return Err(self),
        };
        Ok(UnreadableDocument { address: address.as_str().into(), problem: problem.into() })
    }

    /// Whether a registry says that the repository does not exist.
    pub(crate) fn is_repository_gone(&self) -> bool {
        matches!(self, Self::Aws(error) if is_repository_gone(error))
    }
}

/// The fixed name of an error of AWS's. What AWS does not take, or cannot find, was asked by us,
/// not by whoever started the run: that is no invalid request of theirs.
pub(crate) const fn error_name(error: &AwsError) -> ErrorName {
    match error.kind {
        AwsErrorKind::Throttled => ErrorName::Throttled,
        AwsErrorKind::AccessDenied | AwsErrorKind::Credentials => ErrorName::AccessDenied,
        AwsErrorKind::Quota => ErrorName::LimitExceeded,
        AwsErrorKind::Unavailable => ErrorName::Unavailable,
        AwsErrorKind::NotFound | AwsErrorKind::InvalidRequest | AwsErrorKind::Internal => {
            ErrorName::Internal
        }
    }
}

/// Whether a registry says that the repository does not exist.
pub(crate) fn is_repository_gone(error: &AwsError) -> bool {
    error.kind == AwsErrorKind::NotFound && error.code() == Some("RepositoryNotFoundException")
}
