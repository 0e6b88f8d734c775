//! The plan of one repository, for those who ask why one of its images stays or goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use ecr_sweep_core::{Image, Place, PlannedSince, is_repository_name};
use ecr_sweep_protocol::documents::{Repositories, Stage, StoredPlan, keys};

use crate::driver::{RunOptions, see};
use crate::list_repos::{Purpose, list_repos_to};
use crate::plan_repo::{MadePlan, make_plan};
use crate::{Context, ListReposRequest, RunInputs, StepError};

/// The plan of one repository, with the images that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRepository {
    /// The plan, as it is stored.
    pub plan: StoredPlan,
    /// The images.
    pub images: Vec<Image>,
    /// Since when images have been planned for deletion, as far as runs remember.
    pub planned_since: PlannedSince,
}

/// Scans usage and plans one repository, as a dry run does. The limits of a whole run are not
/// applied: one repository does not tell. Asking is no run: nothing is remembered of it.
pub async fn plan_one(
    ctx: &Context,
    options: RunOptions,
    registry: &Place,
    repository: &str,
) -> Result<PlannedRepository, StepError> {
    if !is_repository_name(repository) {
        return Err(StepError::InvalidRequest {
            problem: format!("`{repository}` is not the name of a repository"),
            next: "name one repository in full, such as `prod/app`".to_owned(),
        });
    }
    let request = ListReposRequest {
        policy_name: options.policy_name,
        policy: options.policy,
        dry_run: true,
        repositories: vec![repository.into()],
    };
    list_repos_to(ctx, request, Purpose::Explain).await?;
    let listed: Repositories = ctx.read(&keys::repositories(&ctx.run)).await?;
    let matched = listed
        .repositories
        .iter()
        .find(|matched| matched.place() == *registry && *matched.repository == *repository)
        .ok_or_else(|| not_planned(&listed, registry, repository))?;
    let inputs = Arc::new(RunInputs::read(ctx).await?);
    let evidence = see(ctx, &inputs, Stage::Plan, None).await?;
    let made = make_plan(ctx, &inputs, &evidence, matched, BTreeSet::new()).await?;
    let MadePlan { plan, images, planned_since, .. } = made;
    ctx.write(&keys::plan(&ctx.run, Stage::Plan, registry, repository), &plan).await?;
    Ok(PlannedRepository { plan, images, planned_since })
}

/// Why a repository has no plan.
fn not_planned(listed: &Repositories, registry: &Place, repository: &str) -> StepError {
    let failed = listed
        .failed
        .iter()
        .find(|failure| failure.account == registry.account && failure.region == registry.region);
    let listing = listed.registries.iter().find(|listed| listed.place() == *registry);
    let untouched =
        listing.is_some_and(|listing| listing.untouched.iter().any(|name| **name == *repository));
    let (problem, next) = match (failed, listing) {
        (Some(failure), _) => (failure.message.to_string(), "then run again".to_owned()),
        (None, None) => (
            format!("the policy's `scope.registries` leaves out {registry}"),
            format!(
                "add {} to `scope.registries.accounts` and {} to `scope.registries.regions`, where they are not there",
                registry.account, registry.region
            ),
        ),
        (None, Some(_)) if untouched => (
            format!(
                "no rule of the policy takes {registry}/{repository}, so none of its images is ever deleted"
            ),
            "add a rule under `repositories` whose `match` takes it".to_owned(),
        ),
        (None, Some(_)) => (
            format!("there is no repository `{repository}` in {registry}"),
            format!(
                "`aws ecr describe-repositories --region {}` lists what there is",
                registry.region
            ),
        ),
    };
    StepError::InvalidRequest { problem, next }
}
