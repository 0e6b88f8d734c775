//! Stored documents: what one step of a run leaves for the next, and for the people who read it.
//!
//! One layout, whatever the run store is: [`keys`] names every document. Each is JSON, carries its
//! `schema_version`, refuses unknown fields, is sorted, and has its summary first.

mod approval;
mod approval_record;
mod attempt;
mod failure;
mod findings;
mod identity;
mod images;
mod in_repository;
mod index;
mod items;
mod key;
pub mod keys;
mod known_registries;
mod layers;
mod lock;
mod manifest;
mod notice;
mod over_limit;
mod plan;
mod planned;
mod reads;
mod receipts;
mod repositories;
mod request;
mod restored;
mod run_id;
mod scopes;
mod seen_usage_files;
mod stage;
mod stop;
mod summary;
mod usage;
mod used;
mod vaulted;
mod version;
mod written;

pub use approval::{ApprovalAnswer, ApprovalRequest};
pub use approval_record::ApprovalRecord;
pub use attempt::{AttemptOutcome, RepositoryAttempt};
pub use failure::{RepositoryFailure, StepName};
pub use findings::FindingSummary;
pub use identity::{Caller, IdentityProof, NotTwoPersons, approving, starting};
pub use images::{ManifestKind, RunImage, RunImages};
pub use index::{DigestIndex, RegistrySettings, RepositoryIndex, RunCoverage};
pub use items::RegistryItem;
pub use key::Key;
pub use known_registries::{KnownReader, KnownRegistries, KnownRegistry};
pub use layers::{ImageLayers, LayersOfImage};
pub use lock::{FencingToken, Lock, LockWork};
pub use manifest::{IndexManifests, ManifestPack, PackedManifest, StoredManifest};
pub use notice::{Notice, NoticePart};
pub use over_limit::{HeldImages, OverLimit, RunOverLimit};
pub use plan::{AwaitedSubject, PlanHead, StoredPlan, StoredPlanHead};
pub use planned::{PlannedImage, PlannedImages};
pub use reads::{ManifestRead, ManifestReads};
pub use receipts::{DeletionOutcome, ManifestCopy, Receipt, ReceiptBatch, Receipts};
pub use repositories::{ListedRegistry, MatchedRepository, Repositories, UnreadRegistry};
pub use request::RunRequest;
pub use restored::{RestoreOutcome, Restored, RestoredImage, TagElsewhere};
pub use run_id::{NotARunId, RunId};
pub use scopes::Scopes;
pub use seen_usage_files::{NamedByFile, SeenUsageFiles};
pub use stage::Stage;
pub use stop::{StopRequest, StopWish};
pub use summary::{
    BlockSummary, NotDeleted, OutcomeCounts, RepositorySummary, RunSummary, RunSummaryHead,
    RunTotals, ToVault,
};
pub use usage::ScopeUsage;
pub use used::{Consumer, UsedImage, UsedImages};
pub use vaulted::{VaultedBatch, VaultedBlob};
pub use version::{NotThisVersion, V1};
pub use written::{DocumentError, read, write};

pub use ecr_sweep_core::sha256;
