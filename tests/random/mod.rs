//! Random organizations and policies: small, and as nasty as the formats allow.
//!
//! Everything is drawn from small pools, so that the same digests, tags, accounts and instants
//! meet again and again, instants exactly on the policies' thresholds among them.

//!
//! What the policies never say is in [`NOT_DRAWN`]; of workloads, services have no task sets, and
//! nothing runs outside ECS and Lambda.

mod coverage;
mod images;
mod organization;
mod policies;
mod pools;
mod usage;
mod workloads;
mod yaml;

pub use organization::organization;
pub use policies::{clause, policy, policy_without_limits, rules};
pub use pools::now;
pub use usage::reference_without_revision;
pub use workloads::{Running, running_organization};
pub use yaml::policy_text;

/// The keys of the policy that no random policy has, sorted. `grace` has invariants of its own; the
/// others have no part in what a plan from a snapshot decides: where is looked and as whom, how old
/// what was seen may be, who is told, and what is not built.
pub const NOT_DRAWN: [&str; 14] = [
    "archive_for",
    "consumers",
    "evidence_max_age",
    "except",
    "grace",
    "max_age",
    "notify",
    "path",
    "plan_max_age",
    "registries",
    "retired",
    "role",
    "slack",
    "task_definition_revisions",
];
