//! Amazon ECS.

use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, HOST, REGION, Refusal, World, assert_refused, column, digest, organization,
};

const ARN: &str = "arn:aws:ecs:eu-west-1:111122223333";

fn with(ecs: Value) -> World {
    let mut ecs = ecs;
    ecs["account"] = ACCOUNT.into();
    ecs["region"] = REGION.into();
    let images = json!([
        { "digest": digest(1), "tags": ["v1", "latest"] },
        { "digest": digest(2), "tags": ["v2"] },
    ]);
    World::seeded(organization(images, json!({ "ecs": [ecs] })))
}

fn rows(count: usize, row: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..count).map(row).collect()
}

/// How many rows a page has, and whether there is another.
#[track_caller]
fn page(world: &World, operation: &str, member: &str, input: Value) -> (usize, bool) {
    let page = world.ecs(operation, input).unwrap();
    (page[member].as_array().unwrap().len(), page["nextToken"].is_string())
}

fn all(world: &World, operation: &str, member: &str, input: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut input = input.clone();
    loop {
        let page = world.ecs(operation, input.clone()).unwrap();
        rows.extend(page[member].as_array().unwrap().clone());
        if !page["nextToken"].is_string() {
            return rows;
        }
        input["nextToken"] = page["nextToken"].clone();
    }
}

#[test]
fn clusters_are_listed_100_a_page() {
    let world =
        with(json!({ "clusters": rows(101, |it| json!({ "clusterName": format!("c{it:03}") })) }));
    assert_eq!(page(&world, "ListClusters", "clusterArns", json!({})), (100, true));
    assert_eq!(all(&world, "ListClusters", "clusterArns", &json!({})).len(), 101);
    for size in [0, 101] {
        let outcome = world.ecs("ListClusters", json!({ "maxResults": size }));
        assert_refused(outcome, "InvalidParameterException");
    }
    let outcome = world.ecs("ListClusters", json!({ "nextToken": "made up" }));
    assert_refused(outcome, "InvalidParameterException");
}

#[test]
fn clusters_are_described_by_name_or_arn_and_missing_ones_are_failures() {
    let world = with(json!({ "clusters": [{ "clusterName": "prod" }] }));
    let arn = format!("{ARN}:cluster/prod");
    let answer =
        world.ecs("DescribeClusters", json!({ "clusters": ["prod", arn, "gone"] })).unwrap();
    assert_eq!(column(&answer["clusters"], "clusterName"), [json!("prod"), json!("prod")]);
    let missing = json!([{ "arn": format!("{ARN}:cluster/gone"), "reason": "MISSING" }]);
    assert_eq!(answer["failures"], missing);
}

fn services(count: usize) -> World {
    let arn = |it| format!("{ARN}:service/prod/s{it:03}");
    with(json!({ "services": rows(count, |it| json!({ "serviceArn": arn(it) })) }))
}

#[test]
fn services_are_listed_10_a_page_and_100_at_most() {
    let world = services(101);
    let list = |extra: Value| {
        let mut input = extra;
        input["cluster"] = "prod".into();
        page(&world, "ListServices", "serviceArns", input)
    };
    assert_eq!(list(json!({})), (10, true));
    assert_eq!(list(json!({ "maxResults": 100 })), (100, true));
    let outcome = world.ecs("ListServices", json!({ "cluster": "prod", "maxResults": 101 }));
    assert_refused(outcome, "InvalidParameterException");
    let all = all(&world, "ListServices", "serviceArns", &json!({ "cluster": "prod" }));
    assert_eq!(all.len(), 101);
}

