//! Random organizations and policies: small, and as nasty as the formats allow.
//!
//! Everything is drawn from small pools, so that the same digests, tags, accounts and instants
//! meet again and again, instants exactly on the policies' thresholds among them.

//!
//! What the policies never say is in [`NOT_DRAWN`]; of workloads, services have no task sets.

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
pub use workloads::{Others, Running, running_organization};
pub use yaml::policy_text;

/// The keys of the policy that no random policy has, sorted, each with why it has no part in what is
/// drawn.
pub const NOT_DRAWN: [(&str, &str); 20] = [
    ("asked_again", "what stops a run that deletes: what is decided is the same"),
    ("consumers", "where usage is looked for: organizations that run draw it"),
    ("evidence_max_age", "how old evidence may be: a snapshot has one age"),
    ("except", "which accounts are left out: a snapshot has those that were looked at"),
    ("failures", "what stops a run that deletes: what is decided is the same"),
    ("grace", "it has invariants of its own, and a snapshot remembers no plans"),
    ("max_age", "of usage files: organizations that run have one"),
    ("notify", "who is told"),
    ("owner_tag", "who is told"),
    ("owners", "who is told"),
    ("path", "of usage files: organizations that run have one"),
    ("plan_max_age", "how long an approval lasts: what is decided is the same"),
    ("prices", "what is told of a plan: what is decided is the same"),
    ("registries", "where registries are looked for: organizations that run say it"),
    ("retired", "of usage files that are gone: no plan reads them"),
    ("role", "as whom is looked: organizations that run have one"),
    ("sizes", "what is told of a plan: what is decided is the same"),
    ("slack", "who is told"),
    ("task_definition_revisions", "what a scan reads: a snapshot has what was read"),
    ("units", "which accounts are looked at: a snapshot has those that were"),
];
