//! Usage: what names images, source by source.
//!
//! To add a source: one file (or folder) here with a `scan` of its own, one arm in [`scan`], one
//! name in [`is_built`].

mod cache;
pub(crate) mod ecs;
pub(crate) mod lambda;
mod rows;

pub use cache::ScanCache;

use ecr_sweep_core::{Place, Source, Usage};
use ecr_sweep_protocol::snapshot::{EcsWorkloads, LambdaWorkloads};
use jiff::Timestamp;

use crate::store::StoreError;
use crate::{AwsError, Deadline, Sessions};

/// How far a scan goes.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// How many ACTIVE revisions of each task-definition family are read, the newest first, besides
    /// all that anything names; `None`: every one.
    pub task_definition_revisions: Option<u32>,
    /// The time of the scan, which its rows carry.
    pub now: Timestamp,
    /// When the scan stops, with what it has read so far in its cache.
    pub deadline: Deadline,
}

/// What a scan saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scanned {
    /// The references, sorted, each row once.
    pub usage: Vec<Usage>,
    /// What they were read from.
    pub workloads: ScannedWorkloads,
}

/// The resources behind the references: of each no more than what names it and its images.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScannedWorkloads {
    /// Amazon ECS, if that was scanned.
    pub ecs: Option<EcsWorkloads>,
    /// AWS Lambda, if that was scanned.
    pub lambda: Option<LambdaWorkloads>,
}

/// Why a source was not seen whole. Nothing of what was seen is returned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// This version cannot scan the source.
    #[error("{0}: not built")]
    NotBuilt(Source),
    /// A call failed, or its answer cannot be read.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The time was up. What never changes and was read by then is in the cache.
    #[error("the time was up before everything was read")]
    OutOfTime {
        /// How many things the cache holds now: a scan that gets no further will never end.
        known: u64,
    },
    /// A resource says something that this version does not understand.
    #[error("{resource}: {problem}")]
    Unreadable {
        /// The resource's ARN.
        resource: Box<str>,
        /// What is wrong with it.
        problem: Box<str>,
    },
    /// The cache of what never changes could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ScanError {
    pub(crate) fn unreadable(resource: &str, problem: impl Into<Box<str>>) -> Self {
        Self::Unreadable { resource: resource.into(), problem: problem.into() }
    }
}

/// Whether this version can scan a source.
#[must_use]
pub const fn is_built(source: Source) -> bool {
    matches!(source, Source::Ecs | Source::Lambda)
}

/// Everything that names an image in one source of one account and Region, or an error: never a
/// part of it.
pub async fn scan(
    source: Source,
    sessions: &Sessions,
    place: &Place,
    options: &ScanOptions,
    cache: &ScanCache,
) -> Result<Scanned, ScanError> {
    let mut scanned = match source {
        Source::Ecs => ecs::scan(sessions, place, options, cache).await?,
        Source::Lambda => lambda::scan(sessions, place, options, cache).await?,
        _ => return Err(ScanError::NotBuilt(source)),
    };
    scanned.usage.sort();
    scanned.usage.dedup();
    tracing::info!(
        account = %place.account, region = %place.region, %source,
        rows = scanned.usage.len(), "scanned usage"
    );
    Ok(scanned)
}
