//! The second mode of `scan-usage`: all usage, sorted by repository.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    Coverage, CoverageRow, CoverageStatus, Digest, Place, Policy, Probed, RepositoryId, ScanPlace,
    Source, Unread, Usage, UsageIndex, missing_repositories,
};
use ecr_sweep_protocol::documents::{
    self, DigestIndex, MatchedRepository, RegistrySettings, Repositories, RepositoryIndex,
    RunCoverage, ScopeUsage, Scopes, Stage, V1, keys, sha256,
};
use futures::{StreamExt, TryStreamExt, join, stream, try_join};
use jiff::Timestamp;

use crate::run::documents::AT_ONCE;
use crate::steps::known_registries;
use crate::steps::refuse_off::refuse_what_is_indexed;
use crate::steps::registry_settings::{read_cache_rules, read_settings};
use crate::steps::remedies::Circumstances;
use crate::steps::scan_usage::not_seen;
use crate::steps::usage_files::read_usage_files;
use crate::{Phase, Run, StepError};

/// All scans of a run together.
struct AllUsage {
    evidence_at: Option<Timestamp>,
    coverage: Vec<CoverageRow>,
    rows: Vec<Usage>,
    /// The hashes of the documents, one behind the other.
    hashes: Vec<u8>,
}

/// Sorts what all scans saw by repository, and writes down what they did not see.
///
/// What names a repository's namesake where its deletions go, or a pull-through cache of it, counts
/// for the repository, so the settings of the registries are read first, anew each time.
///
/// A scope without a scan counts as failed, and so does a source of which a scan says nothing.
pub async fn index_usage(run: &Run, stage: Stage) -> Result<(), StepError> {
    index_usage_after(run, stage, 0).await
}

/// So many repositories are sorted at least before the time is looked at.
const A_TURN: usize = 100;

/// The same where so many repositories have theirs from a call before. What is known of all of them
/// together is written once every one has.
pub(crate) async fn index_usage_after(
    run: &Run,
    stage: Stage,
    before: u64,
) -> Result<(), StepError> {
    let (scopes, listed) = (keys::scopes(&run.id, stage), keys::repositories(&run.id));
    let (scopes, repositories) = try_join!(run.read(&scopes), run.read(&listed))?;
    index(run, stage, scopes, &repositories, before).await?;
    Ok(())
}

/// All usage, sorted, without what names single repositories.
pub(crate) struct Indexed {
    pub(crate) coverage: RunCoverage,
    pub(crate) digests: DigestIndex,
}

/// The same of what was listed, and gives what it has written of all repositories together.
pub(crate) async fn index(
    run: &Run,
    stage: Stage,
    scopes: Scopes,
    repositories: &Repositories,
    before: u64,
) -> Result<Indexed, StepError> {
    let settings = stream::iter(&repositories.registries)
        .map(async |registry| {
            read_settings(run, &registry.place(), scopes.organization.as_deref()).await
        })
        .buffered(run.sessions.concurrency())
        .collect();
    let collected = collect(run, &run.policy, stage, &scopes);
    // Files and settings may be others in the next call: the hash of all says so.
    let (collected, settings, files) = join!(collected, settings, read_usage_files(run));
    let AllUsage { evidence_at, mut coverage, mut rows, mut hashes } = collected?;
    let mut registries: Vec<RegistrySettings> = settings;
    let files = files?;
    Circumstances { home: run.sessions.home() }.add_about_regions(&mut coverage);
    hashes.extend(&files.hashes);
    files.add_to(&run.policy, &mut coverage, &mut rows);
    refuse_what_is_indexed(run, &mut coverage).await;
    let evidence_at = evidence_at.unwrap_or_else(|| run.now());
    let references = rows.len() as u64;
    let coverage = Coverage { default: scopes.default, except: coverage };
    let replication =
        registries.iter().map(|it| (it.place(), it.deletes_replicate_to.clone())).collect();
    let index = UsageIndex::new(rows, &coverage, &run.policy, replication);
    let looked_at = scopes.scopes.iter().map(|scope| &scope.account).collect();
    let cache_rules =
        read_cache_rules(run, &mut registries, &index.named_registries(), &looked_at).await;
    // The settings may be others in the next call: what was sorted by them is not of one index then.
    let settings = registries.iter().map(documents::write);
    for written in settings.chain(cache_rules.iter().map(documents::write)) {
        hashes.extend(written.map_err(|source| StepError::Document {
            act: "write",
            address: run.store.address(&keys::coverage(&run.id, stage)),
            source,
        })?);
    }
    let evidence = sha256(&hashes);
    let index = index
        .with_unread_registries(unread_registries(&registries, repositories))
        .with_cache_rules(&*cache_rules);

    let digests = DigestIndex {
        schema_version: V1,
        run: run.id.clone(),
        evidence,
        usage: sorted(index.rows_with_digest()),
    };
    let key = keys::digests(&run.id, stage);
    try_join!(
        write_indexes(run, stage, &index, evidence, &repositories.repositories, before),
        run.write(&key, &digests),
    )?;

    let mut warnings = index.warnings();
    for registry in &repositories.registries {
        let place = registry.place();
        let names = names_in(&place, &repositories.repositories)
            .chain(registry.untouched.iter().map(|name| &**name));
        warnings.extend(missing_repositories(&index, &place, names));
    }
    warnings.sort();
    warnings.dedup();
    let document = RunCoverage {
        schema_version: V1,
        run: run.id.clone(),
        evidence,
        evidence_at,
        references,
        default_reason: scopes.reason,
        default_remedies: scopes.remedies,
        organization: scopes.organization,
        coverage: with_gaps(coverage, &index),
        registries,
        cache_rules,
        warnings,
    };
    // After the indexes: a run that has its coverage is one whose usage is sorted.
    run.write(&keys::coverage(&run.id, stage), &document).await?;
    if stage == Stage::Plan {
        let places = document.registries.iter().map(RegistrySettings::place);
        known_registries::remember(run, places).await;
    }
    Ok(Indexed { coverage: document, digests })
}

