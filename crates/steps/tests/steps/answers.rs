//! Every answer that a sweep is given, one at a time, lacks something: what is used stays, and the
//! run does not end as if nothing had been wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ecr_sweep_aws_sim::{Effect, Fault, GivenAnswer, Lack, SimulatorOptions};
use ecr_sweep_core::{Digest, Place};
use ecr_sweep_protocol::documents::RunSummary;
use ecr_sweep_protocol::{ExitCode, Snapshot};
use ecr_sweep_steps::{StepError, dry_run};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, HOST, REGION, World, draft, id, now, old, place, policy};

const OTHER: &str = "444455556666";
const THIRD: &str = "777788889999";
const OTHER_REGION: &str = "us-east-1";

/// Two accounts are swept. Nothing is in the second Region, nor in the third account.
const SETTINGS: &str = r#"
    - { regions: ["us-east-1"], reason: "nothing is there", even_if_used: true }
    - { accounts: ["777788889999"], reason: "nothing is there" }
  role: EcrSweepRead
  consumers: organization
  registries: { accounts: ["111122223333", "444455556666"] }
"#;

const RULES: &str = r#"
repositories:
  - match: { name: ["dev/*"], tags: { keep: "all" } }
    keep: { pushed_within: 1000d }
  - match: { name: ["dev/*"] }
    keep: { newest: 1 }
"#;

/// The services that have something here, and adapters of their own. All others are read by rows, of
/// which the adapters' tests take each answer apart.
const WITH_ADAPTERS: [&str; 6] = ["account", "ecr", "ecs", "lambda", "organizations", "sts"];

/// Members that say where the next page is: without one there is none, and nobody can tell.
const TOKENS: [&str; 3] = ["nextToken", "NextToken", "NextMarker"];

fn arn(account: &str, resource: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{account}:{resource}")
}

fn image(tag: &str) -> String {
    format!("{HOST}/dev/app:{tag}")
}

fn definition(account: &str, name: &str, tag: &str) -> Value {
    json!({
        "taskDefinitionArn": arn(account, &format!("task-definition/{name}")),
        "containerDefinitions": [{ "name": "app", "image": image(tag) }],
    })
}

/// What runs, or may, at home.
fn containers() -> Value {
    let task = |id: &str, number: u32| {
        json!({
            "taskArn": arn(ACCOUNT, &format!("task/main/{id}")),
            "lastStatus": "RUNNING",
            "taskDefinitionArn": arn(ACCOUNT, "task-definition/web:1"),
            "containers": [
                { "name": "app", "image": image("gone"), "imageDigest": draft(number) },
            ],
        })
    };
    json!({
        "account": ACCOUNT,
        "region": REGION,
        "task_definitions": [
            definition(ACCOUNT, "web:1", "defined-1"),
            definition(ACCOUNT, "web:2", "defined-2"),
            definition(ACCOUNT, "job:1", "defined-3"),
        ],
        "tasks": [task("t1", 14), task("t2", 15), task("t3", 16)],
        "services": [{
            "serviceArn": arn(ACCOUNT, "service/main/web"),
            "deployments": [
                { "id": "ecs-svc/1", "taskDefinition": arn(ACCOUNT, "task-definition/web:1") },
            ],
            "currentServiceDeployment": arn(ACCOUNT, "service-deployment/main/web/1"),
            "currentServiceRevisions": [{ "arn": arn(ACCOUNT, "service-revision/main/web/1") }],
        }],
        "service_deployments": [{
            "serviceDeploymentArn": arn(ACCOUNT, "service-deployment/main/web/1"),
            "status": "SUCCESSFUL",
            "targetServiceRevision": { "arn": arn(ACCOUNT, "service-revision/main/web/1") },
        }],
        "service_revisions": [{
            "serviceRevisionArn": arn(ACCOUNT, "service-revision/main/web/1"),
            "taskDefinition": arn(ACCOUNT, "task-definition/web:1"),
            "containerImages": [
                { "containerName": "app", "image": image("gone"), "imageDigest": draft(17) },
            ],
        }],
        "daemons": [{
            "daemonArn": arn(ACCOUNT, "daemon/main/agent"),
            "currentRevisions": [{ "arn": arn(ACCOUNT, "daemon-revision/main/agent/1") }],
            "deploymentArn": arn(ACCOUNT, "daemon-deployment/main/agent/1"),
        }],
        "daemon_deployments": [{
            "daemonDeploymentArn": arn(ACCOUNT, "daemon-deployment/main/agent/1"),
            "status": "SUCCESSFUL",
            "targetDaemonRevision": { "arn": arn(ACCOUNT, "daemon-revision/main/agent/1") },
        }],
        "daemon_revisions": [{
            "daemonRevisionArn": arn(ACCOUNT, "daemon-revision/main/agent/1"),
            "daemonTaskDefinitionArn": arn(ACCOUNT, "daemon-task-definition/agent:1"),
            "containerImages": [
                { "containerName": "app", "image": image("gone"), "imageDigest": draft(20) },
            ],
        }],
        "daemon_task_definitions": [{
            "daemonTaskDefinitionArn": arn(ACCOUNT, "daemon-task-definition/agent:1"),
            "containerDefinitions": [{ "name": "app", "image": image("daemon") }],
        }],
    })
}

