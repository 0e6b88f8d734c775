//! The second mode of `scan-usage`: all usage, sorted by repository.

use std::collections::BTreeSet;

use ecr_sweep_core::{
    Coverage, CoverageRow, CoverageStatus, Place, Policy, ScanPlace, Source, Usage, UsageIndex,
    missing_repositories,
};
use ecr_sweep_protocol::documents::{
    DigestIndex, MatchedRepository, RegistrySettings, RepositoryIndex, RunCoverage, ScopeUsage,
    Scopes, Stage, V1, keys, sha256,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::steps::registry_settings::read_settings;
use crate::steps::remedies::Circumstances;
use crate::steps::scan_usage::not_seen;
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
/// What names a repository's namesake where its deletions go counts for the repository, so the
/// settings of the registries are read first, anew each time.
///
/// A scope without a scan counts as failed, and so does a source of which a scan says nothing.
pub async fn index_usage(run: &Run, stage: Stage) -> Result<(), StepError> {
    let scopes = run.read(&keys::scopes(&run.id, stage)).await?;
    let repositories = run.read(&keys::repositories(&run.id)).await?;
    let AllUsage { evidence_at, mut coverage, rows, hashes } =
        collect(run, &run.policy, stage, &scopes).await?;
    Circumstances { home: run.sessions.home(), policy: &run.policy }
        .add_about_regions(&mut coverage);
    let evidence = sha256(&hashes);
    let evidence_at = evidence_at.unwrap_or_else(|| run.now());
    let references = rows.len() as u64;
    let coverage = Coverage { default: scopes.default, except: coverage };
    let registries: Vec<RegistrySettings> = stream::iter(&repositories.registries)
        .map(async |registry| {
            read_settings(run, &registry.place(), scopes.organization.as_deref()).await
        })
        .buffered(run.sessions.concurrency())
        .try_collect()
        .await?;
    let replication =
        registries.iter().map(|it| (it.place(), it.deletes_replicate_to.clone())).collect();
    let index = UsageIndex::new(rows, &coverage, &run.policy, replication);

    run.progress.start(Phase::IndexUsage, repositories.repositories.len() as u64);
    stream::iter(&repositories.repositories)
        .map(|repository| async {
            let id = repository.id();
            let document = RepositoryIndex {
                schema_version: V1,
                run: run.id.clone(),
                account: id.registry.account.clone(),
                region: id.registry.region.clone(),
                repository: id.name.clone(),
                evidence,
                usage: sorted(index.rows_naming(&id)),
            };
            let key = keys::index(&run.id, stage, &id);
            run.write_unsynced(&key, &document).await?;
            run.progress.step(Phase::IndexUsage, 1);
            Ok::<_, StepError>(())
        })
        .buffer_unordered(run.sessions.concurrency())
        .try_collect::<()>()
        .await?;
    let digests = DigestIndex {
        schema_version: V1,
        run: run.id.clone(),
        evidence,
        usage: sorted(index.rows_with_digest()),
    };
    run.write(&keys::digests(&run.id, stage), &digests).await?;

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
        warnings,
    };
    run.write(&keys::coverage(&run.id, stage), &document).await
}

async fn collect(
    run: &Run,
    policy: &Policy,
    stage: Stage,
    scopes: &Scopes,
) -> Result<AllUsage, StepError> {
    let mut all =
        AllUsage { evidence_at: None, coverage: Vec::new(), rows: Vec::new(), hashes: Vec::new() };
    for scope in &scopes.scopes {
        let key = keys::usage(&run.id, stage, scope);
        let Some(stored) = run.store.get(&key).await? else {
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
    let failed: Vec<CoverageRow> = index
        .gaps()
        .into_iter()
        .filter_map(|gap| {
            let ScanPlace { account, region, cluster } = gap.place.clone()?;
            Some(CoverageRow {
                account,
                region,
                cluster,
                source: gap.source,
                status: CoverageStatus::Failed,
                reason: Some(gap.reason.clone()),
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
