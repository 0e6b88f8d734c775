//! What runs in the organizations that are measured: ECS services and Lambda functions, each with a
//! repository of its own and a past.

use ecr_sweep_core::{Place, Source};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource, Workloads};
use jiff::Timestamp;
use miette::miette;
use serde_json::{Value, json};

use super::organization;

/// How much runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Services, in one cluster.
    pub(crate) services: usize,
    pub(crate) functions: usize,
    /// Tasks of each service that run.
    pub(crate) tasks: u32,
}

/// How many task definitions each service has had, and how many versions each function.
pub(crate) const REVISIONS: u32 = 5;

/// Lets services and functions of the home account use the newest images of the first repositories.
pub(crate) fn add(snapshot: &mut Snapshot, size: Size) -> miette::Result<()> {
    let repositories = snapshot.registries.iter().flat_map(|registry| &registry.repositories);
    let names: Vec<String> = repositories.map(|it| it.name.to_string()).collect();
    let names: Vec<(usize, &str)> = names.iter().map(|name| &**name).enumerate().collect();
    let used = using(&snapshot.home, &names, size, snapshot.taken_at)?;
    snapshot.workloads = Workloads::in_regions(vec![snapshot.home.region.clone()]);
    snapshot.workloads.extend(used);
    Ok(())
}

/// Services and functions of a place that use the newest images of the first of these repositories of
/// the place's registry, each with its number.
pub(crate) fn using(
    place: &Place,
    repositories: &[(usize, &str)],
    size: Size,
    taken_at: Timestamp,
) -> miette::Result<[PlaceWorkloads; 2]> {
    let use_of = repositories.iter().cycle().enumerate();
    let mut use_of = use_of.map(|(n, repository)| Use::of(place, n, *repository, taken_at));
    let mut take = |count| (&mut use_of).take(count).collect::<Vec<_>>();
    let (services, functions) = (take(size.services), take(size.functions));
    Ok([ecs(place, &services, size.tasks)?, lambda(place, &functions)?])
}

/// What a service or function pulls, and what its resources are called.
struct Use {
    repository: String,
    number: usize,
    name: String,
    ecs: String,
    taken_at: Timestamp,
}

impl Use {
    /// The `n`th of all.
    fn of(
        home: &Place,
        n: usize,
        (number, repository): (usize, &str),
        taken_at: Timestamp,
    ) -> Self {
        let Place { account, region } = home;
        Self {
            repository: format!("{account}.dkr.ecr.{region}.amazonaws.com/{repository}"),
            number,
            name: format!("{}-{n}", repository.replace('/', "-")),
            ecs: format!("arn:aws:ecs:{region}:{account}"),
            taken_at,
        }
    }

    /// The image that was the newest so many releases ago: every third is tagged.
    fn image(&self, releases_ago: u32) -> String {
        format!("{}:build-{}", self.repository, 3 * releases_ago)
    }

    /// What Lambda resolved that to: the first child.
    fn resolved(&self, releases_ago: u32) -> String {
        let digest = organization::digest(self.number, 3 * releases_ago + 1);
        format!("{}@{digest}", self.repository)
    }

    fn task_definition(&self, revision: u32) -> String {
        format!("{}:task-definition/{}:{revision}", self.ecs, self.name)
    }

