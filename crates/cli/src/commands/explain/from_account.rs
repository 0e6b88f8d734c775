//! Explains from a live account.

use ecr_sweep_core::policy::RegistryScope;
use ecr_sweep_core::{Place, Registry, Repository, Usage, UsageIndex, unmet_grace, unmet_rules};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::Explanation;
use ecr_sweep_protocol::documents::{
    DigestIndex, MatchedRepository, Repositories, RepositoryIndex, RunCoverage, Stage, keys,
};
use ecr_sweep_steps::{Context, RunOptions, StepError, plan_one};

use super::explanation;
use crate::args::ExplainArguments;
use crate::commands::live::Live;
use crate::failure::Failure;
use crate::files;
use crate::image_name::ImageName;

/// Scans usage, plans the image's repository, and tells its part.
pub fn explain(arguments: &ExplainArguments) -> Result<Explanation, Failure> {
    let path = &arguments.policy.policy;
    let (file, text) = files::policy(path, Use::Live)?;
    let policy = file.policy;
    let name = ImageName::parse(&arguments.image, &policy.usage.aliases)?;
    let Some(repository) = name.repository.as_deref() else {
        return Err(Failure::invalid(format!("`{}` names no repository", arguments.image))
            .next("write REPOSITORY@DIGEST; a digest alone is enough with `--snapshot FILE`"));
    };
    let live = Live::connect(&arguments.live)?;
    let registry = registry(&name, &policy.scope.registries, live.ctx.sessions.home())?;
    let options = RunOptions {
        policy_name: path.display().to_string(),
        policy: text,
        repositories: Vec::new(),
    };
    let planned = live.run(plan_one(&live.ctx, options, &registry, repository))?;
    let matched = live.run(matched(&live.ctx, &registry, repository))?;
    let (rows, coverage) = live.run(evidence(&live.ctx, &registry, repository))?;
    let settings = coverage.registries.iter().find(|it| it.place() == registry);
    let registries = [Registry {
        account: registry.account.clone(),
        region: registry.region.clone(),
        deletes_replicate_to: settings
            .map(|it| it.deletes_replicate_to.clone())
            .unwrap_or_default(),
        repositories: vec![Repository {
            name: repository.into(),
            tags: matched.tags,
            allows: planned.plan.allows,
            images: planned.images,
        }],
    }];
    let found = name.find(&registries)?;
    let replication =
        registries.iter().map(|it| (it.place(), it.deletes_replicate_to.clone())).collect();
    let now = planned.plan.planned_at;
    Ok(explanation(now, &found, Some(planned.plan.plan), || {
        let Some(rule) = policy.repositories.get(matched.rule) else { return Vec::new() };
        let index = UsageIndex::new(rows, &coverage.coverage, &policy, replication);
        let evidence = index.evidence_for(&registry, repository);
        let digest = found.image.digest;
        let planned_since = planned.planned_since.get(&digest).copied();
        let mut unmet =
            unmet_rules(&registry, found.repository, &evidence, &policy, rule, now, digest);
        unmet.extend(unmet_grace(rule, planned_since, now));
        unmet
    }))
}

/// The registry that is meant: the one that is named, or the only one there is.
fn registry(name: &ImageName, scope: &RegistryScope, home: &Place) -> Result<Place, Failure> {
    if let Some(registry) = &name.registry {
        return Ok(registry.clone());
    }
    let registries = scope.places(home);
    match &registries[..] {
        [registry] => Ok(registry.clone()),
        _ if registries.contains(home) => Ok(home.clone()),
        _ => {
            let candidates: Vec<_> =
                registries.iter().map(|registry| format!("\n  {registry}/{name}")).collect();
            Err(Failure::invalid(format!(
                "`{name}` can be in several registries:{}",
                candidates.concat()
            ))
            .next("name one of them"))
        }
    }
}

/// The repository as the run listed it.
async fn matched(
    ctx: &Context,
    registry: &Place,
    repository: &str,
) -> Result<MatchedRepository, Failure> {
    let listed: Repositories = ctx.read(&keys::repositories(&ctx.run)).await?;
    listed
        .repositories
        .into_iter()
        .find(|matched| matched.place() == *registry && *matched.repository == *repository)
        .ok_or_else(|| Failure::invalid(format!("the run has no repository `{repository}`")))
}

/// The usage that the run saw and that can matter to one repository.
async fn evidence(
    ctx: &Context,
    registry: &Place,
    repository: &str,
) -> Result<(Vec<Usage>, RunCoverage), StepError> {
    let naming: RepositoryIndex =
        ctx.read(&keys::index(&ctx.run, Stage::Plan, registry, repository)).await?;
    let digests: DigestIndex = ctx.read(&keys::digests(&ctx.run, Stage::Plan)).await?;
    let coverage = ctx.read(&keys::coverage(&ctx.run, Stage::Plan)).await?;
    Ok((naming.usage.into_iter().chain(digests.usage).collect(), coverage))
}
