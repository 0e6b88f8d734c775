//! Recording: live accounts as a snapshot, from which the same plans follow offline.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::registry::RepositoryRow;
use ecr_sweep_core::{Admitted, Coverage, Place, Policy, Region, Registry, Repository};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::Workloads;
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::list_repos::{find_scopes, registries};
use crate::plan_repo::list_repository;
use crate::registry_settings::read_settings;
use crate::scan_usage::{ScopeScan, scan_scope};
use crate::{Context, Phase, StepError};

/// What to record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordRequest {
    /// The Regions whose registries are recorded; the policy's, or else the session's, if empty.
    pub regions: BTreeSet<Region>,
    /// Says where usage is looked for, and what is not looked at; by default every source in every
    /// enabled Region.
    pub policy: Policy,
}

/// Records the registries with every repository and image, and everything that names one.
///
/// Changes nothing, and stores nothing of the recording but what `cache/` keeps for every run. A
/// repository that is removed meanwhile is left out.
pub async fn record(ctx: &Context, request: RecordRequest) -> Result<Snapshot, StepError> {
    let RecordRequest { mut regions, policy } = request;
    if regions.is_empty() {
        regions = policy.scope.registries.regions.clone();
    }
    let taken_at = ctx.now();
    let mut recorded = Vec::new();
    for place in registries(ctx, &regions) {
        recorded.push(record_registry(ctx, place).await?);
    }
    let scopes = find_scopes(ctx, &policy).await;
    ctx.progress.start(Phase::ScanUsage, scopes.scopes.len() as u64);
    let scans: BTreeMap<Place, ScopeScan> = stream::iter(&scopes.scopes)
        .map(async |scope| {
            let scan = scan_scope(ctx, &policy, scope).await?;
            ctx.progress.step(Phase::ScanUsage, 1);
            Ok::<_, StepError>((scope.clone(), scan))
        })
        .buffer_unordered(ctx.sessions.concurrency())
        .try_collect()
        .await?;

    let mut coverage = Coverage { default: scopes.default, except: Vec::new() };
    let mut usage = Vec::new();
    let regions = scopes.scopes.into_iter().map(|scope| scope.region).collect();
    let mut workloads = Workloads { regions, ..Workloads::default() };
    for scan in scans.into_values() {
        coverage.except.extend(scan.coverage);
        usage.extend(scan.usage);
        for scanned in scan.workloads {
            workloads.ecs.extend(scanned.ecs);
            workloads.lambda.extend(scanned.lambda);
        }
    }
    usage.sort();
    usage.dedup();
    Ok(Snapshot {
        schema_version: 1,
        taken_at,
        home: ctx.sessions.home().clone(),
        registries: recorded,
        usage,
        coverage,
        workloads,
    })
}

async fn record_registry(ctx: &Context, place: Place) -> Result<Registry, StepError> {
    let settings = read_settings(ctx, &place).await?;
    let rows = ctx.sessions.registry(&place).repositories().await?;
    ctx.progress.start(Phase::RecordImages, rows.len() as u64);
    let repositories: Vec<Option<Repository>> = stream::iter(rows)
        .map(async |row| {
            let repository = record_repository(ctx, &place, &row, &settings.allows).await?;
            ctx.progress.step(Phase::RecordImages, 1);
            Ok::<_, StepError>(repository)
        })
        .buffered(ctx.sessions.concurrency())
        .try_collect()
        .await?;
    Ok(Registry {
        account: place.account,
        region: place.region,
        deletes_replicate_to: settings.deletes_replicate_to,
        repositories: repositories.into_iter().flatten().collect(),
    })
}

async fn record_repository(
    ctx: &Context,
    place: &Place,
    row: &RepositoryRow,
    by_the_registry: &[Admitted],
) -> Result<Option<Repository>, StepError> {
    let tags = match ctx.sessions.registry(place).repository_tags(&row.arn).await {
        Err(error) if is_repository_gone(&error) => return Ok(None),
        tags => tags?,
    };
    list_repository(ctx, place, &row.name, &tags, by_the_registry).await
}
