//! Explains from a snapshot.

use std::path::Path;

use ecr_sweep_core::{index_organization, plan_organization, unmet_rules};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::Explanation;

use super::explanation;
use crate::args::ExplainArguments;
use crate::failure::Failure;
use crate::files;
use crate::image_name::ImageName;

/// The image's part of the plan of everything: the limits of a run count, too.
pub fn explain(arguments: &ExplainArguments, path: &Path) -> Result<Explanation, Failure> {
    let policy = files::policy(&arguments.policy.policy, Use::Offline)?.0.policy;
    let snapshot = files::snapshot(path)?;
    let name = ImageName::parse(&arguments.image, &policy.usage.aliases)?;
    let found = name.find(&snapshot.registries)?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at);
    let (home, registries, coverage) =
        (&snapshot.home.account, &snapshot.registries, &snapshot.coverage);
    let usage = snapshot.usage.clone();
    let planned = plan_organization(home, registries, usage, coverage, &policy, now);
    let plan = planned
        .plans
        .into_iter()
        .find(|plan| plan.place() == found.registry && plan.repository == found.repository.name);
    let repository = found.repository;
    Ok(explanation(now, &found, plan, || {
        let Some((_, rule)) = policy.rule_for(&repository.name, &repository.tags) else {
            return Vec::new();
        };
        let index = index_organization(home, registries, snapshot.usage.clone(), coverage, &policy);
        let evidence = index.evidence_for(&found.registry, &repository.name);
        let digest = found.image.digest;
        unmet_rules(&found.registry, repository, &evidence, &policy, rule, now, digest)
    }))
}
