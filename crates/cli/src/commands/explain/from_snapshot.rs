//! Explains from a snapshot.

use std::path::Path;

use ecr_sweep_core::{OrganizationFacts, RepositoryId};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{Explanation, RememberedUse};

use crate::args::ExplainArguments;
use crate::failure::Failure;
use crate::files;
use crate::image_name::{Found, ImageName};

/// The image's part of the plan of everything: the limits of a run count, too.
pub fn explain(arguments: &ExplainArguments, path: &Path) -> Result<Explanation, Failure> {
    let policy = files::policy(&arguments.policy.policy, Use::Offline)?.0.policy;
    let snapshot = files::snapshot(path)?;
    let name = ImageName::parse(&arguments.image, &policy.usage.aliases)?;
    let found = name.find(&snapshot.registries)?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at);
    let organization = OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        cache_rules: &snapshot.cache_rules,
        usage: snapshot.usage,
        coverage: &snapshot.coverage,
        policy: &policy,
        now,
    };
    let Found { registry, repository, image } = found;
    let id = RepositoryId::new(&registry, &repository.name);
    let explained = organization
        .index()
        .explain(&id, image.digest)
        .ok_or_else(|| Failure::invalid(format!("no plan speaks of {}", image.digest)))?;
    let used = RememberedUse::of_snapshot(repository, image);
    Ok(Explanation { used, ..Explanation::new(now, id, image.clone(), explained) })
}
