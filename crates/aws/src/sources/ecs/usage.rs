//! From what was seen to rows of usage. Nothing is called here.

use std::collections::BTreeSet;

use ecr_sweep_core::{self as core, KnownKind, Usage};

use super::daemons::Daemons;
use super::gather::Seen;
use super::pinned::pinned;
use super::revisions::are_resolved;
use super::shapes::{ContainerDefinition, Service, ServiceRevision, Task, TaskDefinition};
use crate::sources::rows::{Row, Rows, resolved};
use crate::sources::{Scan, ScanError};

pub(super) fn usage(seen: &Seen, scan: &Scan<'_>) -> Result<Vec<Usage>, ScanError> {
    let mut rows = Rows::new(scan);
    for task in &seen.tasks {
        of_task(seen, task, &mut rows)?;
    }
    for service in &seen.services {
        of_service(seen, service, &mut rows)?;
    }
    for revision in &seen.service_revisions {
        of_revision(seen, revision, &mut rows)?;
    }
    for name in &seen.definitions.active {
        let definition = seen.definition(name)?;
        for container in &definition.container_definitions {
            rows.add(Row {
                kind: KnownKind::ECS_TASK_DEFINITION,
                arn: &definition.task_definition_arn,
                reference: &container.image,
                task_definition: Some(definition.identity()),
                resolved: None,
                deployed_at: None,
            });
        }
    }
    of_daemons(&seen.daemons, &mut rows)?;
    Ok(rows.into_usage())
}

fn of_daemons(daemons: &Daemons, rows: &mut Rows<'_>) -> Result<(), ScanError> {
    let row = |arn, reference, digest| Row {
        kind: KnownKind::ECS_DAEMON,
        arn,
        reference,
        task_definition: None,
        resolved: digest,
        deployed_at: None,
    };
    for revision in &daemons.revisions {
        let arn = &*revision.daemon_revision_arn;
        for image in &revision.container_images {
            rows.add(row(arn, &*image.image, resolved(arn, image.image_digest.as_deref())?));
        }
        // What it does not show, its definition says; one that shows everything needs none.
        if are_resolved(&revision.container_images) {
            continue;
        }
        let definition = daemons.definitions.get(&revision.daemon_task_definition_arn);
        let definition =
            definition.ok_or_else(|| ScanError::unreadable(arn, "its definition was not read"))?;
        for container in &definition.container_definitions {
            rows.add(row(arn, &*container.image, None));
        }
    }
    for arn in &daemons.active {
        let definition = daemons.definitions.get(arn).ok_or_else(|| {
            ScanError::unreadable(arn, "the definition of the daemon was not read")
        })?;
        for container in &definition.container_definitions {
            rows.add(row(arn, &*container.image, None));
        }
    }
    Ok(())
}

fn of_task(seen: &Seen, task: &Task, rows: &mut Rows<'_>) -> Result<(), ScanError> {
    let definition =
        task.task_definition_arn.as_ref().and_then(|name| seen.definitions.by_name.get(name));
    let row = |reference, digest| Row {
        kind: KnownKind::ECS_TASK,
        arn: &task.task_arn,
        reference,
        task_definition: definition.map(TaskDefinition::identity),
        resolved: digest,
        deployed_at: None,
    };
    for container in &task.containers {
        let digest = resolved(&task.task_arn, container.image_digest.as_deref())?;
        rows.add(row(&container.image, digest));
    }
    let shown = task.containers.iter().map(|container| &*container.image).collect();
    for container in not_shown(definition, &shown) {
        rows.add(row(&container.image, None));
    }
    Ok(())
}

fn of_service(seen: &Seen, service: &Service, rows: &mut Rows<'_>) -> Result<(), ScanError> {
    for deployment in &service.deployments {
        let definition = seen.definition(&deployment.task_definition)?;
        for container in &definition.container_definitions {
            let digest = pinned(seen, service, deployment, container);
            rows.add(Row {
                kind: KnownKind::ECS_SERVICE,
                arn: &service.service_arn,
                reference: &container.image,
                task_definition: Some(definition.identity()),
                resolved: resolved(&service.service_arn, digest)?,
                deployed_at: deployment.created_at,
            });
        }
    }
    for task_set in &service.task_sets {
        let definition = seen.definition(&task_set.task_definition)?;
        for container in &definition.container_definitions {
            rows.add(Row {
                kind: KnownKind::ECS_TASK_SET,
                arn: &task_set.task_set_arn,
                reference: &container.image,
                task_definition: Some(definition.identity()),
                resolved: None,
                deployed_at: task_set.created_at,
            });
        }
    }
    // What the service would deploy next, where no deployment or task set has it.
    let rolled_out = service.deployments.iter().map(|it| &it.task_definition);
    let mut rolled_out = rolled_out.chain(service.task_sets.iter().map(|it| &it.task_definition));
    if let Some(name) = &service.task_definition
        && !rolled_out.any(|other| other == name)
    {
        let definition = seen.definition(name)?;
        for container in &definition.container_definitions {
            rows.add(Row {
                kind: KnownKind::ECS_SERVICE,
                arn: &service.service_arn,
                reference: &container.image,
                task_definition: Some(definition.identity()),
                resolved: None,
                deployed_at: None,
            });
        }
    }
    Ok(())
}

fn of_revision(
    seen: &Seen,
    revision: &ServiceRevision,
    rows: &mut Rows<'_>,
) -> Result<(), ScanError> {
    let arn = &*revision.service_revision_arn;
    let definition = seen.definition(&revision.task_definition)?;
    let row = |reference, digest| Row {
        kind: KnownKind::ECS_SERVICE_REVISION,
        arn,
        reference,
        task_definition: Some(definition.identity()),
        resolved: digest,
        deployed_at: revision.created_at,
    };
    for image in &revision.container_images {
        rows.add(row(&image.image, resolved(arn, image.image_digest.as_deref())?));
    }
    // ECS resolves no side-cars of its own making, and nothing before the first task.
    let shown = revision.container_images.iter().map(|image| &*image.image).collect();
    for container in not_shown(Some(definition), &shown) {
        rows.add(row(&container.image, None));
    }
    Ok(())
}

/// The containers of a definition whose images a resource does not show itself.
fn not_shown<'a>(
    definition: Option<&'a TaskDefinition>,
    shown: &BTreeSet<&str>,
) -> impl Iterator<Item = &'a ContainerDefinition> {
    definition
        .into_iter()
        .flat_map(|definition| &definition.container_definitions)
        .filter(|container| !shown.contains(&*container.image))
}

impl Seen {
    fn definition(&self, name: &str) -> Result<&TaskDefinition, ScanError> {
        self.definitions
            .by_name
            .get(name)
            .ok_or_else(|| ScanError::unreadable(name, "the task definition was not read"))
    }
}

impl TaskDefinition {
    fn identity(&self) -> core::TaskDefinition {
        core::TaskDefinition {
            family: self.family.clone(),
            revision: self.revision,
            status: self.status,
        }
    }
}
