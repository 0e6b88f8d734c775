//! Which repositories a rule of the policy takes.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::registry::RepositoryRow;
use ecr_sweep_core::{
    Pattern, Place, RepositoryId, UnreadPart, Warning, WarningCode, is_repository_name,
    selections_without_a_plan, unmatched_patterns,
};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{
    ListedRegistry, MatchedRepository, Repositories, RepositoryFailure, StepName, UnreadRegistry,
    V1,
};
use futures::{StreamExt, stream};

use super::find_registries;
use crate::error::is_repository_gone;
use crate::run::attempt::failure;
use crate::steps::registry_settings::unread;
use crate::{Phase, Run, StepError};

/// What became of one repository.
enum Sorted {
    Matched(MatchedRepository),
    Untouched(Box<str>),
    Failed(RepositoryFailure),
    Gone(Warning),
}

pub(super) async fn find(run: &Run, patterns: &[Pattern]) -> Result<Repositories, StepError> {
    let found = find_registries(run).await?;
    let warnings = found.warnings().collect();
    let places = found.places;
    run.progress.start(Phase::ListRepos, places.len() as u64);
    let mut repositories = Repositories {
        schema_version: V1,
        run: run.id.clone(),
        warnings,
        failed: Vec::new(),
        repositories: Vec::new(),
        registries: Vec::new(),
        unread: Vec::new(),
    };
    let mut names = BTreeSet::new();
    // Each registry has rates of its own.
    let mut registries = stream::iter(&places)
        .map(async |place| {
            let rows = run.sessions.registry(place).repositories().await;
            let listed = match rows {
                Ok(rows) => {
                    let names: Vec<Box<str>> = rows.iter().map(|row| row.name.clone()).collect();
                    Ok((names, sort(run, patterns, place, rows).await))
                }
                Err(error) => Err(error),
            };
            (place, listed)
        })
        .buffered(run.sessions.concurrency());
    let mut unread = Vec::new();
    while let Some((place, listed)) = registries.next().await {
        match listed {
            Ok((of_registry, sorted)) => {
                names.extend(of_registry);
                enter(place, sorted, &mut repositories);
            }
            Err(error) => unread.push((place, error)),
        }
        run.progress.step(Phase::ListRepos, 1);
    }
    drop(registries);
    repositories.unread = unlisted_registries(unread, places.len())?;
    // Of what could not be listed, nobody can tell what is not there.
    if repositories.unread.is_empty() {
        check_exact_names(patterns, &places, &names)?;
        let all = names.iter().map(|name| &**name);
        repositories.warnings.extend(unmatched_patterns(&run.policy, all));
        let matched = repositories.repositories.iter().map(|matched| &*matched.repository);
        repositories.warnings.extend(selections_without_a_plan(patterns, matched));
    }
    repositories.warnings.sort();
    repositories.warnings.dedup();
    Ok(repositories)
}

/// The registries that could not be listed. That none of them could is an error: there is nothing
/// that could go on.
pub(crate) fn unlisted_registries(
    mut failed: Vec<(&Place, AwsError)>,
    registries: usize,
) -> Result<Vec<UnreadRegistry>, StepError> {
    if failed.len() == registries && !failed.is_empty() {
        return Err(failed.swap_remove(0).1.into());
    }
    let unread = failed.into_iter().map(|(place, error)| UnreadRegistry {
        account: place.account.clone(),
        region: place.region.clone(),
        unread: unread(place, UnreadPart::Repositories, error),
    });
    Ok(unread.collect())
}

/// Finds the rule of every repository of a registry.
async fn sort(
    run: &Run,
    patterns: &[Pattern],
    place: &Place,
    rows: Vec<RepositoryRow>,
) -> Vec<Sorted> {
    stream::iter(rows)
        .map(|row| sort_one(run, patterns, place, row))
        .buffered(run.sessions.concurrency())
        .collect()
        .await
}

fn enter(place: &Place, sorted: Vec<Sorted>, into: &mut Repositories) {
    let mut registry = ListedRegistry {
        account: place.account.clone(),
        region: place.region.clone(),
        untouched: Vec::new(),
    };
    for sorted in sorted {
        match sorted {
            Sorted::Matched(repository) => into.repositories.push(repository),
            Sorted::Untouched(name) => registry.untouched.push(name),
            Sorted::Failed(failure) => into.failed.push(failure),
            Sorted::Gone(warning) => into.warnings.push(warning),
        }
    }
    into.registries.push(registry);
}

async fn sort_one(run: &Run, patterns: &[Pattern], place: &Place, row: RepositoryRow) -> Sorted {
    if !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.matches(&row.name)) {
        return Sorted::Untouched(row.name);
    }
    let tags = if run.policy.reads_repository_tags() {
        let id = RepositoryId::new(place, &row.name);
        match run.sessions.registry(place).repository_tags(&row.arn).await {
            Ok(tags) => tags,
            Err(error) if is_repository_gone(&error) => {
                return Sorted::Gone(repository_gone_warning(&id));
            }
            Err(error) => {
                let error = StepError::from(error);
                return Sorted::Failed(failure(run, &id, StepName::List, &error));
            }
        }
    } else {
        BTreeMap::new()
    };
    match run.policy.rule_for(&row.name, &tags) {
        None => Sorted::Untouched(row.name),
        Some((rule, _)) => Sorted::Matched(MatchedRepository {
            account: place.account.clone(),
            region: place.region.clone(),
            repository: row.name,
            rule,
            tags,
        }),
    }
}

/// The warning that a repository was removed while the run went on.
pub(crate) fn repository_gone_warning(repository: &RepositoryId) -> Warning {
    Warning {
        code: WarningCode::RepositoryGone,
        detail: format!("{repository} was removed while the run went on").into(),
    }
}

/// Who names one repository means it: that there is none is an error.
fn check_exact_names(
    patterns: &[Pattern],
    places: &[Place],
    names: &BTreeSet<Box<str>>,
) -> Result<(), StepError> {
    let absent = patterns
        .iter()
        .map(Pattern::as_str)
        .find(|name| is_repository_name(name) && !names.contains(*name));
    let Some(name) = absent else { return Ok(()) };
    let registries: Vec<String> = places.iter().map(ToString::to_string).collect();
    let next = match places.first() {
        Some(place) => NextStep::LookUpRepositories { region: place.region.clone() },
        None => NextStep::NameRepository,
    };
    Err(StepError::InvalidRequest {
        problem: format!("there is no repository `{name}` in {}", registries.join(", ")),
        next,
    })
}
