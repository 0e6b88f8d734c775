//! The plan of one repository, for those who ask why one of its images stays or goes.

use std::sync::Arc;

use ecr_sweep_core::policy::RepositoryRule;
use ecr_sweep_core::{
    Digest, Policy, Registry, Remembered, RepositoryFacts, RepositoryId, UsageIndex,
    is_repository_name,
};
use ecr_sweep_protocol::documents::{Repositories, RunId, Stage, StoredPlan, keys};
use ecr_sweep_protocol::{Explanation, NextStep};

use super::dry_run::scan_and_index;
use crate::steps::list_repos::{Listed, list};
use crate::steps::plan_repo::{Known, KnownUse, MadePlan, make_plan};
use crate::steps::settle::find_subjects;
use crate::{Environment, Purpose, Run, RunOptions, StepError};

/// The plan of one repository, with all that it was made from: it can be asked about an image.
#[derive(Debug)]
pub struct PlannedRepository {
    /// The plan, as it is stored.
    pub plan: StoredPlan,
    /// The registry, with this repository alone.
    pub registry: Registry,
    /// None where the repository was removed in the meantime.
    usage: Option<UsageIndex>,
    policy: Arc<Policy>,
    rule: RepositoryRule,
    remembered: Remembered,
    known_use: KnownUse,
}

impl PlannedRepository {
    /// Why one of its images stays or goes. None for an image that it does not have.
    #[must_use]
    pub fn explain(&self, digest: Digest) -> Option<Explanation> {
        let registry = &self.registry.place();
        let repository = self.registry.repositories.first()?;
        let id = RepositoryId::new(registry, &repository.name);
        let image = repository.images.iter().find(|image| image.digest == digest)?;
        let facts = RepositoryFacts {
            registry,
            repository,
            evidence: &self.usage.as_ref()?.evidence_for(&id),
            policy: &self.policy,
            rule: &self.rule,
            remembered: &self.remembered,
            now: self.plan.planned_at,
        };
        let explained = facts.decide().explain(digest)?;
        let used = self.known_use.explain(digest);
        Some(Explanation { used, ..Explanation::new(facts.now, id, image.clone(), explained) })
    }
}

/// Scans usage and plans one repository, as a dry run does. The limits of a whole run are not
/// applied: one repository does not tell. Asking is no run: nothing is remembered of it.
pub async fn plan_one(
    environment: &Environment,
    run: &RunId,
    mut options: RunOptions,
    repository: &RepositoryId,
) -> Result<PlannedRepository, StepError> {
    if !is_repository_name(&repository.name) {
        return Err(StepError::InvalidRequest {
            problem: format!("`{}` is not the name of a repository", repository.name),
            next: NextStep::NameRepository,
        });
    }
    options.repositories = vec![repository.name.clone()];
    let run = &Run::begin(environment, run, options, Purpose::Explain).await?;
    let Listed { repositories: listed, scopes, .. } = list(run).await?;
    let matched = listed
        .repositories
        .iter()
        .find(|matched| matched.id() == *repository)
        .ok_or_else(|| not_planned(&listed, repository))?;
    let evidence = scan_and_index(run, Stage::Plan, scopes, &listed, None).await?;
    let mut made = make_plan(run, &evidence, matched, Known::default()).await?;
    // The others are not planned: what refers to an image of theirs is taken to stay.
    let subjects = find_subjects(run, Stage::Plan, &listed, &made.plan.absent_subjects).await?;
    if !subjects.is_empty() {
        let known = Known { subjects, ..Known::default() };
        made = make_plan(run, &evidence, matched, known).await?;
    }
    let MadePlan { plan, rule, repository: planned, index, remembered, known_use, .. } = made;
    run.write(&keys::plan(&run.id, Stage::Plan, repository), &plan).await?;
    let registry = &repository.registry;
    let settings = evidence.settings(run, registry)?;
    let registry = Registry {
        account: registry.account.clone(),
        region: registry.region.clone(),
        deletes_replicate_to: settings.deletes_replicate_to.clone(),
        unread: settings.unread.clone(),
        repositories: vec![planned],
    };
    let policy = run.policy.clone();
    Ok(PlannedRepository { plan, registry, usage: index, policy, rule, remembered, known_use })
}

/// Why a repository has no plan.
fn not_planned(listed: &Repositories, repository: &RepositoryId) -> StepError {
    let RepositoryId { registry, name } = repository;
    let failed = listed.failed.iter().find(|failure| failure.id() == *repository);
    let listing = listed.registries.iter().find(|listed| listed.place() == *registry);
    let untouched = listing.is_some_and(|listing| listing.untouched.contains(name));
    let unread = listed.unread.iter().find(|unread| unread.place() == *registry);
    let (problem, next) = match (failed, unread, listing) {
        (Some(failure), ..) => (failure.message.to_string(), NextStep::RunAgain),
        (None, Some(it), _) => (it.unread.in_words(registry), NextStep::RunAgain),
        (None, None, None) => (
            format!("the policy's `scope.registries` leaves out {registry}"),
            NextStep::AddRegistry { registry: registry.clone() },
        ),
        (None, None, Some(_)) if untouched => (
            format!(
                "no rule of the policy takes {repository}, so none of its images is ever deleted"
            ),
            NextStep::AddRule,
        ),
        (None, None, Some(_)) => (
            format!("there is no repository `{name}` in {registry}"),
            NextStep::LookUpRepositories { region: registry.region.clone() },
        ),
    };
    StepError::InvalidRequest { problem, next }
}
