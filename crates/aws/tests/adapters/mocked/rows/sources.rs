//! The sources of usage that have an SDK's client.

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::sources::{ScanCache, ScanError};
use ecr_sweep_core::{Policy, Source};
use serde_json::{Value, json};

use super::{Row, act, told};
use crate::world::{ACCOUNT, HOST, REGION, digest, place, scan_of};

/// What a source names: of each row what it is of, and its tag.
async fn scanned(sessions: Sessions, source: Source) -> Result<Vec<String>, ScanError> {
    let (policy, cache) = (Policy::default(), ScanCache::off());
    let scanned = scan_of(&sessions, source, &place(), &policy, &cache).await?;
    let tag = |reference: &str| reference.rsplit(':').next().unwrap().to_owned();
    Ok(scanned
        .usage
        .iter()
        .map(|it| format!("{} {}", it.kind.as_str(), tag(&it.reference)))
        .collect())
}

fn image(tag: &str) -> String {
    format!("{HOST}/app:{tag}")
}

fn arn(resource: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:{resource}")
}

fn container(tag: &str) -> Value {
    json!([{ "name": "app", "image": image(tag) }])
}

fn resolved(tag: &str) -> Value {
    json!([{ "containerName": "app", "image": image(tag), "imageDigest": digest(1) }])
}

/// Of a service with a task.
fn services() -> Vec<(&'static str, Value)> {
    let (cluster, service) = (arn("cluster/main"), arn("service/main/web"));
    let (task, web) = (arn("task/main/t1"), arn("task-definition/web:1"));
    let deployment = arn("service-deployment/main/web/1");
    let revision = arn("service-revision/main/web/1");
    let described_task = json!({
        "taskArn": task, "clusterArn": cluster, "lastStatus": "RUNNING", "taskDefinitionArn": web,
        "containers": container("task"),
    });
    let described_service = json!({
        "serviceArn": service, "clusterArn": cluster, "serviceName": "web",
        "deployments": [{ "id": "ecs-svc/1", "taskDefinition": web }],
        "currentServiceDeployment": deployment,
        "currentServiceRevisions": [{ "arn": revision }],
    });
    let listed = json!({
        "serviceDeploymentArn": deployment, "status": "SUCCESSFUL", "createdAt": 1_764_000_000,
    });
    let described = json!({
        "serviceDeploymentArn": deployment, "serviceArn": service, "clusterArn": cluster,
        "status": "SUCCESSFUL", "targetServiceRevision": { "arn": revision },
    });
    let described_revision = json!({
        "serviceRevisionArn": revision, "serviceArn": service, "clusterArn": cluster,
        "taskDefinition": web, "containerImages": resolved("revision"),
    });
    vec![
        ("ecs:ListClusters", json!({ "clusterArns": [cluster] })),
        ("ecs:ListTasks", json!({ "taskArns": [task] })),
        ("ecs:DescribeTasks", json!({ "tasks": [described_task] })),
        ("ecs:ListServices", json!({ "serviceArns": [service] })),
        ("ecs:DescribeServices", json!({ "services": [described_service] })),
        ("ecs:ListServiceDeployments", json!({ "serviceDeployments": [listed] })),
        ("ecs:DescribeServiceDeployments", json!({ "serviceDeployments": [described] })),
        ("ecs:DescribeServiceRevisions", json!({ "serviceRevisions": [described_revision] })),
    ]
}

/// Of a definition, and of a daemon.
fn definitions() -> Vec<(&'static str, Value)> {
    let web = arn("task-definition/web:1");
    let (daemon, agent) = (arn("daemon/main/agent"), arn("daemon-task-definition/agent:1"));
    let rollout = arn("daemon-deployment/main/agent/1");
    let revision = arn("daemon-revision/main/agent/1");
    let definition = json!({
        "taskDefinitionArn": web, "family": "web", "revision": 1, "status": "ACTIVE",
        "containerDefinitions": container("definition"),
    });
    let described_daemon = json!({
        "daemonArn": daemon, "clusterArn": arn("cluster/main"), "deploymentArn": rollout,
        "currentRevisions": [{ "arn": revision }],
    });
    let deployment = json!({
        "daemonDeploymentArn": rollout, "status": "SUCCESSFUL",
        "targetDaemonRevision": { "arn": revision },
    });
    let described_revision = json!({
        "daemonRevisionArn": revision, "daemonTaskDefinitionArn": agent,
        "containerImages": resolved("daemon"),
    });
    let described_agent = json!({
        "daemonTaskDefinitionArn": agent, "status": "ACTIVE",
        "containerDefinitions": container("agent"),
    });
    let listed = json!({ "arn": agent, "status": "ACTIVE" });
    vec![
        ("ecs:ListTaskDefinitions", json!({ "taskDefinitionArns": [web] })),
        ("ecs:DescribeTaskDefinition", json!({ "taskDefinition": definition })),
        ("ecs:ListDaemonTaskDefinitions", json!({ "daemonTaskDefinitions": [listed] })),
        ("ecs:ListDaemons", json!({ "daemonSummariesList": [{ "daemonArn": daemon }] })),
        ("ecs:DescribeDaemon", json!({ "daemon": described_daemon })),
        ("ecs:DescribeDaemonDeployments", json!({ "daemonDeployments": [deployment] })),
        ("ecs:DescribeDaemonRevisions", json!({ "daemonRevisions": [described_revision] })),
        ("ecs:DescribeDaemonTaskDefinition", json!({ "daemonTaskDefinition": described_agent })),
    ]
}

/// What comes of them.
const ECS: &str = concat!(
    r#"["ecs-daemon agent", "ecs-daemon daemon", "ecs-service definition", "#,
    r#""ecs-service-revision definition", "ecs-task definition", "#,
    r#""ecs-task-definition definition", "ecs-service-revision revision", "ecs-task task"]"#,
);

/// ECS.
pub(super) fn ecs() -> Row {
    let nothing = [
        ("ecs:ListClusters", json!({ "clusterArns": [] })),
        ("ecs:ListTaskDefinitions", json!({ "taskDefinitionArns": [] })),
        ("ecs:ListDaemonTaskDefinitions", json!({ "daemonTaskDefinitions": [] })),
    ];
    let text = |(operation, answer): (&'static str, Value)| (operation, answer.to_string());
    Row {
        act: act!(|it| scanned(it, Source::Ecs).await),
        answers: services().into_iter().chain(definitions()).map(text).collect(),
        expected: ECS,
        empty: Some((nothing.map(text).into(), "[]")),
        gone: Vec::new(),
    }
}

/// AWS Lambda.
pub(super) fn lambda() -> Row {
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:web:1");
    let configuration = json!({
        "FunctionName": "web", "FunctionArn": function, "Version": "1", "PackageType": "Image",
    });
    let described = json!({
        "Configuration": configuration,
        "Code": { "ImageUri": image("v1"), "ResolvedImageUri": format!("{HOST}/app@{}", digest(1)) },
    });
    Row {
        act: act!(|it| scanned(it, Source::Lambda).await),
        answers: vec![
            ("lambda:ListFunctions", json!({ "Functions": [configuration] }).to_string()),
            ("lambda:GetFunction", described.to_string()),
        ],
        expected: r#"["lambda-version v1"]"#,
        empty: Some((vec![("lambda:ListFunctions", json!({ "Functions": [] }).to_string())], "[]")),
        gone: vec![("lambda:GetFunction", "ResourceNotFoundException", Some("[]"))],
    }
}
