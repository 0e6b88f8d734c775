//! The step `scan-usage`: everything that names an image, in one account and Region.

use std::time::Instant;

use ecr_sweep_aws::count_calls;
use ecr_sweep_aws::sources::{self, Scan, ScanCache, ScanError, Scanned};
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{CoverageRow, CoverageStatus, Policy, Remedy, ScanPlace, Source, Usage};
use ecr_sweep_protocol::ScannedSource;
use ecr_sweep_protocol::documents::{ScopeUsage, Stage, V1, keys};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use futures::future::join_all;
use jiff::Timestamp;

use crate::steps::probe_source::probe_source;
use crate::steps::remedies::Circumstances;
use crate::steps::scan_clusters::add_clusters;
use crate::{Reading, Run, StepError};

/// How many places one process scans at once. No two share a rate of AWS, and most have little in
/// them: what bounds this is the memory that the others take.
pub(crate) const PLACES_AT_ONCE: usize = 64;

/// Scans every source of one account and Region. A source that fails is written down as failed,
/// with the reason: never as one that names nothing.
///
/// Ends with [`StepError::OutOfTime`] at the context's deadline. What was read by then and never
/// changes is in the run store: called again, it gets further.
pub async fn scan_usage(run: &Run, stage: Stage, scope: &ScanPlace) -> Result<(), StepError> {
    // What images are deleted by is read anew: whatever earlier runs remember, this one asks.
    let cache = match stage {
        Stage::Plan => ScanCache::over(run.store.clone()),
        Stage::Recheck => ScanCache::apart(run.store.clone(), keys::recheck(&run.id)),
    };
    let ScopeScan { scanned_at, coverage, usage, .. } = scan_scope(run, scope, &cache).await?;
    write(run, stage, scope, scanned_at, coverage, usage).await
}

/// Writes down that one account and Region could not be scanned, and why.
pub async fn scan_failed(
    run: &Run,
    stage: Stage,
    scope: &ScanPlace,
    reason: &str,
) -> Result<(), StepError> {
    let coverage = not_seen(&run.policy, scope, reason).collect();
    write(run, stage, scope, run.now(), coverage, Vec::new()).await
}

