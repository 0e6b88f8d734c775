//! The snapshot: one file that is an organization.

mod error;
mod outline;
mod pieces;
mod read;
mod validate;
mod workloads;
mod write;

pub use error::{Contradiction, SnapshotError, SnapshotProblem};
pub use outline::{NotRead, SnapshotOutline, read_outline, read_repository};
pub use pieces::Span;
pub use read::{SNAPSHOT_VERSION, read};
pub use workloads::{PlaceWorkloads, Resource, Workloads};
pub use write::write;

use ecr_sweep_core::{CacheRules, Coverage, Place, Registry, Usage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An organization at one instant: its registries, what is known to use them, and how much of
/// that was seen. Planned from offline; served by `aws-sim`; recorded by `ecr-sweep snapshot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    pub schema_version: u32,
    /// When the snapshot was taken; the clock of plans made from it.
    pub taken_at: Timestamp,
    /// The account and Region from which it was taken.
    pub home: Place,
    /// The registries.
    pub registries: Vec<Registry>,
    /// What pull-through caches cache from ECR itself, in these registries and in others that
    /// something names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_rules: Vec<CacheRules>,
    /// What names images.
    pub usage: Vec<Usage>,
    /// Whether all that could name images was seen.
    pub coverage: Coverage,
    /// What the simulator runs, in the shapes of the APIs. The planner does not read it.
    #[serde(default)]
    pub workloads: Workloads,
}

#[cfg(test)]
mod tests;
