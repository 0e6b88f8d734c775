//! Usage files in a bucket: one that cannot be relied on deletes nothing.

use ecr_sweep_aws::store::{RunStore as _, S3Location, S3Store};
use ecr_sweep_aws_sim::{SimulatorOptions, read_faults};
use ecr_sweep_core::{BlockCode, CoverageRow, CoverageStatus, Remedy, Source};
use ecr_sweep_protocol::{Ending, ExitCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, HOST, KEEP_ONE, REGION, World, changing_calls, now, old, organization, policy,
};

const BUCKET: &str = "usage-files";
const PATH: &str = "s3://usage-files/in/*.json";

/// Six images, of which only the newest is kept by a rule, and a bucket with two keys a page.
async fn world() -> World {
    let images: Vec<Value> = (1..=6).map(|number| old(number, &[&format!("v{number}")])).collect();
    let snapshot = organization(&json!([{ "name": "dev/app", "images": images }]), &json!({}));
    let mut world = World::with(
        snapshot,
        SimulatorOptions {
            buckets: [BUCKET.to_owned()].into(),
            rows_a_page: Some(2),
            ..SimulatorOptions::default()
        },
    )
    .await;
    let files = format!("usage: {{ files: [{{ path: \"{PATH}\", max_age: 1d }}] }}\n");
    let off = "    - { source: braket, reason: not used }";
    let policy = policy(off, &format!("{files}{KEEP_ONE}"));
    world.policy = policy
        .lines()
        .filter(|line| !line.contains("source: files"))
        .collect::<Vec<_>>()
        .join("\n");
    world
}

/// A scan of a cluster that EKS does not have: it runs an image.
fn scan(cluster: &str, tags: &[&str]) -> String {
    let with = |more: Value| {
        let mut all = json!({ "account": ACCOUNT, "region": REGION, "cluster": cluster });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let scanned = with(json!({
        "source": "kubernetes", "complete": true, "found": 9, "references": tags.len(),
    }));
    let usage = tags.iter().map(|tag| {
        with(json!({
            "source": "kubernetes-pod", "arn": format!("{cluster}/shop/pod/{tag}"),
            "reference": format!("{HOST}/dev/app:{tag}"),
        }))
    });
    let usage: Vec<Value> = usage.collect();
    json!({ "schema_version": 1, "taken_at": now(), "scanned": [scanned], "usage": usage })
        .to_string()
}

async fn put(world: &World, name: &str, text: &str) {
    let bucket = S3Store::new(&world.sessions, S3Location::new(BUCKET, "").unwrap());
    bucket.put(&format!("in/{name}.json"), text.into()).await.unwrap();
    world.simulator.reset_counts();
}

/// A sweep deletes nothing, for this reason.
async fn deletes_nothing(world: &World, run: &str, why: &str, file: &str) {
    let summary = world.sweep(run).await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted, "{why}");
    assert_eq!(changing_calls(&world.simulator.counts()), [].into(), "{why}");
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::IncompleteUsage, "{why}");
    let [CoverageRow { source, status, reason, remedies, .. }] = &summary.incomplete[..] else {
        panic!("{why}: {:?}", summary.incomplete)
    };
    assert_eq!((*source, *status), (Source::Files, CoverageStatus::Failed), "{why}");
    let reason = reason.as_deref().unwrap();
    assert!(reason.contains(why) && reason.contains(file), "{why}: {reason}");
    assert_eq!(*remedies, [Remedy::HandIn { file: file.into() }], "{why}");
}

#[tokio::test]
async fn what_files_in_a_bucket_name_is_kept_on_whatever_page_they_are() {
    let world = world().await;
    for (name, tag) in [("a", "v1"), ("b", "v2"), ("c", "v3"), ("d", "v4"), ("e", "v5")] {
        put(&world, name, &scan(name, &[tag])).await;
    }
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 0));
    assert_eq!(world.simulator.count("s3:ListObjectsV2"), 3);
    assert_eq!(world.simulator.count("s3:GetObject"), 5);
    put(&world, "c", &scan("c", &["v2"])).await;
    let summary = world.sweep("r2").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 1));
    assert_eq!(world.images("dev/app"), world.digests(&[1, 2, 4, 5, 6]));
}

#[tokio::test]
async fn files_in_a_bucket_that_cannot_be_relied_on_delete_nothing() {
    let c = "s3://usage-files/in/c.json";
    let whole = scan("c", &["v3"]);
    for (text, why) in [
        (&whole[..whole.len() - 1], "EOF while parsing"),
        ("", "it is empty"),
        ("[1]", "expected"),
        (&whole.replace("\"references\":1", "\"references\":2"), "2"),
        (&whole.replace("2026-", "2025-"), "older than 1d"),
    ] {
        let world = world().await;
        for name in ["a", "b"] {
            put(&world, name, &scan(name, &["v1"])).await;
        }
        put(&world, "c", text).await;
        deletes_nothing(&world, "r1", why, c).await;
    }
    deletes_nothing(&world().await, "r1", "there is no such file", PATH).await;
}

#[tokio::test]
async fn a_bucket_that_cannot_be_read_deletes_nothing() {
    let world = world().await;
    for name in ["a", "b", "c"] {
        put(&world, name, &scan(name, &["v1"])).await;
    }
    let error = |code: &str, status: u16| json!({ "error": { "code": code, "status": status } });
    for (run, operation, effect, why) in [
        ("r1", "s3:ListObjectsV2", error("AccessDenied", 403), "s3:ListObjectsV2"),
        ("r2", "s3:ListObjectsV2", error("NoSuchBucket", 404), "NoSuchBucket"),
        ("r3", "s3:GetObject", error("AccessDenied", 403), "s3:GetObject"),
        ("r4", "s3:GetObject", error("SlowDown", 503), "was throttled"),
        ("r5", "s3:GetObject", error("NoSuchKey", 404), "in/c.json` vanished"),
    ] {
        let object = if operation.contains("Get") { Some("c.json") } else { None };
        let fault = json!({ "operation": operation, "object": object, "effect": effect });
        world.simulator.set_faults(read_faults(&fault.to_string()).unwrap());
        deletes_nothing(&world, run, why, PATH).await;
    }
}

#[tokio::test]
async fn a_file_in_a_bucket_that_names_nothing_any_more_or_is_old_deletes_nothing() {
    let world = world().await;
    put(&world, "a", &scan("a", &["v1", "v2"])).await;
    put(&world, "b", "[\"nginx:1\"]").await;
    assert_eq!(world.dry_run("r1").await.ending, Ending::Done);
    put(&world, "a", &scan("a", &[])).await;
    let a = "s3://usage-files/in/a.json";
    deletes_nothing(&world, "r2", "and names none of it now", a).await;
    put(&world, "a", &scan("a", &["v1"])).await;
    let b = "s3://usage-files/in/b.json";
    put(&world, "b", "[]").await;
    deletes_nothing(&world, "r3", "it named images before, and names none now", b).await;
    put(&world, "b", "[\"nginx:2\"]").await;
    assert_eq!(world.dry_run("r4").await.ending, Ending::Done);

    // A list is as old as its object.
    world.clock.advance(SignedDuration::from_hours(25));
    let fresh = scan("a", &["v1"]).replace(&now().to_string(), "2026-11-21T00:00:00Z");
    put(&world, "a", &fresh).await;
    deletes_nothing(&world, "r5", "older than 1d", b).await;
}