fn function(version: &str, tag: &str, number: u32) -> Value {
    json!({
        "Configuration": {
            "FunctionName": "api",
            "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:api:{version}"),
            "Version": version,
            "PackageType": "Image",
            "CodeSha256": format!("code-{version}"),
            "RevisionId": format!("revision-{version}"),
        },
        "Code": {
            "ImageUri": image(tag),
            "ResolvedImageUri": format!("{HOST}/dev/app@{}", draft(number)),
        },
    })
}

fn registries() -> Value {
    let mut index = old(4, &["v4"]);
    index["media_type"] = "application/vnd.oci.image.index.v1+json".into();
    index["children"] = json!([draft(5), draft(6)]);
    let mut signature = old(7, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(8));
    let mut newest = old(3, &["v3"]);
    newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
    let app = json!({ "name": "dev/app", "allows": [OTHER], "images": [
        old(1, &["v1"]), old(2, &["v2"]), newest, index, old(5, &[]), old(6, &[]), signature,
        old(8, &["far"]),
        old(11, &["defined-1"]), old(12, &["defined-2"]), old(13, &["defined-3"]),
        old(14, &[]), old(15, &[]), old(16, &[]), old(17, &[]),
        old(18, &["f1"]), old(19, &["f2"]), old(20, &[]), old(21, &["daemon"]),
    ] });
    let safe = json!({ "name": "dev/safe", "tags": { "keep": "all" }, "images": [
        old(31, &["v1"]), old(32, &["v2"]),
    ] });
    let member = json!({ "name": "dev/member", "images": [old(41, &["v1"]), old(42, &["v2"])] });
    json!([
        { "account": ACCOUNT, "region": REGION, "repositories": [app, safe] },
        { "account": OTHER, "region": REGION, "repositories": [member] },
    ])
}

/// Each way in which something is named, names an image that nothing else keeps.
fn organization() -> Snapshot {
    let elsewhere = json!({
        "account": OTHER,
        "region": REGION,
        "task_definitions": [definition(OTHER, "far:1", "far")],
    });
    serde_json::from_value(json!({
        "schema_version": 1,
        "taken_at": now(),
        "home": place(),
        "registries": registries(),
        "usage": [],
        "coverage": "complete",
        "workloads": {
            "regions": [REGION, OTHER_REGION],
            "ecs": [containers(), elsewhere, { "account": THIRD, "region": REGION }],
            "lambda": [{ "account": ACCOUNT, "region": REGION, "functions": [
                function("$LATEST", "f1", 18), function("1", "f2", 19),
            ] }],
        },
    }))
    .unwrap()
}

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    DryRun,
    Sweep,
}

