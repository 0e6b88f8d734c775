//! Random organizations that run: workloads in the shapes of the APIs, and beside them exactly the
//! usage that a scan of them is to find.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::Off;
use ecr_sweep_core::{
    Coverage, CoverageDefault, CoverageRow, CoverageStatus, Digest, Image, ImageStatus, MediaType,
    Place, Policy, Region, Registry, Source, TaskDefinition, TaskDefinitionStatus, Usage,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{EcsWorkloads, LambdaWorkloads, Resource, Workloads};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::organization::repository;
use super::policies::policy;
use super::pools::{ACCOUNTS, REGIONS, instant, now};
use super::usage::{ReferenceDraft, pick, reference, resolved};

/// An organization that can be scanned, with a policy that says so.
#[derive(Debug, Clone)]
pub struct Running {
    /// The registries, the workloads, and the usage that they are.
    pub snapshot: Snapshot,
    /// The policy.
    pub policy: Policy,
    /// A source of which every read is denied in one Region.
    pub denied: Option<(Source, Region)>,
}

/// One account with registries and workloads in two Regions.
pub fn running_organization() -> impl Strategy<Value = Running> {
    let denied = (select(vec![Source::Ecs, Source::Lambda]), 0usize..2);
    let denied = weighted(0.1, denied);
    (registries(), drafts(), live_policy(), denied).prop_map(
        |(registries, drafts, policy, denied)| {
            let denied = denied.map(|(source, at)| (source, home(at).region));
            let mut found = Found::default();
            drafts.finish(&registries, &mut found);
            found.usage.retain(|row| {
                denied.as_ref().is_none_or(|(source, region)| {
                    row.source.source() != *source || row.region != *region
                })
            });
            let except = denied.iter().map(|(source, region)| CoverageRow {
                account: home(0).account,
                region: region.clone(),
                source: *source,
                status: CoverageStatus::Failed,
                reason: None,
            });
            let coverage =
                Coverage { default: CoverageDefault::Complete, except: except.collect() };
            let snapshot = Snapshot {
                schema_version: 1,
                taken_at: now(),
                home: home(0),
                registries,
                usage: found.usage,
                coverage,
                workloads: found.workloads,
            };
            Running { snapshot, policy, denied }
        },
    )
}

/// The first account, in the first or the second Region.
fn home(at: usize) -> Place {
    Place { account: ACCOUNTS[0].parse().unwrap(), region: REGIONS[at].parse().unwrap() }
}

/// What no live scan looks at is off, and in the policy a registry has to be named.
fn live_policy() -> impl Strategy<Value = Policy> {
    policy().prop_map(|mut policy| {
        let off = |source| Off {
            source: Some(source),
            accounts: Vec::new(),
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "nothing there uses images".into(),
        };
        let built = [Source::Ecs, Source::Lambda];
        let sources = Source::ALL.into_iter().filter(|source| !built.contains(source));
        policy.scope.off = sources.map(off).collect();
        policy.scope.registries.regions = [home(0).region, home(1).region].into();
        policy
    })
}

/// Registries as they can really be: a digest is one content wherever it is, nothing lists or
/// refers to itself around any corner, and what has children can be read. Nobody else is admitted
/// and nothing is replicated: neither is read from a live registry yet.
fn registries() -> impl Strategy<Value = Vec<Registry>> {
    let registry = || vec(repository(), 1..=3);
    (registry(), weighted(0.6, registry())).prop_map(|(first, second)| {
        let mut contents = BTreeMap::new();
        let mut registries = Vec::new();
        for (at, repositories) in [Some(first), second].into_iter().flatten().enumerate() {
            let Place { account, region } = home(at);
            let mut names = BTreeSet::new();
            let mut registry = Registry {
                account,
                region,
                deletes_replicate_to: Vec::new(),
                repositories: repositories
                    .into_iter()
                    .filter(|repository| names.insert(repository.name.clone()))
                    .collect(),
            };
            for repository in &mut registry.repositories {
                repository.allows.clear();
                for image in &mut repository.images {
                    as_its_digest_says(image, &mut contents);
                }
            }
            registries.push(registry);
        }
        registries
    })
}

fn as_its_digest_says(image: &mut Image, contents: &mut BTreeMap<Digest, Image>) {
    let content = contents.entry(image.digest).or_insert_with(|| {
        let mut content = image.clone();
        let later = |digest: &Digest| *digest > image.digest;
        content.subject = content.subject.filter(later);
        content.children = match content.media_type {
            MediaType::OciIndex | MediaType::DockerList => {
                Some(image.known_children().iter().copied().filter(later).collect())
            }
            _ => None,
        };
        content
    });
    image.media_type.clone_from(&content.media_type);
    image.artifact_type.clone_from(&content.artifact_type);
    image.children.clone_from(&content.children);
    image.subject = content.subject;
    image.size_bytes = content.size_bytes;
    // The manifest of an archived index cannot be read.
    if image.media_type.is_index() {
        image.status = ImageStatus::Active;
    }
}

/// Workloads before it is known which images there are.
#[derive(Debug, Clone)]
struct Drafts {
    definitions: Vec<DefinitionDraft>,
    services: Vec<ServiceDraft>,
    tasks: Vec<TaskDraft>,
    functions: Vec<FunctionDraft>,
}

#[derive(Debug, Clone)]
struct DefinitionDraft {
    region: usize,
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

#[derive(Debug, Clone)]
struct FunctionDraft {
    region: usize,
    versions: Vec<(usize, usize, bool)>,
}

fn drafts() -> impl Strategy<Value = Drafts> {
    let status = prop_oneof![
        3 => Just(TaskDefinitionStatus::Active),
        1 => Just(TaskDefinitionStatus::Inactive),
    ];
    let images = vec(reference(), 1..3);
    let definition = (0usize..2, select(vec!["web", "worker"]), 1u32..6, status, images).prop_map(
        |(region, family, revision, status, images)| DefinitionDraft {
            region,
            family,
            revision,
            status,
            images,
        },
    );
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
    let function = (0usize..2, vec((0usize..4, 0usize..16, any::<bool>()), 1..3))
        .prop_map(|(region, versions)| FunctionDraft { region, versions });
    (vec(definition, 0..6), vec(service, 0..4), vec(task, 0..4), vec(function, 0..3)).prop_map(
        |(definitions, services, tasks, functions)| {
            let mut keys = BTreeSet::new();
            let definitions = definitions
                .into_iter()
                .filter(|it| keys.insert((it.region, it.family, it.revision)))
                .collect();
            Drafts { definitions, services, tasks, functions }
        },
    )
}

/// What runs, and what a scan of it is to find.
#[derive(Debug, Default)]
struct Found {
    workloads: Workloads,
    usage: Vec<Usage>,
}

/// A task definition that is known.
struct Definition {
    region: usize,
    arn: String,
    told: TaskDefinition,
    images: Vec<String>,
}

impl Drafts {
    fn finish(self, registries: &[Registry], found: &mut Found) {
        found.workloads.regions = vec![home(0).region, home(1).region];
        let mut ecs = [ecs_in(home(0)), ecs_in(home(1))];
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
            ecs[definition.region].task_definitions.push(definition.resource());
            // Of others, what names them says the images.
            if definition.told.status == TaskDefinitionStatus::Active {
                for image in &definition.images {
                    found.see(row("ecs-task-definition", &definition.arn, definition, image));
                }
            }
        }
        found.workloads.ecs = ecs.into();
        for (number, function) in self.functions.iter().enumerate() {
            function.finish(number, registries, found);
        }
    }
}

impl Found {
    fn see(&mut self, row: Usage) {
        self.usage.push(row);
    }
}

fn ecs_in(place: Place) -> EcsWorkloads {
    EcsWorkloads {
        account: place.account,
        region: place.region,
        clusters: Vec::new(),
        services: Vec::new(),
        tasks: Vec::new(),
        task_definitions: Vec::new(),
        service_revisions: Vec::new(),
        service_deployments: Vec::new(),
    }
}

fn resource(value: Value) -> Resource {
    let Value::Object(members) = value else { unreachable!("resources are objects") };
    members
}

fn arn(service: &str, region: usize, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", REGIONS[region], ACCOUNTS[0])
}

fn row(kind: &str, arn: &str, definition: &Definition, reference: &str) -> Usage {
    Usage {
        task_definition: Some(definition.told.clone()),
        ..plain_row(kind, arn, definition.region, reference)
    }
}

fn plain_row(kind: &str, arn: &str, region: usize, reference: &str) -> Usage {
    let Place { account, region } = home(region);
    Usage {
        reference: reference.into(),
        source: kind.parse().unwrap(),
        arn: arn.into(),
        account,
        region,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: None,
    }
}

impl DefinitionDraft {
    fn finish(self, registries: &[Registry]) -> Definition {
        let name = format!("task-definition/{}:{}", self.family, self.revision);
        Definition {
            region: self.region,
            arn: arn("ecs", self.region, &name),
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
        ecs: &mut [EcsWorkloads; 2],
        found: &mut Found,
    ) {
        // A service is where its first task definition is.
        let region = definitions[self.deployments[0].0 % definitions.len()].region;
        let here = |at: &usize| definitions[at % definitions.len()].region == region;
        let service_arn = arn("ecs", region, &format!("service/main/s{number}"));
        let mut deployments = Vec::new();
        for (place, (at, created_at)) in
            self.deployments.iter().filter(|(at, _)| here(at)).enumerate()
        {
            let definition = &definitions[at % definitions.len()];
            deployments.push(json!({
                "id": format!("ecs-svc/{number}{place}"),
                "status": if place == 0 { "PRIMARY" } else { "ACTIVE" },
                "taskDefinition": definition.arn,
                "createdAt": created_at,
            }));
            for image in &definition.images {
                found.see(Usage {
                    deployed_at: Some(*created_at),
                    ..row("ecs-service", &service_arn, definition, image)
                });
            }
        }
        let oldest = self.deployments.iter().map(|(_, created_at)| *created_at).min();
        let mut revision = |name: &str, draft: &Option<RevisionDraft>| {
            let draft = draft.as_ref().filter(|draft| here(&draft.definition))?;
            let definition = &definitions[draft.definition % definitions.len()];
            let own_arn = arn("ecs", region, &format!("service-revision/main/s{number}/{name}"));
            let mut images = Vec::new();
            for (at, image) in definition.images.iter().enumerate() {
                let resolved =
                    draft.image.and_then(|at| resolved_to(registries, image, at, oldest));
                images.push(json!({ "containerName": format!("c{at}"), "image": image }));
                if let Some(digest) = resolved {
                    images[at]["imageDigest"] = digest.to_string().into();
                }
                found.see(Usage {
                    resolved,
                    ..row("ecs-service-revision", &own_arn, definition, image)
                });
            }
            ecs[region].service_revisions.push(resource(json!({
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
            let own_arn = arn("ecs", region, &format!("service-deployment/main/s{number}/d"));
            service.insert("currentServiceDeployment".to_owned(), own_arn.clone().into());
            ecs[region].service_deployments.push(resource(json!({
                "serviceDeploymentArn": own_arn,
                "serviceArn": service_arn,
                "status": "SUCCESSFUL",
                "createdAt": oldest,
                "sourceServiceRevisions": [source],
            })));
        }
        ecs[region].services.push(service);
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
    let (path, _) = reference.split_once(['@']).unwrap_or((reference, ""));
    let repositories = registries.iter().flat_map(|registry| {
        registry.repositories.iter().map(move |repository| (registry, repository))
    });
    let (_, repository) = repositories.into_iter().find(|(registry, repository)| {
        let named = format!("/{}", repository.name);
        path.contains(registry.region.as_str())
            && path.contains(registry.account.as_str())
            && path.split_once(&named).is_some_and(|(host, rest)| {
                !host.rsplit("://").next().is_some_and(|host| host.contains('/'))
                    && (rest.is_empty() || rest.starts_with(':'))
            })
    })?;
    let image = repository.images.get(at)?;
    (image.pushed_at.is_some() && image.pushed_at <= oldest).then_some(image.digest)
}

impl TaskDraft {
    fn finish(
        &self,
        number: usize,
        definition: &Definition,
        ecs: &mut [EcsWorkloads; 2],
        found: &mut Found,
    ) {
        let own_arn = arn("ecs", definition.region, &format!("task/main/{number:032x}"));
        let mut containers = Vec::new();
        for (at, image) in definition.images.iter().enumerate() {
            let mut container = json!({ "name": format!("c{at}"), "image": image });
            if let Some(digest) = self.resolved {
                container["imageDigest"] = digest.to_string().into();
            }
            containers.push(container);
            found.see(Usage {
                resolved: self.resolved,
                ..row("ecs-task", &own_arn, definition, image)
            });
        }
        ecs[definition.region].tasks.push(resource(json!({
            "taskArn": own_arn,
            "taskDefinitionArn": definition.arn,
            "lastStatus": if self.is_stopped { "STOPPED" } else { "RUNNING" },
            "containers": containers,
        })));
    }
}

impl FunctionDraft {
    /// Lambda pulls from its own Region alone.
    fn finish(&self, number: usize, registries: &[Registry], found: &mut Found) {
        let place = home(self.region);
        let Some(registry) = registries.iter().find(|registry| registry.place() == place) else {
            return;
        };
        let mut functions = Vec::new();
        for (version, (repository, image, by_tag)) in self.versions.iter().enumerate() {
            let one = std::slice::from_ref(registry);
            let Some((_, repository, image)) = pick(one, 0, *repository, *image) else { continue };
            let host = format!("{}.dkr.ecr.{}.amazonaws.com", place.account, place.region);
            let resolved = format!("{host}/{}@{}", repository.name, image.digest);
            // The tag may have moved since; which tag it was does not matter here.
            let uri = match image.tags.first() {
                Some(tag) if *by_tag => format!("{host}/{}:{tag}", repository.name),
                _ => resolved.clone(),
            };
            let version = if version == 0 { "$LATEST".to_owned() } else { version.to_string() };
            functions.push(resource(json!({
                "Configuration": { "FunctionName": format!("f{number}"), "Version": version },
                "Code": { "ImageUri": uri, "ResolvedImageUri": resolved },
            })));
            let own_arn = arn("lambda", self.region, &format!("function:f{number}:{version}"));
            found.see(Usage {
                resolved: Some(image.digest),
                ..plain_row("lambda-version", &own_arn, self.region, &uri)
            });
        }
        functions.push(resource(json!({
            "Configuration": { "FunctionName": format!("zip{number}") },
            "Code": { "RepositoryType": "S3" },
        })));
        let Place { account, region } = place;
        found.workloads.lambda.push(LambdaWorkloads { account, region, functions });
    }
}
