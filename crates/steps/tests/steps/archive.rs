//! Writes a folder of the archive: run stores as this version writes them, which every later
//! version must read.
//!
//! ```text
//! ECR_SWEEP_ARCHIVE=2 cargo test -p ecr-sweep-steps --test steps -- --ignored the_archive
//! ```
//!
//! But for the ids of requests it is the same whenever it is written. A folder that is there is
//! never written again.

use std::fs;
use std::path::{Path, PathBuf};

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_core::Digest;
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::{ApprovalAnswer, StopWish, sha256};
use ecr_sweep_protocol::functions::{Caught, DeleteBatchCall, NotifyCall};
use ecr_sweep_steps::functions::{Approval, NotifySettings, notify};
use ecr_sweep_steps::{
    RecordRequest, RunOptions, ask_to_stop, plan_one, recheck_planned, record, sweep_planned,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::archiving::have_back;
use crate::functions::Execution;
use crate::vaulting::{restore_all, vaulting};
use crate::world::{
    ACCOUNT, HOST, REGION, World, app, definition, draft, error, fault, id, in_registry, now, old,
    organization, place, policy, small,
};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:ecr-sweep";

#[tokio::test]
#[ignore = "writes tests/archive"]
async fn the_archive() {
    assert!(!archive().exists(), "{} is there: name the next one", archive().display());
    dry_run().await;
    failures().await;
    denied_place().await;
    approval().await;
    grace().await;
    limits().await;
    recheck().await;
    refused().await;
    handed_in().await;
    undone().await;
    archived().await;
    sizes().await;
}

/// Several repositories, a function that runs a digest, a task definition that names what is not
/// there, and a second Region.
fn varied() -> Snapshot {
    let repository = |name: &str, first: u32| json!({ "name": name, "images": [old(first, &["v1"]), old(first + 1, &["v2"]), old(first + 2, &[])] });
    let mut unreadable = old(51, &["index"]);
    unreadable["media_type"] = json!(ecr_sweep_core::MediaType::OciIndex);
    unreadable["children"] = json!([draft(52)]);
    let mut definitions = definition();
    definitions["task_definitions"].as_array_mut().unwrap().push(json!({
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/gone:3"),
        "containerDefinitions": [{ "name": "main", "image": format!("{HOST}/dev/app:gone") }],
    }));
    let repositories = json!([
        app(),
        repository("dev/denied", 31),
        repository("dev/refused", 41),
        { "name": "dev/unreadable", "images": [unreadable, old(52, &[]), old(53, &["v1"])] },
        repository("team/web", 61),
        { "name": "prod/api", "images": [old(21, &["v1"])] },
    ]);
    let mut snapshot = serde_json::to_value(organization(&repositories, &definitions)).unwrap();
    snapshot["workloads"]["regions"] = json!([REGION, "us-east-1"]);
    snapshot["workloads"]["lambda"] = json!([{
        "account": ACCOUNT,
        "region": REGION,
        "functions": [{
            "Configuration": { "FunctionName": "resize", "Version": "3" },
            "Code": {
                "ImageUri": format!("{HOST}/team/web:v1"),
                "ResolvedImageUri": format!("{HOST}/team/web@{}", draft(61)),
            },
        }],
    }]);
    serde_json::from_value(snapshot).unwrap()
}

const ALL: &str = r#"
repositories:
  - match: { name: ["dev/*", "team/*"] }
    keep: { newest: 1, tags: ["stable*"] }
"#;

async fn world(snapshot: Snapshot) -> World {
    let mut world = World::start(snapshot).await;
    world.policy = policy("", ALL);
    world
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// A plan of everything, one image explained, and a snapshot.
async fn dry_run() {
    let world = world(varied()).await;
    world.dry_run("dry-run").await;
    world.clock.advance(hours(1));
    plan_one(&world.environment(), &id("explained"), world.options(), &in_registry("team/web"))
        .await
        .unwrap();
    let policy = read("policy.yaml", &world.policy, Use::Live).unwrap().policy;
    let request = RecordRequest { policy, ..RecordRequest::default() };
    let snapshot = record(&world.environment(), request).await.unwrap();
    keep(&world, "dry-run");
    let text = serde_json::to_string_pretty(&snapshot).unwrap();
    fs::write(archive().join("snapshot.json"), text + "\n").unwrap();
}

/// A sweep in which a repository cannot be read, one may not be deleted from, one has a manifest
/// that cannot be read, and the registry refuses one image.
async fn failures() {
    let world = world(varied()).await;
    let of = |object: &str, operation: &str, effect| Fault {
        object: Some(object.to_owned()),
        ..fault(operation, effect)
    };
    let refusal = |digest: Digest, code: &str| Effect::FailImages {
        digests: vec![digest],
        code: code.to_owned(),
        reason: "not this one".to_owned(),
    };
    world.simulator.set_faults(vec![
        of("dev/denied", "ecr:DescribeImages", error("AccessDeniedException")),
        of("dev/refused", "ecr:BatchDeleteImage", error("AccessDeniedException")),
        of("dev/unreadable", "ecr:BatchGetImage", refusal(world.digest(51), "ImageInaccessible")),
        of(
            "dev/app",
            "ecr:BatchDeleteImage",
            refusal(world.digest(2), "ImageReferencedByManifestList"),
        ),
    ]);
    world.sweep("failures").await;
    // The rest of that plan, in a world that is whole again.
    world.simulator.set_faults(Vec::new());
    world.clock.advance(hours(1));
    world.sweep("afterwards").await;
    keep(&world, "failures");
}

/// A sweep that may not look at one Region.
async fn denied_place() {
    let world = world(varied()).await;
    world.simulator.set_faults(vec![Fault {
        region: Some("us-east-1".parse().unwrap()),
        ..fault("ecs:ListClusters", error("AccessDeniedException"))
    }]);
    world.sweep("denied-place").await;
    keep(&world, "denied-place");
}

/// What the functions write when somebody approves a plan, and when somebody rejects one.
async fn approval() {
    let world = world(small()).await;
    world.dry_run("approved").await;
    world.dry_run("rejected").await;
    let execution = Execution { approval: Approval::Required, ..Execution::of(&world) };
    let settings = NotifySettings { topic_arn: TOPIC.to_owned(), channels: Vec::new() };
    for (run, approved) in [("approved", true), ("rejected", false)] {
        let state = execution.of_plan(run, false).await.unwrap();
        let plan_digest =
            sha256(&fs::read(world.path(&format!("sweeps/{run}/summary.json"))).unwrap());
        let task_token = format!("token-of-{run}");
        let ask = NotifyCall::Ask { run: state.run.clone(), task_token, plan_digest };
        // The question is stored, and then told; the simulator has nobody to tell.
        notify(&execution.host, &settings, ask).await.unwrap_err();
        world.clock.advance(hours(1));
        let by = "arn:aws:iam::111122223333:user/ada".into();
        let at = world.run(run).now();
        let answer = ApprovalAnswer { approved, by, at, plan_digest, proof: None };
        if approved {
            let state = execution.begin(state, ARN, Some(answer)).await.unwrap();
            execution.see_and_plan(&state).await;
            for repository in execution.repositories(&state) {
                let (run, token) = (state.run.clone(), state.token.unwrap());
                let call = DeleteBatchCall::Delete { run, token, repository, cursor: None };
                execution.delete_batch(call).await.unwrap();
            }
            execution.delete_batch(DeleteBatchCall::Finish { state: state.clone() }).await.unwrap();
            let call = NotifyCall::JudgeDeletion { run: state.run };
            notify(&execution.host, &settings, call).await.unwrap();
        } else {
            execution.begin(state.clone(), ARN, Some(answer)).await.unwrap_err();
            let error = Caught {
                error: "Rejected".into(),
                cause: "arn:aws:iam::111122223333:user/ada rejected it".into(),
            };
            let call = NotifyCall::Refused { run: state.run, error };
            notify(&execution.host, &settings, call).await.unwrap();
        }
    }
    keep(&world, "approval");
}

/// A run that only remembers what it would delete, and one a week later that deletes it.
async fn grace() {
    let mut world = world(small()).await;
    world.policy = policy("", &format!("{ALL}    grace: 7d\n"));
    world.sweep("remembers").await;
    world.clock.advance(hours(8 * 24));
    world.sweep("deletes").await;
    keep(&world, "grace");
}

/// A run that would delete too much, and one that deletes as much as it may.
async fn limits() {
    let mut world = world(small()).await;
    world.policy = policy("limits: { images: 5 }", ALL);
    world.sweep("blocked").await;
    world.clock.advance(hours(1));
    world.policy = policy("limits: { images: 5, on_exceed: oldest_first }", ALL);
    world.sweep("trimmed").await;
    keep(&world, "limits");
}

/// A stored plan checked again after an image was pulled, and swept after that.
async fn recheck() {
    let world = world(small()).await;
    world.dry_run("checked").await;
    world.dry_run("swept").await;
    world.clock.advance(hours(1));
    world.somebody().pulls(world.digest(1)).await;
    recheck_planned(&world.environment(), &id("checked")).await.unwrap();
    world.sweep_planned("swept").await.unwrap();
    keep(&world, "recheck");
}

/// A sweep that nobody confirmed, and a plan that got too old.
async fn refused() {
    let world = world(small()).await;
    world.dry_run("not-confirmed").await;
    world.dry_run("too-old").await;
    sweep_planned(&world.environment(), &id("not-confirmed"), async |_| false).await.unwrap();
    world.clock.advance(hours(24 * 365));
    world.sweep_planned("too-old").await.unwrap_err();
    keep(&world, "refused");
}

/// A plan that takes a usage file into account.
async fn handed_in() {
    const FILE: &str = "../../target/tmp/handed-in.json";
    let mut world = world(small()).await;
    let file = json!({
        "schema_version": 1, "taken_at": now(),
        "scanned": [{
            "account": ACCOUNT, "region": REGION, "cluster": "blue", "source": "kubernetes",
            "complete": true, "found": 3, "references": 1,
        }],
        "usage": [{
            "account": ACCOUNT, "region": REGION, "cluster": "blue", "source": "kubernetes-pod",
            "arn": "blue/shop/pod/web", "reference": format!("{HOST}/dev/app:v1"),
        }],
    });
    fs::write(FILE, file.to_string()).unwrap();
    let files = format!("usage: {{ files: [{{ path: {FILE}, max_age: 1d }}] }}");
    let off = "source: files, reason";
    world.policy = policy(&files, ALL).replace(off, "source: ecs, regions: [eu-south-1], reason");
    world.dry_run("handed-in").await;
    keep(&world, "handed-in");
}

/// A sweep that copies what goes to the vault, all of it put back, and a run that somebody stopped.
async fn undone() {
    let world = vaulting().await;
    world.sweep("r1").await;
    world.clock.advance(hours(1));
    restore_all(&world).await;
    world.dry_run("stopped").await;
    let wish = StopWish { by: "Ada".into(), at: world.environment().now(), found: None };
    ask_to_stop(&*world.environment().store, &id("stopped"), &wish).await.unwrap();
    keep(&world, "undone");
    // They are no documents.
    fs::remove_dir_all(archive().join("undone/vault/blobs")).unwrap();
}

/// What is archived first, comes back in part, and is deleted later.
async fn archived() {
    let mut world = world(small()).await;
    world.policy = policy("", &format!("{ALL}    action: {{ archive_for: 90d }}\n"));
    world.sweep("archives").await;
    world.clock.advance(hours(1));
    have_back(&world, "archives", &[4], false).await;
    world.clock.advance(hours(24 * 90));
    world.sweep("deletes").await;
    keep(&world, "archived");
}

fn archive() -> PathBuf {
    let name = std::env::var("ECR_SWEEP_ARCHIVE").expect("ECR_SWEEP_ARCHIVE names the folder");
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/archive").join(name)
}

/// Keeps the run store of a world.
fn keep(world: &World, name: &str) {
    let store = world.path("");
    copy(&store, &archive().join(name), store.to_str().unwrap().trim_end_matches('/'));
}

/// But for pages: they are no documents, and nobody reads them again. Notices name the store, which is
/// another one each time.
fn copy(from: &Path, to: &Path, store: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "report" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, store);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            fs::write(target, text.replace(store, "/store")).unwrap();
        }
    }
}

/// A plan with exact sizes, but for an image that cannot be read, and at a price that is given.
async fn sizes() {
    let mut world = world(varied()).await;
    world.policy = policy("sizes: exact", ALL);
    let user = format!("arn:aws:iam::{ACCOUNT}:user/simulated");
    world.simulator.exclude_from_pull_times(&place(), &user);
    let effect = Effect::FailImages {
        digests: vec![world.digest(61)],
        code: "KmsError".to_owned(),
        reason: "not this one".to_owned(),
    };
    world.fault("ecr:BatchGetImage", effect);
    let options = RunOptions { prices: vec!["ecr=0.08".parse().unwrap()], ..world.options() };
    ecr_sweep_steps::dry_run(&world.environment(), &id("exact"), options).await.unwrap();
    keep(&world, "sizes");
}