#[test]
fn at_most_10_services_are_described_and_missing_ones_are_failures() {
    let world = services(11);
    let describe = |names: Vec<String>| {
        world.ecs("DescribeServices", json!({ "cluster": "prod", "services": names }))
    };
    let names =
        |count: usize| -> Vec<String> { (0..count).map(|it| format!("s{it:03}")).collect() };
    assert_eq!(describe(names(10)).unwrap()["services"].as_array().unwrap().len(), 10);
    for count in [0, 11] {
        assert_refused(describe(names(count)), "InvalidParameterException");
    }
    let answer = describe(vec!["gone".to_owned()]).unwrap();
    let missing = json!([{ "arn": format!("{ARN}:service/prod/gone"), "reason": "MISSING" }]);
    assert_eq!(answer["failures"], missing);
}

#[test]
fn a_cluster_that_is_not_there_is_an_error() {
    let world = services(1);
    for (operation, input) in [
        ("ListServices", json!({ "cluster": "gone" })),
        ("ListTasks", json!({})),
        ("DescribeServices", json!({ "cluster": "gone", "services": ["s"] })),
        ("DescribeTasks", json!({ "cluster": "gone", "tasks": ["t"] })),
        ("ListServiceDeployments", json!({ "cluster": "gone", "service": "s" })),
    ] {
        assert_refused(world.ecs(operation, input), "ClusterNotFoundException");
    }
}

fn tasks() -> World {
    let task = |id: &str, status: &str, family: &str, group: &str| {
        json!({
            "taskArn": format!("{ARN}:task/prod/{id}"),
            "lastStatus": status,
            "taskDefinitionArn": format!("{ARN}:task-definition/{family}:3"),
            "group": group,
            "createdAt": "2026-11-01T00:00:00Z",
            "containers": [{ "name": "c", "image": "i", "imageDigest": digest(1) }],
        })
    };
    with(json!({ "tasks": [
        task("a", "RUNNING", "web", "service:web"),
        task("b", "RUNNING", "job", "family:job"),
        task("c", "STOPPED", "web", "service:web"),
        task("d", "PENDING", "web", "service:web"),
    ] }))
}

#[test]
fn tasks_that_should_run_are_listed_unless_stopped_ones_are_asked_for() {
    let world = tasks();
    let list = |extra: Value| -> Vec<Value> {
        let mut input = extra;
        input["cluster"] = "prod".into();
        world.ecs("ListTasks", input).unwrap()["taskArns"].as_array().unwrap().clone()
    };
    let arns = |ids: &[&str]| -> Vec<Value> {
        ids.iter().map(|id| json!(format!("{ARN}:task/prod/{id}"))).collect()
    };
    assert_eq!(list(json!({})), arns(&["a", "b", "d"]));
    assert_eq!(list(json!({ "desiredStatus": "STOPPED" })), arns(&["c"]));
    assert_eq!(list(json!({ "family": "web" })), arns(&["a", "d"]));
    assert_eq!(list(json!({ "serviceName": "web", "desiredStatus": "STOPPED" })), arns(&["c"]));
}

#[test]
fn tasks_are_described_with_their_digests_and_missing_ones_are_failures() {
    let world = tasks();
    let input = json!({ "cluster": "prod", "tasks": ["a", format!("{ARN}:task/prod/gone")] });
    let answer = world.ecs("DescribeTasks", input).unwrap();
    assert_eq!(answer["tasks"][0]["containers"][0]["imageDigest"], json!(digest(1)));
    assert_eq!(answer["tasks"][0]["createdAt"], 1_793_491_200, "a date becomes a number");
    assert_eq!(column(&answer["failures"], "reason"), [json!("MISSING")]);
    for count in [0, 101] {
        let input = json!({ "cluster": "prod", "tasks": vec!["a"; count] });
        assert_refused(world.ecs("DescribeTasks", input), "InvalidParameterException");
    }
}

#[test]
fn tasks_are_listed_100_a_page() {
    let arn = |it| format!("{ARN}:task/prod/t{it:03}");
    let world = with(json!({ "tasks": rows(101, |it| json!({ "taskArn": arn(it) })) }));
    let input = json!({ "cluster": "prod" });
    assert_eq!(page(&world, "ListTasks", "taskArns", input.clone()), (100, true));
    assert_eq!(all(&world, "ListTasks", "taskArns", &input).len(), 101);
}

