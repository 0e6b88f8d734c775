//! Recording: live accounts as a snapshot, from which the same plans follow offline.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::registry::RepositoryRow;
use ecr_sweep_core::{
    Account, Admitted, Coverage, Place, Policy, Reference, Region, Registry, Repository,
    RepositoryId, Usage,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::{RegistrySettings, UnreadRegistry};
use ecr_sweep_protocol::snapshot::Workloads;
use futures::{StreamExt, TryStreamExt, stream, try_join};
use jiff::Timestamp;

use super::scan::scan_places;
use crate::error::is_repository_gone;
use crate::run::role::check_role;
use crate::steps::list_repos::{FoundScopes, find_registries, find_scopes, unlisted_registries};
use crate::steps::plan_repo::{KnownUse, list_repository};
use crate::steps::refuse_off::refuse_what_is_indexed;
use crate::steps::registry_settings::{read_cache_rules, read_settings};
use crate::steps::usage_files::read_usage_files;
use crate::{Environment, Phase, Reading, StepError};

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
pub async fn record(
    environment: &Environment,
    request: RecordRequest,
) -> Result<Snapshot, StepError> {
    let RecordRequest { regions, mut policy } = request;
    if !regions.is_empty() {
        policy.scope.registries.regions = regions;
    }
    let reading = &environment.reading_by(policy);
    check_role(reading)?;
    let taken_at = reading.now();
    let scopes = find_scopes(reading).await;
    if let Some(reason) = &scopes.reason {
        reading.progress.note(&format!("not every place can be looked at: {reason}"));
    }
    let (mut registries, mut settings) = record_registries(reading, &scopes, taken_at).await?;
    let scans: BTreeMap<_, _> = scan_places(reading, &scopes.scopes).try_collect().await?;

    let mut coverage = Coverage { default: scopes.default, except: Vec::new() };
    let mut usage = Vec::new();
    let regions: BTreeSet<Region> =
        scopes.scopes.iter().map(|scope| scope.region.clone()).collect();
    let mut workloads = Workloads::in_regions(regions.into_iter().collect());
    for scan in scans.into_values() {
        coverage.except.extend(scan.coverage);
        usage.extend(scan.usage);
        workloads.extend(scan.workloads);
    }
    let files = read_usage_files(reading).await?;
    files.add_to(&reading.policy, &mut coverage.except, &mut usage);
    refuse_what_is_indexed(reading, &mut coverage.except).await;
    usage.sort();
    usage.dedup();
    let named = named_registries(&usage, &reading.policy);
    let looked_at = scopes.scopes.iter().map(|scope| &scope.account).collect();
    let named = named.iter().collect();
    let cache_rules = read_cache_rules(reading, &mut settings, &named, &looked_at).await;
    for registry in &mut registries {
        let of_place = settings.iter().find(|it| it.place() == registry.place());
        registry.unread = of_place.map_or(registry.unread.take(), |it| it.unread.clone());
    }
    Ok(Snapshot {
        schema_version: 1,
        taken_at,
        home: reading.sessions.home().clone(),
        registries,
        cache_rules,
        usage,
        coverage,
        workloads,
    })
}

/// The registries that something names.
fn named_registries(usage: &[Usage], policy: &Policy) -> BTreeSet<Place> {
    let read = |usage: &Usage| Reference::parse(&usage.reference, &policy.usage.aliases).ok();
    let named = usage.iter().filter_map(|usage| match read(usage)? {
        Reference::Ecr(image) => Some(image.registry),
        Reference::Elsewhere { .. } => None,
    });
    named.collect()
}

/// Records every registry. One that could not be listed says so; that none could is an error.
async fn record_registries(
    reading: &Reading,
    scopes: &FoundScopes,
    taken_at: Timestamp,
) -> Result<(Vec<Registry>, Vec<RegistrySettings>), StepError> {
    let (mut recorded, mut unlisted, mut settings) = (Vec::new(), Vec::new(), Vec::new());
    let found = find_registries(reading).await?;
    for warning in found.warnings() {
        reading.progress.note(&warning.detail);
    }
    let places = found.places;
    for place in &places {
        match reading.sessions.registry(place).repositories().await {
            Ok(rows) => {
                let of_place = read_settings(reading, place, scopes.organization.as_deref()).await;
                recorded.push(record_registry(reading, &of_place, rows, scopes, taken_at).await?);
                settings.push(of_place);
            }
            Err(error) => unlisted.push((place, error)),
        }
    }
    let failed = unlisted_registries(unlisted, places.len())?;
    recorded.extend(failed.into_iter().map(|UnreadRegistry { account, region, unread }| {
        Registry {
            account,
            region,
            deletes_replicate_to: Vec::new(),
            unread: Some(unread),
            repositories: Vec::new(),
        }
    }));
    recorded.sort_by_key(Registry::place);
    Ok((recorded, settings))
}

async fn record_registry(
    reading: &Reading,
    settings: &RegistrySettings,
    rows: Vec<RepositoryRow>,
    scopes: &FoundScopes,
    taken_at: Timestamp,
) -> Result<Registry, StepError> {
    let place = settings.place();
    reading.progress.start(Phase::RecordImages, rows.len() as u64);
    let repositories: Vec<Option<Repository>> = stream::iter(rows)
        .map(async |row| {
            let repository =
                record_repository(reading, &place, &row, &settings.allows, scopes, taken_at)
                    .await?;
            reading.progress.step(Phase::RecordImages, 1);
            Ok::<_, StepError>(repository)
        })
        .buffered(reading.sessions.concurrency())
        .try_collect()
        .await?;
    Ok(Registry {
        account: place.account,
        region: place.region,
        deletes_replicate_to: settings.deletes_replicate_to.clone(),
        unread: settings.unread.clone(),
        repositories: repositories.into_iter().flatten().collect(),
    })
}

async fn record_repository(
    reading: &Reading,
    place: &Place,
    row: &RepositoryRow,
    by_the_registry: &[Admitted],
    scopes: &FoundScopes,
    taken_at: Timestamp,
) -> Result<Option<Repository>, StepError> {
    let tags = match reading.sessions.registry(place).repository_tags(&row.arn).await {
        Err(error) if is_repository_gone(&error) => return Ok(None),
        tags => tags?,
    };
    let organization = scopes.organization.as_deref();
    let id = RepositoryId::new(place, &row.name);
    let listed = list_repository(reading, &id, &tags, by_the_registry, organization);
    let (mut repository, known_use) = try_join!(listed, KnownUse::read(reading, &id))?;
    if let Some(repository) = &mut repository {
        known_use.tell(repository, taken_at);
    }
    if organization.is_some()
        && let Some(Repository { allows, .. }) = &mut repository
    {
        name_members(allows, place, scopes);
    }
    Ok(repository)
}

/// Names the accounts of the organization in its place: a snapshot does not tell which accounts
/// are its members.
fn name_members(allows: &mut Vec<Admitted>, registry: &Place, scopes: &FoundScopes) {
    let before = allows.len();
    allows.retain(|admitted| *admitted != Admitted::Organization);
    if allows.len() < before {
        let members: BTreeSet<&Account> = scopes.scopes.iter().map(|it| &it.account).collect();
        let others = members.into_iter().filter(|account| **account != registry.account);
        allows.extend(others.cloned().map(Admitted::Account));
        allows.sort();
        allows.dedup();
    }
}
