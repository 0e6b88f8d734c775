//! What scan-usage is asked.

use ecr_sweep_core::ScanPlace;
use serde::{Deserialize, Serialize};

use super::{Caught, Cursor};
use crate::documents::{FencingToken, RunId, Stage};

/// What scan-usage is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScanUsageCall {
    /// Scan one account and Region. It answers with [how far it got](super::Progressed).
    Scan {
        /// The run.
        run: RunId,
        /// For which plan.
        stage: Stage,
        /// The token of the lock, while it is held.
        token: Option<FencingToken>,
        /// The account and Region, or the cluster.
        scope: ScanPlace,
        /// Where it goes on.
        cursor: Option<Cursor>,
    },
    /// Write down that one account and Region could not be scanned.
    Failed {
        /// The run.
        run: RunId,
        /// For which plan.
        stage: Stage,
        /// The account and Region, or the cluster.
        scope: ScanPlace,
        /// Why.
        error: Caught,
    },
    /// Sort all usage by repository. It answers with [how far it got](super::Progressed).
    Index {
        /// The run.
        run: RunId,
        /// For which plan.
        stage: Stage,
        /// The token of the lock, while it is held.
        token: Option<FencingToken>,
        /// Where it goes on.
        cursor: Option<Cursor>,
    },
}
