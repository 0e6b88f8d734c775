//! What delete-batch is asked.

use serde::{Deserialize, Serialize};

use super::{Caught, Cursor, SweepState};
use crate::documents::{ApprovalAnswer, FencingToken, MatchedRepository, RunId};

/// What delete-batch is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeleteBatchCall {
    /// Check the plan and its approval, and take the lock. It answers with the
    /// [state](SweepState) in which the plan is made again.
    Begin {
        /// The ARN of the execution: who takes the lock.
        execution_arn: String,
        /// What the approver answered, where one was asked.
        answer: Option<ApprovalAnswer>,
        /// The state so far.
        state: SweepState,
    },
    /// Look up what earlier runs asked a registry for without hearing what came of it, where there is nothing to
    /// delete. It answers that it is [done](super::Progressed).
    Settle {
        /// The ARN of the execution: who takes the lock.
        execution_arn: String,
        /// The run.
        run: RunId,
    },
    /// Delete images of one repository. It answers with [how far it got](super::Progressed).
    Delete {
        /// The run.
        run: RunId,
        /// The token of the lock.
        token: FencingToken,
        /// The repository.
        repository: MatchedRepository,
        /// Where it goes on.
        cursor: Option<Cursor>,
    },
    /// Write down that one repository could not be swept to the end.
    Failed {
        /// The run.
        run: RunId,
        /// The repository.
        repository: MatchedRepository,
        /// Why.
        error: Caught,
    },
    /// See whether the evidence got too old on the way, and give the lock back if it did not. It
    /// answers with [what to do next](Finished).
    Finish {
        /// The state so far.
        state: SweepState,
    },
}

/// Whether all that could be deleted is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// Whether repositories are left for which the evidence got too old: scan and plan again.
    pub again: bool,
    /// The state to go on with.
    pub state: SweepState,
}
