//! What is decided over the namesakes to which a repository's deletions go.

use std::collections::BTreeSet;

use ecr_sweep_core::{Place, Remembered, Replica, RepositoryFacts, RepositoryId};
use ecr_sweep_protocol::documents::{MatchedRepository, Repositories, keys};

use super::{KnownUse, SharedEvidence, list_matched, memory, rule_of};
use crate::error::is_repository_gone;
use crate::run::computing::computing;
use crate::{Run, StepError};

/// Decides over each namesake in a registry of the run, by itself. What cannot be read there is an
/// error here: deletions arrive there whatever it is.
pub(super) async fn decide(
    run: &Run,
    evidence: &SharedEvidence,
    source: &RepositoryId,
) -> Result<Vec<Replica>, StepError> {
    let RepositoryId { registry, name } = source;
    let destinations: BTreeSet<&Place> = evidence
        .settings(run, registry)?
        .deletes_replicate_to
        .iter()
        .filter(|place| *place != registry)
        .collect();
    if destinations.is_empty() {
        return Ok(Vec::new());
    }
    let listed: Repositories = run.read(&keys::repositories(&run.id)).await?;
    let mut replicas = Vec::new();
    for place in destinations {
        let id = RepositoryId::new(place, name);
        let matched = listed.repositories.iter().find(|matched| matched.id() == id);
        replicas.extend(match matched {
            Some(matched) => decided(run, evidence, matched).await?,
            None if is_left_alone(&listed, &id) => untouched(run, id).await?,
            None => {
                let unlisted = listed.unread.iter().find(|unread| unread.place() == *place);
                unlisted.map(|it| Replica::unlisted(id, &it.unread))
            }
        });
    }
    Ok(replicas)
}

/// Whether there is such a repository, and no rule takes it, or none is known to.
fn is_left_alone(listed: &Repositories, id: &RepositoryId) -> bool {
    let mut registries = listed.registries.iter();
    registries.any(|it| it.place() == id.registry && it.untouched.contains(&id.name))
        || listed.failed.iter().any(|failure| failure.id() == *id)
}

/// None where it was removed in the meantime.
async fn decided(
    run: &Run,
    evidence: &SharedEvidence,
    matched: &MatchedRepository,
) -> Result<Option<Replica>, StepError> {
    let Some(mut repository) = list_matched(run, evidence, matched).await? else {
        return Ok(None);
    };
    let id = matched.id();
    KnownUse::read(run, &id).await?.tell(&mut repository, run.now());
    let naming = evidence.naming(run, &id).await?;
    let index = evidence.for_repository(run, &id, &repository.images, naming)?;
    let planned_since = Some(memory::planned_since(run, matched).await?);
    let remembered = Remembered { planned_since, ..Remembered::NOTHING };
    let (policy, rule, now) = (run.policy.clone(), rule_of(run, matched)?.clone(), run.now());
    let replica = computing(move || {
        let facts = RepositoryFacts {
            registry: &id.registry,
            repository: &repository,
            evidence: &index.evidence_alone(&id),
            policy: &policy,
            rule: &rule,
            remembered: &remembered,
            now,
        };
        facts.decide().as_replica()
    });
    Ok(Some(replica.await?))
}

/// None where it was removed in the meantime.
async fn untouched(run: &Run, id: RepositoryId) -> Result<Option<Replica>, StepError> {
    match run.sessions.registry(&id.registry).images(&id.name).await {
        Ok(images) => {
            Ok(Some(Replica::untouched(id, images.into_iter().map(|image| image.digest))))
        }
        Err(error) if is_repository_gone(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
