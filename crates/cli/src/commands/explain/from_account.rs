//! Explains from a live account.

use ecr_sweep_core::policy::RegistryScope;
use ecr_sweep_core::{Place, RepositoryId};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::Explanation;
use ecr_sweep_steps::{RunOptions, plan_one, who_pulled};

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
    let registry = registry(&name, &policy.scope.registries, live.environment.sessions.home())?;
    let id = RepositoryId::new(&registry, repository);
    let options = RunOptions {
        policy_name: path.display().to_string(),
        policy: text,
        ..RunOptions::default()
    };
    let planned = live.run(plan_one(&live.environment, &live.run, options, &id))?;
    let found = name.find(std::slice::from_ref(&planned.registry))?;
    let (image, digest) = (found.image, found.image.digest);
    let mut explanation = planned
        .explain(digest)
        .ok_or_else(|| Failure::invalid(format!("the plan of `{repository}` has no {digest}")))?;
    if arguments.who_pulled {
        let looked_up = who_pulled(&live.environment, policy, &id, image);
        explanation.pulls = Some(live.run(async { Ok::<_, Failure>(looked_up.await) })?);
    }
    Ok(explanation)
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
