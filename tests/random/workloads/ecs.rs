//! Random task definitions, services and tasks.

use std::collections::BTreeSet;

use ecr_sweep_core::{
    Aliases, Digest, Place, Registry, Source, TaskDefinition, TaskDefinitionStatus, Usage,
};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::pools::instant;
use super::super::usage::{ReferenceDraft, reference, resolved};
use super::{Found, PLACES, arn, place_at, plain_row, resource};
use crate::model::{Named, read_reference};

/// What runs, before it is known which images there are.
#[derive(Debug, Clone)]
pub(super) struct Drafts {
    definitions: Vec<DefinitionDraft>,
    services: Vec<ServiceDraft>,
    tasks: Vec<TaskDraft>,
}

#[derive(Debug, Clone)]
struct DefinitionDraft {
    place: usize,
    family: &'static str,
    revision: u32,
    status: TaskDefinitionStatus,
    images: Vec<ReferenceDraft>,
}

/// Each pair is a task definition, by position, and a time.
#[derive(Debug, Clone)]
struct ServiceDraft {
    deployments: Vec<(usize, Timestamp)>,
    current: Option<RevisionDraft>,
    source: Option<RevisionDraft>,
}

#[derive(Debug, Clone)]
struct RevisionDraft {
    definition: usize,
    /// Which image of the repository each container was resolved to.
    image: Option<usize>,
}

#[derive(Debug, Clone)]
struct TaskDraft {
    definition: usize,
    is_stopped: bool,
    resolved: Option<Digest>,
}

pub(super) fn drafts() -> impl Strategy<Value = Drafts> {
    let status = prop_oneof![
        3 => Just(TaskDefinitionStatus::Active),
        1 => Just(TaskDefinitionStatus::Inactive),
    ];
    let images = vec(reference(), 1..3);
    let definition = (0usize..PLACES, select(vec!["web", "worker"]), 1u32..6, status, images)
        .prop_map(|(place, family, revision, status, images)| DefinitionDraft {
            place,
            family,
            revision,
            status,
            images,
        });
    let revision = || {
        (0usize..8, weighted(0.6, 0usize..12))
            .prop_map(|(definition, image)| RevisionDraft { definition, image })
    };
    let service =
        (vec((0usize..8, instant()), 1..3), weighted(0.5, revision()), weighted(0.3, revision()))
            .prop_map(|(deployments, current, source)| ServiceDraft {
                deployments,
                current,
                source,
            });
    let task =
        (0usize..8, any::<bool>(), resolved()).prop_map(|(definition, is_stopped, resolved)| {
            TaskDraft { definition, is_stopped, resolved }
        });
    (vec(definition, 0..6), vec(service, 0..4), vec(task, 0..4)).prop_map(
        |(definitions, services, tasks)| {
            let mut keys = BTreeSet::new();
            let definitions = definitions
                .into_iter()
                .filter(|it| keys.insert((it.place, it.family, it.revision)))
                .collect();
            Drafts { definitions, services, tasks }
        },
    )
}

/// A task definition that is known.
struct Definition {
    place: usize,
    arn: String,
    told: TaskDefinition,
    images: Vec<String>,
}

impl Drafts {
    pub(super) fn finish(self, registries: &[Registry], found: &mut Found) {
        let mut ecs = std::array::from_fn(|_| Ecs::default());
        let definitions: Vec<Definition> =
            self.definitions.into_iter().map(|draft| draft.finish(registries)).collect();
        if !definitions.is_empty() {
            let at = |draft: usize| draft % definitions.len();
            for (number, service) in self.services.iter().enumerate() {
                service.finish(number, &definitions, registries, &mut ecs, found);
            }
            for (number, task) in self.tasks.iter().enumerate() {
                task.finish(number, &definitions[at(task.definition)], &mut ecs, found);
            }
        }
        for definition in &definitions {
            ecs[definition.place].task_definitions.push(definition.resource());
            // Of others, what names them says the images.
            if definition.told.status == TaskDefinitionStatus::Active {
                for image in &definition.images {
                    found.usage.push(row(
                        "ecs-task-definition",
                        &definition.arn,
                        definition,
                        image,
                    ));
                }
            }
        }
        let all = ecs.into_iter().enumerate().map(|(at, ecs)| ecs.finish(place_at(at)));
        found.workloads.extend(all);
    }
}

