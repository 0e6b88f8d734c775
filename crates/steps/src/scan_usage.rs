//! The step `scan-usage`: everything that names an image, in one account and Region.

use std::cmp::max;

use ecr_sweep_aws::usage::{self, ScanCache, ScanError, ScanOptions, ScannedWorkloads};
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{CoverageRow, CoverageStatus, Place, Policy, Source, Usage};
use ecr_sweep_protocol::documents::{ScopeUsage, Stage, V1, keys};
use jiff::Timestamp;

use crate::{Reading, Run, StepError};

/// Scans every source of one account and Region. A source that fails is written down as failed,
/// with the reason: never as one that names nothing.
///
/// Ends with [`StepError::OutOfTime`] at the context's deadline. What was read by then and never
/// changes is in the run store: called again, it gets further.
pub async fn scan_usage(run: &Run, stage: Stage, scope: &Place) -> Result<(), StepError> {
    let ScopeScan { scanned_at, coverage, usage, .. } = scan_scope(run, scope).await?;
    write(run, stage, scope, scanned_at, coverage, usage).await
}

/// Writes down that one account and Region could not be scanned, and why.
pub async fn scan_failed(
    run: &Run,
    stage: Stage,
    scope: &Place,
    reason: &str,
) -> Result<(), StepError> {
    let coverage = Source::ALL
        .into_iter()
        .map(|source| match run.policy.scope.off_reason(scope, source) {
            Some(off) => row(scope, source, CoverageStatus::Off, Some(off.into())),
            None => row(scope, source, CoverageStatus::Failed, Some(reason.into())),
        })
        .collect();
    write(run, stage, scope, run.now(), coverage, Vec::new()).await
}

async fn write(
    run: &Run,
    stage: Stage,
    scope: &Place,
    scanned_at: Timestamp,
    coverage: Vec<CoverageRow>,
    usage: Vec<Usage>,
) -> Result<(), StepError> {
    let document = ScopeUsage {
        schema_version: V1,
        run: run.id.clone(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        scanned_at,
        coverage,
        usage,
    };
    run.write(&keys::usage(&run.id, stage, scope), &document).await
}

/// What a scan of one account and Region saw.
pub(crate) struct ScopeScan {
    /// When it began.
    pub(crate) scanned_at: Timestamp,
    /// One row a source.
    pub(crate) coverage: Vec<CoverageRow>,
    /// What names images, sorted.
    pub(crate) usage: Vec<Usage>,
    /// The resources behind it.
    pub(crate) workloads: Vec<ScannedWorkloads>,
}

pub(crate) async fn scan_scope(reading: &Reading, scope: &Place) -> Result<ScopeScan, StepError> {
    let scanned_at = reading.now();
    let options = ScanOptions {
        task_definition_revisions: revisions_to_read(&reading.policy),
        now: scanned_at,
        deadline: reading.deadline,
    };
    let cache = ScanCache::over(reading.store.clone());
    let mut scan =
        ScopeScan { scanned_at, coverage: Vec::new(), usage: Vec::new(), workloads: Vec::new() };
    for source in Source::ALL {
        let (status, reason) = if let Some(reason) = reading.policy.scope.off_reason(scope, source)
        {
            (CoverageStatus::Off, Some(reason.into()))
        } else if !usage::is_built(source) {
            (CoverageStatus::Failed, Some("not built".into()))
        } else {
            match usage::scan(source, &reading.sessions, scope, &options, &cache).await {
                Ok(scanned) => {
                    scan.usage.extend(scanned.usage);
                    scan.workloads.push(scanned.workloads);
                    (CoverageStatus::Complete, None)
                }
                Err(ScanError::OutOfTime { known }) => {
                    return Err(StepError::OutOfTime { steps: known });
                }
                Err(error) => {
                    let reason = with_causes(&error);
                    tracing::info!(
                        account = %scope.account, region = %scope.region, %source,
                        reason, "not seen"
                    );
                    (CoverageStatus::Failed, Some(reason.into()))
                }
            }
        };
        scan.coverage.push(row(scope, source, status, reason));
    }
    scan.usage.sort();
    scan.usage.dedup();
    Ok(scan)
}

fn row(
    scope: &Place,
    source: Source,
    status: CoverageStatus,
    reason: Option<Box<str>>,
) -> CoverageRow {
    CoverageRow {
        account: scope.account.clone(),
        region: scope.region.clone(),
        source,
        status,
        reason,
    }
}

/// How many revisions of each family the policy needs: as many as it says, and as its rules count.
fn revisions_to_read(policy: &Policy) -> Option<u32> {
    let needed = policy.needs().task_definition_revisions;
    policy.usage.task_definition_revisions.map(|setting| max(setting, needed))
}
