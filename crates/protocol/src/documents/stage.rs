//! Which of a run's two plans something is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a document belongs to the plan that somebody reviews, or to the one made from fresh
/// evidence just before images are deleted.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The plan.
    #[default]
    Plan,
    /// The plan made again.
    Recheck,
}

impl Stage {
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Plan => "",
            Self::Recheck => "recheck/",
        }
    }
}