async fn write(
    run: &Run,
    stage: Stage,
    scope: &ScanPlace,
    scanned_at: Timestamp,
    coverage: Vec<CoverageRow>,
    usage: Vec<Usage>,
) -> Result<(), StepError> {
    let document = ScopeUsage {
        schema_version: V1,
        run: run.id.clone(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        cluster: scope.cluster.clone(),
        scanned_at,
        coverage,
        usage,
    };
    run.write_unsynced(&keys::usage(&run.id, stage, scope), &document).await
}

/// What a scan of one account and Region saw.
pub(crate) struct ScopeScan {
    /// When it began.
    pub(crate) scanned_at: Timestamp,
    /// One row a source.
    pub(crate) coverage: Vec<CoverageRow>,
    /// What was looked at, and what it took: nothing of what is off, or cannot be scanned at all.
    pub(crate) looked_at: Vec<ScannedSource>,
    /// What names images, sorted.
    pub(crate) usage: Vec<Usage>,
    /// The resources behind it.
    pub(crate) workloads: Vec<PlaceWorkloads>,
}

/// Scans every source of a place, all at once. What one of them sees does not depend on the others.
pub(crate) async fn scan_scope(
    reading: &Reading,
    scope: &ScanPlace,
    cache: &ScanCache,
) -> Result<ScopeScan, StepError> {
    let scanned_at = reading.now();
    let scan = &Scan {
        place: scope,
        policy: &reading.policy,
        now: scanned_at,
        deadline: reading.deadline,
        sessions: &reading.sessions,
        cache,
    };
    let sources = Source::in_place(scope).map(|source| scan_source(reading, scan, source));
    let mut seen = ScopeScan {
        scanned_at,
        coverage: Vec::new(),
        looked_at: Vec::new(),
        usage: Vec::new(),
        workloads: Vec::new(),
    };
    let mut clusters = Vec::new();
    // Each comes to its end, so that each remembers what it has read.
    for of_source in join_all(sources).await {
        let SourceScan { row, looked_at, scanned } =
            of_source.map_err(|TimeIsUp| StepError::OutOfTime { steps: cache.known() })?;
        seen.coverage.push(row);
        seen.looked_at.extend(looked_at);
        if let Some(scanned) = scanned {
            seen.usage.extend(scanned.usage);
            seen.workloads.push(scanned.workloads);
            clusters.extend(scanned.clusters);
        }
    }
    add_clusters(reading, scope, cache, &clusters, &mut seen).await?;
    seen.usage.sort();
    Ok(seen)
}

/// The time was up before a source was seen whole.
pub(super) struct TimeIsUp;

/// What became of one source.
pub(super) struct SourceScan {
    pub(super) row: CoverageRow,
    pub(super) looked_at: Option<ScannedSource>,
    pub(super) scanned: Option<Scanned>,
}

impl SourceScan {
    pub(super) const fn not_looked_at(row: CoverageRow) -> Self {
        Self { row, looked_at: None, scanned: None }
    }
}

/// Scans one source, and says whether it was seen whole.
async fn scan_source(
    reading: &Reading,
    scan: &Scan<'_>,
    source: Source,
) -> Result<SourceScan, TimeIsUp> {
    let scope = scan.place;
    if let Some(reason) = reading.policy.scope.off_reason(scope, source) {
        return probe_source(reading, scan, source, reason).await;
    }
    if source.facts().is_handed_in {
        let nothing = row(scope, source, CoverageStatus::Complete, None);
        return Ok(SourceScan::not_looked_at(nothing));
    }
    let failed = |reason: &str, remedies| {
        let row = row(scope, source, CoverageStatus::Failed, Some(reason.into()));
        CoverageRow { remedies, ..row }
    };
    let Some(built) = reading.sources.find(source) else {
        let remedies = vec![Remedy::SwitchOffSource { source }];
        return Ok(SourceScan::not_looked_at(failed("not built", remedies)));
    };
    let begun = Instant::now();
    let (scanned, calls) = count_calls(sources::scan(built, scan)).await;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (row, scanned) = match scanned {
        Ok(scanned) => (row(scope, source, CoverageStatus::Complete, None), Some(scanned)),
        Err(ScanError::OutOfTime { .. }) => return Err(TimeIsUp),
        Err(error) => {
            let reason = with_causes(&error);
            tracing::info!(
                account = %scope.account, region = %scope.region, %source, reason, "not seen"
            );
            let circumstances = Circumstances { home: reading.sessions.home() };
            (failed(&reason, circumstances.about_scan(&scope.place(), &error)), None)
        }
    };
    let looked_at = ScannedSource {
        account: scope.account.clone(),
        region: scope.region.clone(),
        cluster: scope.cluster.clone(),
        source,
        platform: None,
        complete: scanned.is_some(),
        reason: row.reason.clone(),
        found: scanned.as_ref().map_or(0, |scanned| scanned.found),
        references: scanned.as_ref().map_or(0, |scanned| scanned.usage.len() as u64),
        calls: Some(calls),
        milliseconds: Some(milliseconds),
    };
    Ok(SourceScan { row, looked_at: Some(looked_at), scanned })
}

/// The rows of a place that was not scanned, and why it was not: what is off would not have been
/// looked at anyway.
pub(crate) fn not_seen(
    policy: &Policy,
    scope: &ScanPlace,
    reason: &str,
) -> impl Iterator<Item = CoverageRow> {
    Source::in_place(scope).map(move |source| match policy.scope.off_reason(scope, source) {
        Some(off) => row(scope, source, CoverageStatus::Off, Some(off.into())),
        None => row(scope, source, CoverageStatus::Failed, Some(reason.into())),
    })
}

pub(super) fn row(
    scope: &ScanPlace,
    source: Source,
    status: CoverageStatus,
    reason: Option<Box<str>>,
) -> CoverageRow {
    let ScanPlace { account, region, cluster } = scope.clone();
    let (probed, remedies) = (None, Vec::new());
    CoverageRow { account, region, cluster, source, status, reason, probed, remedies }
}