    /// The service, its current revision, the deployment of that.
    fn service(&self) -> [Value; 3] {
        let Self { name, ecs, taken_at, .. } = self;
        let id = "1111111111111111111";
        let cluster = format!("{ecs}:cluster/main");
        let service = format!("{ecs}:service/main/{name}");
        let revision = format!("{ecs}:service-revision/main/{name}/{id}");
        let deployment = format!("{ecs}:service-deployment/main/{name}/{id}");
        let task_definition = self.task_definition(REVISIONS);
        [
            json!({
                "serviceArn": service, "serviceName": name, "clusterArn": cluster,
                "status": "ACTIVE", "taskDefinition": task_definition, "taskSets": [],
                "currentServiceDeployment": deployment,
                "currentServiceRevisions": [{ "arn": revision }],
                "deployments": [{
                    "id": format!("ecs-svc/{id}"), "status": "PRIMARY", "createdAt": taken_at,
                    "taskDefinition": task_definition,
                }],
            }),
            json!({
                "serviceRevisionArn": revision, "serviceArn": service, "clusterArn": cluster,
                "taskDefinition": task_definition, "createdAt": taken_at,
                "containerImages": [{ "containerName": "app", "image": self.image(0) }],
            }),
            json!({
                "serviceDeploymentArn": deployment,
                "serviceArn": service, "clusterArn": cluster, "status": "SUCCESSFUL",
                "createdAt": taken_at, "startedAt": taken_at, "finishedAt": taken_at,
                "targetServiceRevision": { "arn": revision },
                "sourceServiceRevisions": [],
            }),
        ]
    }

    fn task_definitions(&self) -> impl Iterator<Item = Value> {
        (1..=REVISIONS).map(|revision| {
            json!({
                "family": self.name, "revision": revision, "status": "ACTIVE",
                "taskDefinitionArn": self.task_definition(revision),
                "containerDefinitions":
                    [{ "name": "app", "image": self.image(REVISIONS - revision) }],
            })
        })
    }

    fn tasks(&self, count: u32) -> impl Iterator<Item = Value> {
        (0..count).map(|n| {
            json!({
                "taskArn": format!("{}:task/main/{}-{n}", self.ecs, self.name),
                "clusterArn": format!("{}:cluster/main", self.ecs), "lastStatus": "RUNNING",
                "taskDefinitionArn": self.task_definition(REVISIONS),
                "containers": [{
                    "name": "app", "image": self.image(0),
                    "imageDigest": organization::digest(self.number, 0),
                }],
            })
        })
    }

    /// `$LATEST`, and the versions that were published.
    fn versions(&self) -> impl Iterator<Item = Value> {
        let published = (1..=REVISIONS).map(|version| (version.to_string(), REVISIONS - version));
        std::iter::once(("$LATEST".to_owned(), 0)).chain(published).map(|(version, ago)| {
            json!({
                "Configuration": {
                    "FunctionName": self.name, "Version": version,
                    "CodeSha256": format!("code-{ago}"), "RevisionId": format!("of-{version}"),
                    "LastModified": self.taken_at, "LastUpdateStatus": "Successful",
                },
                "Code": { "ImageUri": self.image(ago), "ResolvedImageUri": self.resolved(ago) },
            })
        })
    }
}

fn ecs(home: &Place, services: &[Use], tasks: u32) -> miette::Result<PlaceWorkloads> {
    let deployed: Vec<[Value; 3]> = services.iter().map(Use::service).collect();
    let list = |at: usize| resources(deployed.iter().map(|all| all[at].clone()));
    Ok(PlaceWorkloads::nothing(Source::Ecs, home.clone())
        .with("services", list(0)?)
        .with("tasks", resources(services.iter().flat_map(|service| service.tasks(tasks)))?)
        .with("service_revisions", list(1)?)
        .with("service_deployments", list(2)?)
        .with("task_definitions", resources(services.iter().flat_map(Use::task_definitions))?))
}

fn lambda(home: &Place, functions: &[Use]) -> miette::Result<PlaceWorkloads> {
    let versions = resources(functions.iter().flat_map(Use::versions))?;
    Ok(PlaceWorkloads::nothing(Source::Lambda, home.clone()).with("functions", versions))
}

fn resources(values: impl Iterator<Item = Value>) -> miette::Result<Vec<Resource>> {
    let resources = values.map(|value| match value {
        Value::Object(members) => Ok(members),
        other => Err(miette!("no resource: {other}")),
    });
    resources.collect()
}