/// What is not known of the registries of a run.
fn unread_registries(
    settings: &[RegistrySettings],
    repositories: &Repositories,
) -> BTreeMap<Place, Unread> {
    let of_settings = settings.iter().filter_map(|it| Some((it.place(), it.unread.clone()?)));
    let unlisted = repositories.unread.iter().map(|it| (it.place(), it.unread.clone()));
    of_settings.chain(unlisted).collect()
}

/// Writes what names each of these repositories, but for so many that have it.
async fn write_indexes(
    run: &Run,
    stage: Stage,
    index: &UsageIndex,
    evidence: Digest,
    repositories: &[MatchedRepository],
    before: u64,
) -> Result<(), StepError> {
    run.progress.start(Phase::IndexUsage, repositories.len() as u64);
    let before = usize::try_from(before).unwrap_or(usize::MAX);
    let left = repositories.get(before..).unwrap_or_default();
    for (turn, some) in left.chunks(A_TURN).enumerate() {
        if turn > 0 && run.deadline.has_passed() {
            return Err(StepError::OutOfTime { steps: (before + turn * A_TURN) as u64 });
        }
        stream::iter(some)
            .map(async |repository| {
                let id = repository.id();
                let usage = sorted(index.rows_naming(&id));
                match write_index(run, stage, &id, evidence, usage).await {
                    // Without its index, or with that of other evidence, it is not planned.
                    Err(error) if error.is_of_a_document() => {
                        tracing::warn!(run = %run.id, repository = %id, %error, "cannot store an index");
                        Ok(())
                    }
                    written => written,
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
    }
    Ok(())
}

async fn write_index(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    evidence: Digest,
    usage: Vec<Usage>,
) -> Result<(), StepError> {
    let key = keys::index(&run.id, stage, repository);
    let document = RepositoryIndex {
        schema_version: V1,
        run: run.id.clone(),
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        evidence,
        usage,
    };
    run.write_unsynced(&key, &document).await?;
    run.progress.step(Phase::IndexUsage, 1);
    Ok(())
}

async fn collect(
    run: &Run,
    policy: &Policy,
    stage: Stage,
    scopes: &Scopes,
) -> Result<AllUsage, StepError> {
    let mut all =
        AllUsage { evidence_at: None, coverage: Vec::new(), rows: Vec::new(), hashes: Vec::new() };
    let mut stored = stream::iter(&scopes.scopes)
        .map(async |scope| {
            let key = keys::usage(&run.id, stage, scope);
            let stored = run.store.get(&key).await?;
            Ok::<_, StepError>((scope, key, stored))
        })
        .buffered(AT_ONCE);
    while let Some((scope, key, stored)) = stored.try_next().await? {
        let Some(stored) = stored else {
            all.coverage.extend(not_seen(policy, scope, "it was not scanned"));
            continue;
        };
        all.hashes.extend(sha256(&stored.bytes).to_string().into_bytes());
        let document: ScopeUsage = run.parse(&key, &stored.bytes)?;
        let oldest = all.evidence_at.unwrap_or(document.scanned_at);
        all.evidence_at = Some(oldest.min(document.scanned_at));
        let has_row = |source| document.coverage.iter().any(|row| row.source == source);
        let missing = not_seen(policy, scope, "it was not scanned");
        all.coverage.extend(missing.filter(|row| !has_row(row.source)));
        all.coverage.extend(document.coverage);
        all.rows.extend(document.usage);
    }
    Ok(all)
}

/// The coverage with a failed row for each gap, those that unreadable references make included:
/// who reads it need not read the references.
fn with_gaps(coverage: Coverage, index: &UsageIndex) -> Coverage {
    let looked_at = |row: &CoverageRow| Some(((row.scanned(), row.source), row.probed?));
    let probed: BTreeMap<(ScanPlace, Source), Probed> =
        coverage.except.iter().filter_map(looked_at).collect();
    let failed: Vec<CoverageRow> = index
        .gaps()
        .into_iter()
        .filter_map(|gap| {
            let place = gap.place.clone()?;
            let probed = probed.get(&(place.clone(), gap.source)).copied();
            let ScanPlace { account, region, cluster } = place;
            Some(CoverageRow {
                account,
                region,
                cluster,
                source: gap.source,
                status: CoverageStatus::Failed,
                reason: Some(gap.reason.clone()),
                probed,
                remedies: gap.remedies.clone(),
            })
        })
        .collect();
    let replaced: BTreeSet<(ScanPlace, Source)> =
        failed.iter().map(|row| (row.scanned(), row.source)).collect();
    let mut except = coverage.except;
    except.retain(|row| !replaced.contains(&(row.scanned(), row.source)));
    except.extend(failed);
    except.sort();
    Coverage { default: coverage.default, except }
}

fn sorted<'a>(rows: impl Iterator<Item = &'a Usage>) -> Vec<Usage> {
    let rows: BTreeSet<&Usage> = rows.collect();
    rows.into_iter().cloned().collect()
}

fn names_in<'a>(
    place: &Place,
    repositories: &'a [MatchedRepository],
) -> impl Iterator<Item = &'a str> {
    repositories
        .iter()
        .filter(move |it| it.account == place.account && it.region == place.region)
        .map(|it| &*it.repository)
}