/// What a run came to.
pub(crate) struct Ended {
    /// None if it stopped with an error.
    pub(crate) code: Option<ExitCode>,
    pub(crate) answers: Vec<GivenAnswer>,
    pub(crate) images: BTreeSet<(Place, String, Digest)>,
    pub(crate) documents: BTreeMap<String, String>,
}

pub(crate) async fn run(form: Form, faults: Vec<Fault>) -> Ended {
    let options = SimulatorOptions {
        faults,
        rows_a_page: Some(2),
        remembers_answers: true,
        ..SimulatorOptions::default()
    };
    let mut world = World::with(organization(), options).await;
    world.policy = policy(SETTINGS.trim_start_matches('\n'), RULES);
    let ended: Result<RunSummary, StepError> = match form {
        Form::DryRun => dry_run(&world.environment(), &id("r1"), world.options()).await,
        Form::Sweep => world.try_sweep("r1").await,
    };
    let mut documents = BTreeMap::new();
    read_folder(&world.path(""), "", &mut documents);
    let repositories = [(place(), "dev/app"), (place(), "dev/safe"), (other(), "dev/member")];
    let images = repositories.into_iter().flat_map(|(place, name)| {
        let images = world.simulator.images(&place, name).unwrap();
        images.into_iter().map(move |image| (place.clone(), name.to_owned(), image.digest))
    });
    Ended {
        code: ended.ok().map(|summary| summary.ending.into()),
        answers: world.simulator.answers(),
        images: images.collect(),
        documents,
    }
}

fn other() -> Place {
    Place { account: OTHER.parse().unwrap(), region: REGION.parse().unwrap() }
}

fn read_folder(folder: &Path, name: &str, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_folder(&path, &name, into);
        } else {
            let document = std::fs::read_to_string(&path).unwrap();
            let document = if name == "/lock.json" { without_holder(&document) } else { document };
            into.insert(name, document);
        }
    }
}

/// The lock without the name of the process that had it: each has another one.
fn without_holder(lock: &str) -> String {
    let mut lock: Value = serde_json::from_str(lock).unwrap();
    lock.as_object_mut().unwrap().remove("holder");
    lock.to_string()
}

/// All that an answer can lack.
fn lacks(answer: &GivenAnswer) -> Vec<Lack> {
    let (service, _) = answer.operation.split_once(':').unwrap();
    if !WITH_ADAPTERS.contains(&service) {
        return vec![Lack::Members];
    }
    let mut lacks = vec![Lack::Members, Lack::Body, Lack::Answer];
    let Ok(Value::Object(members)) = serde_json::from_str(&answer.body) else {
        let names = ["Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"];
        lacks.extend(names.map(|name| Lack::Member(name.to_owned())));
        return lacks;
    };
    for (name, value) in members.into_iter().filter(|(name, _)| !TOKENS.contains(&&**name)) {
        lacks.extend([Lack::Member(name.clone()), Lack::Value(name.clone())]);
        if value.as_array().is_some_and(|items| !items.is_empty()) {
            lacks.extend([Lack::Item(name.clone()), Lack::ItemsMembers(name)]);
        }
    }
    lacks
}

/// Each request of a run, with the first answer to it and how often it was made.
fn requests(answers: Vec<GivenAnswer>) -> Vec<(GivenAnswer, u64)> {
    let mut requests: BTreeMap<(String, Place, String), (GivenAnswer, u64)> = BTreeMap::new();
    for answer in answers {
        let key = (answer.operation.clone(), answer.place.clone(), answer.request.clone());
        requests.entry(key).or_insert((answer, 0)).1 += 1;
    }
    requests.into_values().collect()
}

/// Of each operation one request for a first page, for one in the middle, for a last one and for
/// all at once, wherever they were made.
fn one_of_each_page(requests: Vec<(GivenAnswer, u64)>) -> Vec<(GivenAnswer, u64)> {
    let is_named = |text: &str| TOKENS.iter().chain(&["Marker"]).any(|name| text.contains(name));
    let mut pages = BTreeMap::new();
    for (answer, times) in requests {
        let page = (answer.operation.clone(), is_named(&answer.request), is_named(&answer.body));
        let is_richer = |known: &(GivenAnswer, u64)| known.0.body.len() < answer.body.len();
        if pages.get(&page).is_none_or(is_richer) {
            pages.insert(page, (answer, times));
        }
    }
    pages.into_values().collect()
}

