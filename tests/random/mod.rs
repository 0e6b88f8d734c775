//! Random organizations and policies: small, and as nasty as the formats allow.
//!
//! Everything is drawn from small pools, so that the same digests, tags, accounts and instants
//! meet again and again, instants exactly on the policies' thresholds among them.

mod coverage;
mod images;
mod organization;
mod policies;
mod pools;
mod usage;
mod workloads;
mod yaml;

pub use organization::organization;
pub use policies::{keep, policy, policy_without_limits};
pub use pools::now;
pub use usage::reference_without_revision;
pub use workloads::{Running, running_organization};
pub use yaml::policy_text;
