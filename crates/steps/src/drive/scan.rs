//! Scanning alone: what uses images now, as a usage file.

use std::collections::BTreeMap;

use ecr_sweep_aws::sources::ScanCache;
use ecr_sweep_core::{Coverage, Gap, Policy, ScanPlace};
use ecr_sweep_protocol::UsageFile;
use ecr_sweep_protocol::documents::V1;
use futures::{StreamExt, TryStreamExt, stream};

use crate::run::role::check_role;
use crate::steps::list_repos::find_scopes;
use crate::steps::scan_usage::{PLACES_AT_ONCE, ScopeScan, scan_scope};
use crate::{Environment, Phase, Reading, StepError};

/// What a scan found, and what it did not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedUsage {
    /// What was looked at, and what was found.
    pub file: UsageFile,
    /// What was not seen, whether this version can look at it or not.
    pub gaps: Vec<Gap>,
}

/// Scans every place that a policy has looked at, with every source that this version has.
///
/// Changes nothing, and stores nothing but what `cache/` keeps for every run.
pub async fn scan(environment: &Environment, policy: Policy) -> Result<ScannedUsage, StepError> {
    let reading = &environment.reading_by(policy);
    check_role(reading)?;
    let taken_at = reading.now();
    let scopes = find_scopes(reading).await;
    if let Some(reason) = &scopes.reason {
        reading.progress.note(&format!("not every place can be looked at: {reason}"));
    }
    let scans = scan_places(reading, &scopes.scopes).await?;
    let mut file =
        UsageFile { schema_version: V1, taken_at, scanned: Vec::new(), usage: Vec::new() };
    let mut coverage = Coverage { default: scopes.default, except: Vec::new() };
    for scan in scans.into_values() {
        file.scanned.extend(scan.looked_at);
        file.usage.extend(scan.usage);
        coverage.except.extend(scan.coverage);
    }
    file.usage.sort();
    Ok(ScannedUsage { file, gaps: coverage.gaps(&reading.policy) })
}

/// Scans places side by side.
pub(super) async fn scan_places(
    reading: &Reading,
    places: &[ScanPlace],
) -> Result<BTreeMap<ScanPlace, ScopeScan>, StepError> {
    reading.progress.start(Phase::ScanUsage, places.len() as u64);
    stream::iter(places)
        .map(async |place| {
            let cache = ScanCache::over(reading.store.clone());
            let scan = scan_scope(reading, place, &cache).await?;
            reading.progress.step(Phase::ScanUsage, 1);
            Ok::<_, StepError>((place.clone(), scan))
        })
        .buffer_unordered(PLACES_AT_ONCE)
        .try_collect()
        .await
}
