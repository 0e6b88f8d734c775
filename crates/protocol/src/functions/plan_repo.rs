//! What plan-repo is asked.

use serde::{Deserialize, Serialize};

use super::{Caught, Cursor};
use crate::documents::{FencingToken, MatchedRepository, RunId, Stage};

/// What plan-repo is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanRepoCall {
    /// Plan one repository. It answers with [how far it got](super::Progressed).
    Plan {
        /// The run.
        run: RunId,
        /// Which plan.
        stage: Stage,
        /// The token of the lock, while it is held.
        token: Option<FencingToken>,
        /// The repository.
        repository: MatchedRepository,
        /// Where it goes on.
        cursor: Option<Cursor>,
    },
    /// Write down that one repository could not be planned.
    Failed {
        /// The run.
        run: RunId,
        /// Which plan.
        stage: Stage,
        /// The repository.
        repository: MatchedRepository,
        /// Why.
        error: Caught,
    },
    /// Hold all plans together against the limits of a whole run. It answers with
    /// [how far it got](super::Progressed).
    Limit {
        /// The run.
        run: RunId,
        /// Which plans.
        stage: Stage,
        /// The token of the lock, while it is held.
        token: Option<FencingToken>,
        /// Where it goes on.
        cursor: Option<Cursor>,
    },
}