/// Amazon ECS in one place.
#[derive(Default)]
struct Ecs {
    services: Vec<Resource>,
    tasks: Vec<Resource>,
    task_definitions: Vec<Resource>,
    service_revisions: Vec<Resource>,
    service_deployments: Vec<Resource>,
}

impl Ecs {
    fn finish(self, place: Place) -> PlaceWorkloads {
        PlaceWorkloads::nothing(Source::Ecs, place)
            .with("services", self.services)
            .with("tasks", self.tasks)
            .with("task_definitions", self.task_definitions)
            .with("service_revisions", self.service_revisions)
            .with("service_deployments", self.service_deployments)
    }
}

fn row(kind: &str, arn: &str, definition: &Definition, reference: &str) -> Usage {
    Usage {
        task_definition: Some(definition.told.clone()),
        ..plain_row(kind, arn, definition.place, reference)
    }
}

impl DefinitionDraft {
    fn finish(self, registries: &[Registry]) -> Definition {
        let name = format!("task-definition/{}:{}", self.family, self.revision);
        Definition {
            place: self.place,
            arn: arn("ecs", self.place, &name),
            told: TaskDefinition {
                family: self.family.into(),
                revision: self.revision,
                status: self.status,
            },
            images: self.images.into_iter().map(|draft| draft.finish(registries)).collect(),
        }
    }
}

impl Definition {
    fn resource(&self) -> Resource {
        let containers = self.images.iter().enumerate();
        let containers: Vec<Value> = containers
            .map(|(at, image)| json!({ "name": format!("c{at}"), "image": image }))
            .collect();
        resource(json!({
            "taskDefinitionArn": self.arn,
            "family": self.told.family,
            "revision": self.told.revision,
            "status": self.told.status,
            "containerDefinitions": containers,
        }))
    }
}

impl ServiceDraft {
    fn finish(
        &self,
        number: usize,
        definitions: &[Definition],
        registries: &[Registry],
        ecs: &mut [Ecs; PLACES],
        found: &mut Found,
    ) {
        // A service is where its first task definition is.
        let place = definitions[self.deployments[0].0 % definitions.len()].place;
        let here = |at: &usize| definitions[at % definitions.len()].place == place;
        let service_arn = arn("ecs", place, &format!("service/main/s{number}"));
        let oldest = self.deployments.iter().map(|(_, created_at)| *created_at).min();
        let pinned = |at: usize, image: &str, container: usize| {
            self.pinned(definitions, registries, oldest, at).and_then(|digests| {
                let images = &definitions[at % definitions.len()].images;
                let same = |other: &usize| *other == container || images[*other] == *image;
                let seen: BTreeSet<Digest> =
                    (0..images.len()).filter(same).filter_map(|other| digests[other]).collect();
                (seen.len() == 1).then(|| seen.into_iter().next()).flatten()
            })
        };
        let mut deployments = Vec::new();
        for (nth, (at, created_at)) in
            self.deployments.iter().filter(|(at, _)| here(at)).enumerate()
        {
            let definition = &definitions[at % definitions.len()];
            deployments.push(json!({
                "id": format!("ecs-svc/{number}{nth}"),
                "status": if nth == 0 { "PRIMARY" } else { "ACTIVE" },
                "taskDefinition": definition.arn,
                "createdAt": created_at,
            }));
            for (container, image) in definition.images.iter().enumerate() {
                found.usage.push(Usage {
                    resolved: pinned(*at, image, container),
                    deployed_at: Some(*created_at),
                    ..row("ecs-service", &service_arn, definition, image)
                });
            }
        }
        let mut revision = |name: &str, draft: &Option<RevisionDraft>| {
            let draft = draft.as_ref().filter(|draft| here(&draft.definition))?;
            let definition = &definitions[draft.definition % definitions.len()];
            let own_arn = arn("ecs", place, &format!("service-revision/main/s{number}/{name}"));
            let mut images = Vec::new();
            for (at, image) in definition.images.iter().enumerate() {
                let resolved =
                    draft.image.and_then(|at| resolved_to(registries, image, at, oldest));
                images.push(json!({ "containerName": format!("c{at}"), "image": image }));
                if let Some(digest) = resolved {
                    images[at]["imageDigest"] = digest.to_string().into();
                }
                found.usage.push(Usage {
                    resolved,
                    ..row("ecs-service-revision", &own_arn, definition, image)
                });
            }
            ecs[place].service_revisions.push(resource(json!({
                "serviceRevisionArn": own_arn,
                "serviceArn": service_arn,
                "taskDefinition": definition.arn,
                "containerImages": images,
                "createdAt": oldest,
            })));
            Some(json!({ "arn": own_arn }))
        };
        let current = revision("1", &self.current);
        let source = revision("0", &self.source);
        let mut service = resource(json!({
            "serviceArn": service_arn,
            "serviceName": format!("s{number}"),
            "taskDefinition": definitions[self.deployments[0].0 % definitions.len()].arn,
            "deployments": deployments,
        }));
        if let Some(current) = &current {
            service.insert("currentServiceRevisions".to_owned(), json!([current]));
        }
        if let Some(source) = source {
            let own_arn = arn("ecs", place, &format!("service-deployment/main/s{number}/d"));
            service.insert("currentServiceDeployment".to_owned(), own_arn.clone().into());
            ecs[place].service_deployments.push(resource(json!({
                "serviceDeploymentArn": own_arn,
                "serviceArn": service_arn,
                "status": "SUCCESSFUL",
                "createdAt": oldest,
                "sourceServiceRevisions": [source],
            })));
        }
        ecs[place].services.push(service);
    }