fn definitions() -> World {
    let definition = |family: &str, revision: u32, status: &str| {
        json!({
            "taskDefinitionArn": format!("{ARN}:task-definition/{family}:{revision}"),
            "status": status,
            "containerDefinitions": [{ "name": "c", "image": format!("{HOST}/dev/app:v1") }],
        })
    };
    with(json!({ "task_definitions": [
        definition("web", 2, "ACTIVE"),
        definition("web", 10, "ACTIVE"),
        definition("web", 11, "INACTIVE"),
        definition("web-old", 1, "INACTIVE"),
        definition("web-gone", 1, "DELETE_IN_PROGRESS"),
    ] }))
}

#[test]
fn active_revisions_are_listed_in_the_order_of_their_numbers() {
    let world = definitions();
    let list = |input: Value| all(&world, "ListTaskDefinitions", "taskDefinitionArns", &input);
    let arns = |names: &[&str]| -> Vec<Value> {
        names.iter().map(|name| json!(format!("{ARN}:task-definition/{name}"))).collect()
    };
    assert_eq!(list(json!({ "maxResults": 1 })), arns(&["web:2", "web:10"]));
    assert_eq!(list(json!({ "sort": "DESC" })), arns(&["web:10", "web:2"]));
    assert_eq!(list(json!({ "status": "INACTIVE" })), arns(&["web:11", "web-old:1"]));
    let of_family = json!({ "status": "INACTIVE", "familyPrefix": "web" });
    assert_eq!(list(of_family), arns(&["web:11"]));
    assert_eq!(list(json!({ "status": "DELETE_IN_PROGRESS" })), arns(&["web-gone:1"]));
}

#[test]
fn a_page_of_revisions_goes_on_behind_one_that_was_deregistered_meanwhile() {
    let world = definitions();
    let list = |token: &Value| {
        let input = json!({ "maxResults": 1, "nextToken": token });
        world.ecs("ListTaskDefinitions", input).unwrap()
    };
    let first = list(&Value::Null);
    world.ecs("DeregisterTaskDefinition", json!({ "taskDefinition": "web:2" })).unwrap();
    let rest = list(&first["nextToken"]);
    assert_eq!(rest["taskDefinitionArns"], json!([format!("{ARN}:task-definition/web:10")]));
}

#[test]
fn a_family_is_active_while_it_has_an_active_revision() {
    let world = definitions();
    let list = |status: &str| {
        all(&world, "ListTaskDefinitionFamilies", "families", &json!({ "status": status }))
    };
    assert_eq!(list("ACTIVE"), ["web"]);
    assert_eq!(list("INACTIVE"), ["web-gone", "web-old"]);
    assert_eq!(list("ALL"), ["web", "web-gone", "web-old"]);
}

#[test]
fn a_family_means_its_newest_active_revision() {
    let world = definitions();
    let describe =
        |named: &str| world.ecs("DescribeTaskDefinition", json!({ "taskDefinition": named }));
    for (named, revision) in [
        ("web", 10),
        ("web:2", 2),
        ("web:11", 11),
        ("arn:aws:ecs:eu-west-1:111122223333:task-definition/web-old:1", 1),
    ] {
        let definition = &describe(named).unwrap()["taskDefinition"];
        assert_eq!(definition["revision"], revision, "{named}");
        assert!(definition["containerDefinitions"].is_array());
    }
    for named in ["gone", "web:3", "web-old"] {
        assert_refused(describe(named), "ClientException");
    }
}

