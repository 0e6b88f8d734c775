//! Sources: what names images, one adapter each.
//!
//! What a policy turns off is probed: one call for each of its lists, up to the first that has something
//! ([`UsageSource::probe`]).
//!
//! To add one: a file (or folder) here with a [`UsageSource`], and its line in [`BUILT`]. What the
//! decision has to know of it is its row in [`Source::facts`].

mod cache;
mod ecs;
mod gone;
mod kubernetes;
mod lambda;
mod permission;
mod probe;
mod rows;
mod scan;
mod table;

pub use cache::ScanCache;
pub use permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};
pub use probe::Found;
use scan::to_its_end;
pub use scan::{Scan, ScanError, Scanned};
pub use table::{described as described_tables, regions_of_services};

use std::fmt;
use std::sync::Arc;

use ecr_sweep_core::Source;
use futures::future::BoxFuture;

/// The sources that this version can scan.
const BUILT: &[&dyn UsageSource] = &[
    &ecs::Ecs,
    &lambda::Lambda,
    &kubernetes::Kubernetes,
    &table::APP_RUNNER,
    &table::BATCH,
    &table::SAGEMAKER,
    &table::CODEBUILD,
    &table::EVENTS,
    &table::STEP_FUNCTIONS,
    &table::CLOUDFORMATION,
    &table::AGENTCORE,
    &table::CODEPIPELINE,
    &table::EMR_SERVERLESS,
    &table::EMR_EKS,
    &table::EMR_EC2,
    &table::ELASTIC_BEANSTALK,
    &table::HEALTHOMICS,
    &table::IMAGE_BUILDER,
    &table::GREENGRASS,
    &table::SSM,
    &table::CODEDEPLOY,
    &table::LIGHTSAIL,
    &table::GAMELIFT,
    &table::IOT_SITEWISE,
    &table::CLEAN_ROOMS_ML,
    &table::BRAKET,
    &table::EC2,
    &table::INSPECTOR,
];

/// What finds everything that names an image in one source.
pub trait UsageSource: fmt::Debug + Sync {
    /// Which source.
    fn source(&self) -> Source;

    /// Every call that a scan makes, with what it is for. Whoever deploys or reads the
    /// documentation is told of these and of no others.
    fn permissions(&self) -> &'static [Permission];

    /// Everything that names an image in one place, or an error: never a part of it. The rows may
    /// come in any order, and more than once.
    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>>;

    /// Whether anything of it is in one place, by its lists: what a policy turns off is looked at no
    /// further. None: nothing is.
    fn probe<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Option<Found>, ScanError>> {
        Box::pin(async move { Ok(Found::of(&self.scan(scan).await?)) })
    }
}

/// The sources that can be scanned, sorted. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources(Arc<[&'static dyn UsageSource]>);

impl Sources {
    /// None: where nothing is ever scanned. What scans them is then no part of the program.
    #[must_use]
    pub fn none() -> Self {
        Self([].into())
    }

    /// Those of this version.
    #[must_use]
    pub fn built() -> Self {
        Self(BUILT.into())
    }

    /// The same and one more, or another one in its place, as tests have it.
    #[must_use]
    pub fn with(&self, source: &'static dyn UsageSource) -> Self {
        let others = self.iter().filter(|it| it.source() != source.source());
        let mut all: Vec<_> = others.chain([source]).collect();
        all.sort_by_key(|it| it.source());
        Self(all.into())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn UsageSource> {
        self.0.iter().copied()
    }

    /// What scans a source; none if it is not built.
    #[must_use]
    pub fn find(&self, source: Source) -> Option<&'static dyn UsageSource> {
        self.iter().find(|it| it.source() == source)
    }

    /// Whether a source can be scanned.
    #[must_use]
    pub fn is_built(&self, source: Source) -> bool {
        self.find(source).is_some()
    }
}

/// Whether anything of one source is in one place, within the time that there is.
pub async fn probe(source: &dyn UsageSource, scan: &Scan<'_>) -> Result<Option<Found>, ScanError> {
    scan.in_time(source.probe(scan)).await
}

/// Everything that names an image in one source of one place, sorted, each row once; or an error.
pub async fn scan(source: &dyn UsageSource, scan: &Scan<'_>) -> Result<Scanned, ScanError> {
    let mut scanned = source.scan(scan).await?;
    scanned.usage.sort();
    scanned.usage.dedup();
    tracing::info!(
        account = %scan.place.account, region = %scan.place.region, source = %source.source(),
        rows = scanned.usage.len(), "scanned usage"
    );
    Ok(scanned)
}