    /// What the current revision says of the images of a deployment's task definition, container by
    /// container: it tells where it is of that definition, and no other deployment is.
    fn pinned(
        &self,
        definitions: &[Definition],
        registries: &[Registry],
        oldest: Option<Timestamp>,
        at: usize,
    ) -> Option<Vec<Option<Digest>>> {
        let (current, of) = (self.current.as_ref()?, |at: usize| at % definitions.len());
        let deployed = self.deployments.iter().filter(|(other, _)| of(*other) == of(at)).count();
        if of(current.definition) != of(at) || deployed != 1 {
            return None;
        }
        let images = definitions[of(at)].images.iter();
        let digest = |image: &String| {
            current.image.and_then(|nth| resolved_to(registries, image, nth, oldest))
        };
        Some(images.map(digest).collect())
    }
}

/// An image of the repository that a reference names, pushed before the deployments began: what a
/// service can have resolved a tag to.
fn resolved_to(
    registries: &[Registry],
    reference: &str,
    at: usize,
    oldest: Option<Timestamp>,
) -> Option<Digest> {
    let Named::Image { place, repository, .. } = read_reference(reference, &Aliases::new()) else {
        return None;
    };
    let registry = registries.iter().find(|registry| registry.place() == place)?;
    let repository = registry.repositories.iter().find(|it| *it.name == *repository)?;
    let image = repository.images.get(at)?;
    (image.pushed_at.is_some() && image.pushed_at <= oldest).then_some(image.digest)
}

impl TaskDraft {
    fn finish(
        &self,
        number: usize,
        definition: &Definition,
        ecs: &mut [Ecs; PLACES],
        found: &mut Found,
    ) {
        let own_arn = arn("ecs", definition.place, &format!("task/main/{number:032x}"));
        let mut containers = Vec::new();
        for (at, image) in definition.images.iter().enumerate() {
            let mut container = json!({ "name": format!("c{at}"), "image": image });
            if let Some(digest) = self.resolved {
                container["imageDigest"] = digest.to_string().into();
            }
            containers.push(container);
            found.usage.push(Usage {
                resolved: self.resolved,
                ..row("ecs-task", &own_arn, definition, image)
            });
        }
        ecs[definition.place].tasks.push(resource(json!({
            "taskArn": own_arn,
            "taskDefinitionArn": definition.arn,
            "lastStatus": if self.is_stopped { "STOPPED" } else { "RUNNING" },
            "containers": containers,
        })));
    }
}
