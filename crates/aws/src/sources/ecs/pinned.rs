//! Which digest a deployment pinned an image to, as far as anything says.

use std::collections::BTreeSet;

use super::gather::Seen;
use super::shapes::{ContainerDefinition, Deployment, Service, ServiceRevision};

/// What was seen of a container's image: the container's name, the image and the digest.
type Sight<'a> = (Option<&'a str>, &'a str, Option<&'a str>);

/// The digest that a service's deployment runs a container with: what its revision resolved, else
/// what all of its running tasks agree on; nothing where neither says, or where they contradict
/// themselves.
pub(super) fn pinned<'a>(
    seen: &'a Seen,
    service: &Service,
    deployment: &Deployment,
    container: &ContainerDefinition,
) -> Option<&'a str> {
    let resolved = revision_of(seen, service, deployment).and_then(|revision| {
        let sights = revision.container_images.iter();
        agreed(
            container,
            sights.map(|it| (it.container_name.as_deref(), &*it.image, it.image_digest.as_deref())),
        )
    });
    resolved.or_else(|| {
        let tasks = seen.tasks.iter().filter(|task| {
            task.started_by.is_some()
                && task.started_by == deployment.id
                && task.task_definition_arn.as_ref() == Some(&deployment.task_definition)
                && task.last_status.as_deref() == Some("RUNNING")
        });
        let sights = tasks.flat_map(|task| &task.containers);
        agreed(
            container,
            sights.map(|it| (it.name.as_deref(), &*it.image, it.image_digest.as_deref())),
        )
    })
}

/// The only digest that was seen for a container, or for its image in another container.
fn agreed<'a>(
    container: &ContainerDefinition,
    sights: impl Iterator<Item = Sight<'a>>,
) -> Option<&'a str> {
    let digests: BTreeSet<&str> = sights
        .filter(|(name, image, _)| {
            *image == &*container.image || name.is_some_and(|name| name == &*container.name)
        })
        .filter_map(|(_, _, digest)| digest)
        .collect();
    match digests.len() {
        1 => digests.into_iter().next(),
        _ => None,
    }
}

/// The revision that a deployment rolls out. They share the id; where they do not, the task
/// definition tells, if only one deployment and one current revision have it.
fn revision_of<'a>(
    seen: &'a Seen,
    service: &Service,
    deployment: &Deployment,
) -> Option<&'a ServiceRevision> {
    let of_service = || {
        seen.service_revisions.iter().filter(|revision| {
            revision.service_arn == service.service_arn
                && revision.task_definition == deployment.task_definition
        })
    };
    let id = deployment.id.as_deref().and_then(|id| id.rsplit('/').next());
    if let Some(same_id) = of_service()
        .find(|revision| id.is_some() && revision.service_revision_arn.rsplit('/').next() == id)
    {
        return Some(same_id);
    }
    let mut current = of_service().filter(|revision| {
        service
            .current_service_revisions
            .iter()
            .any(|current| current.arn == revision.service_revision_arn)
    });
    let deployments = service
        .deployments
        .iter()
        .filter(|other| other.task_definition == deployment.task_definition)
        .count();
    match (current.next(), current.next()) {
        (Some(only), None) if deployments == 1 => Some(only),
        _ => None,
    }
}