#[test]
fn deployments_of_a_service_are_listed_20_a_page_in_short() {
    let path = |it| format!("{ARN}:service-deployment/prod/web/{it:03}");
    let revision = format!("{ARN}:service-revision/prod/web/1");
    let world = with(json!({
        "services": [{ "serviceArn": format!("{ARN}:service/prod/web") }],
        "service_deployments": rows(21, |it| json!({
            "serviceDeploymentArn": path(it),
            "status": if it == 20 { "SUCCESSFUL" } else { "STOPPED" },
            "targetServiceRevision": { "arn": revision },
        })),
        "service_revisions": [{ "serviceRevisionArn": revision }],
    }));
    let input = json!({ "cluster": "prod", "service": "web" });
    let first = world.ecs("ListServiceDeployments", input.clone()).unwrap();
    assert_eq!(first["serviceDeployments"].as_array().unwrap().len(), 20);
    assert_eq!(first["serviceDeployments"][0]["targetServiceRevisionArn"], json!(revision));
    assert_eq!(first["serviceDeployments"][0].get("targetServiceRevision"), None);
    assert_eq!(all(&world, "ListServiceDeployments", "serviceDeployments", &input).len(), 21);
    let mut successful = input;
    successful["status"] = json!(["SUCCESSFUL"]);
    let found = world.ecs("ListServiceDeployments", successful).unwrap();
    assert_eq!(column(&found["serviceDeployments"], "serviceDeploymentArn"), [json!(path(20))]);
    let gone = json!({ "cluster": "prod", "service": "gone" });
    assert_refused(world.ecs("ListServiceDeployments", gone), "ServiceNotFoundException");
    for (operation, member) in [
        ("DescribeServiceDeployments", "serviceDeploymentArns"),
        ("DescribeServiceRevisions", "serviceRevisionArns"),
    ] {
        let answer = world.ecs(operation, json!({ member: ["gone"] })).unwrap();
        assert_eq!(column(&answer["failures"], "reason"), [json!("MISSING")]);
        for count in [0, 21] {
            let outcome = world.ecs(operation, json!({ member: vec!["a"; count] }));
            assert_refused(outcome, "InvalidParameterException");
        }
    }
}

/// Registers the next revision of the family `web`, which names an image of `dev/app`.
fn register(world: &World, image: &str) -> Value {
    let containers = json!([{ "name": "c", "image": format!("{HOST}/dev/app:{image}") }]);
    let input = json!({ "family": "web", "containerDefinitions": containers });
    let answer = world.ecs("RegisterTaskDefinition", input).unwrap();
    answer["taskDefinition"]["taskDefinitionArn"].clone()
}

fn move_tag(world: &World, tag: &str) {
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
    });
    let input = json!({ "imageManifest": manifest.to_string(), "imageTag": tag });
    world.app("PutImage", input).unwrap();
}

fn running(world: &World) -> Vec<Value> {
    let listed = world.ecs("ListTasks", json!({ "cluster": "prod" })).unwrap();
    if listed["taskArns"] == json!([]) {
        return Vec::new();
    }
    let input = json!({ "cluster": "prod", "tasks": listed["taskArns"] });
    let tasks = world.ecs("DescribeTasks", input).unwrap();
    tasks["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["containers"][0]["imageDigest"].clone())
        .collect()
}

#[test]
fn revisions_of_a_family_are_numbered_and_stay_when_they_are_deregistered() {
    let world = definitions();
    assert_eq!(register(&world, "v1"), format!("{ARN}:task-definition/web:12"));
    let input = json!({ "taskDefinition": "web:12" });
    world.ecs("DeregisterTaskDefinition", input.clone()).unwrap();
    let found = world.ecs("DescribeTaskDefinition", input).unwrap();
    assert_eq!(found["taskDefinition"]["status"], "INACTIVE");
}

fn service() -> World {
    let world = with(json!({}));
    world.ecs("CreateCluster", json!({ "clusterName": "prod" })).unwrap();
    register(&world, "v1");
    let input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2,
    });
    world.ecs("CreateService", input).unwrap();
    world
}

