//! The decision: facts, a policy and a time in; verdicts out.
//!
//! Nothing here reads a clock, a file, the network or the environment. Every function is total,
//! deterministic, and gives sorted output: the same input gives the same bytes.
//!
//! The order of reading: [`Image`], [`Repository`] and [`Registry`] are the facts of the registry;
//! [`Usage`] and [`Coverage`] are the evidence; [`Policy`] says what is kept; [`Evidence`] is the
//! evidence over one repository; [`plan_repository`] decides; [`deletion_waves`] puts what goes in
//! a safe order.

mod age;
mod bytes;
mod coded;
mod coverage;
mod decide;
mod digest;
mod evidence;
mod graph;
mod image;
mod organization;
mod pattern;
mod plan;
pub mod policy;
mod reference;
mod registry;
mod repository;
mod rules;
mod unmatched;
mod usage;
mod verdict;
mod waves;

pub use age::{Age, NotAnAge};
pub use bytes::Bytes;
pub use coded::NotACode;
pub use coverage::{Coverage, CoverageDefault, CoverageRow, CoverageStatus, Source};
pub use decide::{
    Planned, PlannedSince, Remembered, RunLimit, Unmet, block_over_limit, plan_repository,
    plan_repository_holding, plan_repository_remembering, planned_before, run_limit, unmet_grace,
    unmet_rules,
};
pub use digest::{Digest, NotADigest, sha256};
pub use evidence::{Evidence, Gap, Named, UsageIndex};
pub use image::{Image, ImageStatus, MediaType, fallback_subject, is_image_configuration};
pub use organization::{
    OrganizationPlan, index_organization, missing_repositories, plan_organization, plan_selection,
    selections_without_a_plan,
};
pub use pattern::{NotAPattern, Pattern};
pub use plan::{
    Block, BlockCode, Deletion, Kept, Queued, RepositoryPlan, Summary, Warning, WarningCode, Wave,
};
pub use policy::Policy;
pub use reference::{
    Aliases, ImageReference, NotAReference, NotARegistryHost, Reference, RegistryHost,
    is_repository_name, is_tag,
};
pub use registry::{Account, NotAPlace, Place, Region};
pub use repository::{Admitted, Registry, Repository};
pub use unmatched::{unmatched_off, unmatched_patterns, unmatched_rules};
pub use usage::{NotAUsageKind, TaskDefinition, TaskDefinitionStatus, Usage, UsageKind};
pub use verdict::{NotAReasonCode, Reason, ReasonCode};
pub use waves::deletion_waves;

#[cfg(test)]
mod testing;
