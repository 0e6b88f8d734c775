//! Scanning alone: what uses images now, as a usage file.

use std::collections::BTreeMap;
use std::pin::pin;

use ecr_sweep_aws::sources::ScanCache;
use ecr_sweep_core::{Coverage, CoverageRow, Gap, Policy, ScanPlace, Source};
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{ScannedSource, UsageFile};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use crate::run::role::check_role;
use crate::steps::list_repos::find_scopes;
use crate::steps::refuse_off::refuse_what_is_indexed;
use crate::steps::scan_usage::{PLACES_AT_ONCE, ScopeScan, scan_scope};
use crate::steps::usage_files::read_usage_files;
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
    let mut file =
        UsageFile { schema_version: V1, taken_at, scanned: Vec::new(), usage: Vec::new() };
    let mut coverage = Coverage { default: scopes.default, except: Vec::new() };
    // What is known of a place is taken in as it comes, and its resources are let go.
    let mut scans = pin!(scan_places(reading, &scopes.scopes));
    while let Some((_, scan)) = scans.try_next().await? {
        file.scanned.extend(scan.looked_at);
        file.usage.extend(scan.usage);
        coverage.except.extend(scan.coverage);
    }
    // The sources of one place came in their order.
    file.scanned.sort_by_cached_key(ScannedSource::place);
    coverage.except.sort_by_cached_key(CoverageRow::scanned);
    let files = read_usage_files(reading).await?;
    files.add_looked_at(&mut file.scanned);
    files.add_to(&reading.policy, &mut coverage.except, &mut file.usage);
    refuse_what_is_indexed(reading, &mut coverage.except).await;
    file.usage.sort();
    file.usage.dedup();
    count_references(&mut file);
    Ok(ScannedUsage { file, gaps: coverage.gaps(&reading.policy) })
}

/// What files hand in is counted where it is of the same source and place as what was seen.
fn count_references(file: &mut UsageFile) {
    let mut counts: BTreeMap<(ScanPlace, Source), u64> = BTreeMap::new();
    for usage in &file.usage {
        *counts.entry((usage.seen_in(), usage.kind.source())).or_default() += 1;
    }
    for scanned in &mut file.scanned {
        let count = counts.get(&(scanned.place(), scanned.source));
        scanned.references = count.copied().unwrap_or(0);
    }
}

/// Scans places side by side, in whatever order they come to their end.
pub(super) fn scan_places<'a>(
    reading: &'a Reading,
    places: &'a [ScanPlace],
) -> impl Stream<Item = Result<(ScanPlace, ScopeScan), StepError>> + 'a {
    reading.progress.start(Phase::ScanUsage, places.len() as u64);
    let scanned = stream::iter(places).map(async |place| {
        let cache = ScanCache::over(reading.store.clone());
        let scan = scan_scope(reading, place, &cache).await?;
        reading.progress.step(Phase::ScanUsage, 1);
        Ok::<_, StepError>((place.clone(), scan))
    });
    scanned.buffer_unordered(PLACES_AT_ONCE)
}