/// One answer that lacks something: each time that it is given, or the last time only, which is
/// when everything is looked at again before it goes.
#[derive(Debug, Clone)]
struct Case {
    form: Form,
    answer: GivenAnswer,
    lack: Lack,
    after: u64,
}

impl Case {
    fn of(form: Form, requests: &[(GivenAnswer, u64)]) -> Vec<Self> {
        let mut cases = Vec::new();
        for (answer, times) in requests {
            for lack in lacks(answer) {
                let case = Self { form, answer: answer.clone(), lack, after: 0 };
                if *times > 1 {
                    cases.push(Self { after: times - 1, ..case.clone() });
                }
                cases.push(case);
            }
        }
        cases
    }

    fn fault(&self) -> Fault {
        Fault {
            operation: self.answer.operation.parse().unwrap(),
            account: Some(self.answer.place.account.clone()),
            region: Some(self.answer.place.region.clone()),
            object: Some(self.answer.request.clone()),
            after: self.after,
            times: None,
            effect: Effect::Lack(self.lack.clone()),
        }
    }

    /// What is wrong with how it ended, if anything is.
    async fn check(self, whole: &Ended) -> Option<String> {
        let ended = run(self.form, vec![self.fault()]).await;
        if !ended.images.is_superset(&whole.images) {
            return Some(format!("what is kept is gone: {self:?}"));
        }
        let is_done = ended.code == Some(ExitCode::Done);
        (is_done && ended.documents != whole.documents)
            .then(|| format!("it ended as if nothing had been wrong: {self:?}"))
    }
}

/// Runs all of these, a few at a time.
async fn check(whole: &Ended, cases: Vec<Case>) {
    let count = cases.len();
    let wrong: Vec<String> = stream::iter(cases)
        .map(|case| case.check(whole))
        .buffer_unordered(4)
        .filter_map(async |wrong| wrong)
        .collect()
        .await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

async fn whole(form: Form) -> (Ended, Vec<(GivenAnswer, u64)>) {
    let whole = run(form, Vec::new()).await;
    assert_eq!(whole.code, Some(ExitCode::Done), "{form:?}");
    let requests = requests(whole.answers.clone());
    (whole, requests)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_that_is_tampered_with_calls_everything_and_deletes_what_nothing_uses() {
    let (whole, requests) = whole(Form::Sweep).await;
    let operations: BTreeSet<&str> =
        requests.iter().map(|(answer, _)| &*answer.operation).collect();
    assert!(operations.len() >= 29, "{operations:?}");
    let images =
        |repository: &str| whole.images.iter().filter(|(_, name, _)| name == repository).count();
    // 1, 2, and an index with what it lists; the older one of the member's.
    assert_eq!(["dev/app", "dev/safe", "dev/member"].map(images), [19 - 5, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_lacks_something_costs_no_image_that_is_used() {
    let (whole, requests) = whole(Form::Sweep).await;
    let mut cases = Case::of(Form::Sweep, &one_of_each_page(requests));
    cases.retain(|case| case.after == 0 || case.lack == Lack::Members);
    check(&whole, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_that_is_not_told_everything_does_not_end_as_if_it_were() {
    let (whole, requests) = whole(Form::DryRun).await;
    let mut cases = Case::of(Form::DryRun, &one_of_each_page(requests));
    cases.retain(|case| case.lack == Lack::Members);
    check(&whole, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn no_answer_at_all_that_lacks_anything_costs_an_image_that_is_used() {
    for form in [Form::DryRun, Form::Sweep] {
        let (whole, requests) = whole(form).await;
        check(&whole, Case::of(form, &requests)).await;
    }
}
