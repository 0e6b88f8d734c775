//! The decision: facts, a policy and a time in; verdicts out.
//!
//! Nothing here reads a clock, a file, the network or the environment. Every function is total,
//! deterministic, and gives sorted output: the same input gives the same bytes.
//!
//! The order of reading: [`Image`], [`Repository`] and [`Registry`] are the facts of the registry;
//! [`Usage`] and [`Coverage`] are the evidence; [`Policy`] says what is kept; [`Evidence`] is the
//! evidence over one repository; [`RepositoryFacts::decide`] decides; the [`Decision`] is asked for
//! its plan, for its waves, which are a safe order, and why one image stays or goes.

mod age;
mod backtest;
mod bytes;
mod cache_rules;
mod coded;
mod coverage;
mod decide;
mod difference;
mod digest;
mod evidence;
mod explained;
mod graph;
mod image;
mod inspect;
mod layers;
mod left_out;
mod object_names;
mod offline;
mod pattern;
mod place;
mod plan;
pub mod policy;
mod read_alone;
mod reason;
mod reference;
mod remedy;
mod repository;
mod repository_id;
mod rules;
mod savings;
mod source;
mod told;
mod unmatched;
mod unread;
mod usage;
mod waves;
pub mod wording;

pub use age::{Age, NotAnAge};
pub use backtest::{
    Afterwards, ImageTimes, Look, Nearest, Need, WouldHaveGone, judge_looks, nearest_need,
};
pub use bytes::Bytes;
pub use cache_rules::{CacheRule, CacheRules};
pub use coded::NotACode;
pub use coverage::{Coverage, CoverageDefault, CoverageRow, CoverageStatus, Probed};
pub use decide::{
    Decision, Elsewhere, Planned, PlannedSince, Remembered, Replica, RepositoryFacts, RunLimit,
    SeenInUse, Unmet, Whereabouts, block_over_limit, held_beyond_limit, over_run_limit,
    planned_before, run_limit,
};
pub use difference::{
    Decided, PlanUnder, RepositoryDifference, VerdictChange, repository_differences,
};
pub use digest::{Digest, Hashing, NotADigest, sha256};
pub use evidence::{
    CoverageUnder, Evidence, Gap, GapGroup, Named, ReadUsage, UsageIndex, group_gaps,
};
pub use explained::{Explained, Verdict, Verdicts};
pub use image::{Image, ImageStatus, MediaType, fallback_subject, is_image_configuration};
pub use inspect::{
    DanglingReferrer, Finding, FindingCode, FindingCount, InUse, Inspection, RepositoryInspection,
    count_findings, inspect_repository,
};
pub use layers::{Freed, KnownLayers, Layer};
pub use left_out::{OffRow, UntouchedRepository};
pub use object_names::{LONGEST_OBJECT_NAME, bucket_problem, object_name_problem};
pub use offline::{
    Organization, OrganizationFacts, OrganizationPlan, PlannedAll, Planner, Plans, RegistryOutline,
    Repositories, missing_repositories, replication, scanned_accounts, selections_without_a_plan,
    unread,
};
pub use pattern::{NotAPattern, Pattern};
pub use place::{Account, ClusterName, NotAPlace, Place, Region, ScanPlace, UnitId};
pub use plan::{
    Block, BlockCode, Deletion, GoesOn, Kept, Queued, RepositoryPlan, Summary, Warning,
    WarningCode, Wave,
};
pub use policy::Policy;
pub use read_alone::{ReadAlone, read_alone};
pub use reason::{NotAReasonCode, Reason, ReasonCode};
pub use reference::{
    Aliases, ImageReference, NotAReference, NotARegistryHost, NotARegistryPath, NotAnAlias,
    Reference, RegistryHost, RegistryPath, check_alias, is_like_reference, is_repository_name,
    is_same_alias, is_tag, mentioned,
};
pub use remedy::{Remedy, RemedyGroup, group_remedies};
pub use repository::{Admitted, Registry, Repository, UseHistory};
pub use repository_id::RepositoryId;
pub use savings::Savings;
pub use source::{KnownKind, Reach, ResourceList, Role, Source, SourceFacts};
pub use told::{unheard, unknown_owners};
pub use unmatched::{InVain, sought_in_vain, unmatched_off, unmatched_patterns, unmatched_rules};
pub use unread::{Unread, UnreadPart};
pub use usage::{NotAUsageKind, TaskDefinition, TaskDefinitionStatus, Usage, UsageKind};
pub use waves::deletion_waves;

#[cfg(test)]
mod testing;