fn update(world: &World, extra: Value) -> Result<Value, Refusal> {
    let mut input = extra;
    input["cluster"] = "prod".into();
    input["service"] = "web".into();
    world.ecs("UpdateService", input)
}

fn revision(world: &World) -> Value {
    let input = json!({ "cluster": "prod", "services": ["web"] });
    let services = world.ecs("DescribeServices", input).unwrap();
    let arn = &services["services"][0]["currentServiceRevisions"][0]["arn"];
    let input = json!({ "serviceRevisionArns": [arn] });
    world.ecs("DescribeServiceRevisions", input).unwrap()["serviceRevisions"][0].clone()
}

#[test]
fn a_service_pins_the_digest_that_its_tag_had_when_it_was_deployed() {
    let world = service();
    let pinned = json!(digest(1));
    assert_eq!(running(&world), [pinned.clone(), pinned.clone()]);
    assert_eq!(revision(&world)["containerImages"][0]["imageDigest"], pinned);
    move_tag(&world, "v1");
    update(&world, json!({ "desiredCount": 3 })).unwrap();
    assert_eq!(running(&world), [pinned.clone(), pinned.clone(), pinned.clone()]);
    update(&world, json!({ "forceNewDeployment": true })).unwrap();
    assert_eq!(running(&world).len(), 3);
    assert!(!running(&world).contains(&pinned));
    assert_ne!(revision(&world)["containerImages"][0]["imageDigest"], pinned);
}

#[test]
fn a_deployment_knows_the_revision_that_it_replaced() {
    let world = service();
    let before = revision(&world)["serviceRevisionArn"].clone();
    register(&world, "v2");
    update(&world, json!({ "taskDefinition": "web" })).unwrap();
    let input = json!({ "cluster": "prod", "service": "web" });
    let listed = world.ecs("ListServiceDeployments", input).unwrap();
    assert_eq!(listed["serviceDeployments"].as_array().unwrap().len(), 2);
    let input = json!({ "cluster": "prod", "services": ["web"] });
    let services = world.ecs("DescribeServices", input).unwrap();
    let current = &services["services"][0]["currentServiceDeployment"];
    let input = json!({ "serviceDeploymentArns": [current] });
    let deployment = world.ecs("DescribeServiceDeployments", input).unwrap();
    let source = &deployment["serviceDeployments"][0]["sourceServiceRevisions"];
    assert_eq!(column(source, "arn"), [before]);
}

#[test]
fn a_service_that_runs_nothing_resolves_nothing() {
    let world = service();
    register(&world, "v2");
    update(&world, json!({ "taskDefinition": "web", "desiredCount": 0 })).unwrap();
    assert_eq!(running(&world), [] as [Value; 0]);
    assert_eq!(revision(&world)["containerImages"][0].get("imageDigest"), None);
}

#[test]
fn a_task_runs_on_the_digest_of_its_start_and_is_seen_when_it_stopped() {
    let world = service();
    let run = json!({ "cluster": "prod", "taskDefinition": "web", "startedBy": "me" });
    let task = world.ecs("RunTask", run).unwrap()["tasks"][0].clone();
    assert_eq!(task["containers"][0]["imageDigest"], json!(digest(1)));
    let stop = json!({ "cluster": "prod", "task": task["taskArn"] });
    world.ecs("StopTask", stop).unwrap();
    let stopped = json!({ "cluster": "prod", "desiredStatus": "STOPPED" });
    assert_eq!(world.ecs("ListTasks", stopped).unwrap()["taskArns"], json!([task["taskArn"]]));
}

#[test]
fn an_image_that_is_elsewhere_or_gone_has_no_digest() {
    let world = service();
    register(&world, "gone");
    let run = json!({ "cluster": "prod", "taskDefinition": "web" });
    let task = world.ecs("RunTask", run).unwrap()["tasks"][0].clone();
    assert_eq!(task["containers"][0].get("imageDigest"), None);
}
