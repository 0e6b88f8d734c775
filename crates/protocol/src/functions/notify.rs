//! What notify is asked.

use ecr_sweep_core::Digest;
use serde::{Deserialize, Serialize};

use super::{Caught, Outcome};
use crate::documents::{FencingToken, RunId, Stage};

/// What notify is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum NotifyCall {
    /// Judge the plan. It answers with the [outcome](Outcome).
    Judge {
        /// The run.
        run: RunId,
        /// Which plan.
        stage: Stage,
        /// Whether nothing is to be deleted.
        dry_run: bool,
    },
    /// Judge the deletion. It answers with the [outcome](Outcome).
    JudgeDeletion {
        /// The run.
        run: RunId,
    },
    /// Ask somebody to approve the plan.
    Ask {
        /// The run.
        run: RunId,
        /// What Step Functions wants to see again with the answer.
        task_token: String,
        /// The digest of the summary that is to be approved.
        plan_digest: Digest,
    },
    /// Write down that the deletion was refused. It answers with the [outcome](Outcome).
    Refused {
        /// The run.
        run: RunId,
        /// By whom, or why.
        error: Caught,
    },
    /// Tell how the run ended.
    Tell {
        /// The run.
        run: RunId,
        /// How it ended.
        outcome: Outcome,
        /// When the state was entered: the same however often it is tried. Executions of an earlier
        /// definition do not say it.
        #[serde(default)]
        entered_at: Option<Box<str>>,
    },
    /// Write down that the notice of how a run ended did not get through.
    Untold {
        /// The run.
        run: RunId,
        /// Why.
        error: Caught,
    },
    /// Give the lock back, and tell that the run failed.
    Failed {
        /// The run.
        run: RunId,
        /// The token of the lock, while it is held.
        token: Option<FencingToken>,
        /// Why.
        error: Caught,
        /// When the state was entered: the same however often it is tried. Executions of an earlier
        /// definition do not say it.
        #[serde(default)]
        entered_at: Option<Box<str>>,
    },
    /// Tell that the run failed before it had begun.
    NotStarted {
        /// The name of the execution.
        execution: String,
        /// Why.
        error: Caught,
    },
}
