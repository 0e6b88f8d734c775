//! Usage files in a bucket.

use ecr_sweep_aws::usage_files::{UsageFilesError, find_files};
use ecr_sweep_aws::{AwsErrorKind, Sessions};
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::Place;
use serde_json::{Value, json};

use crate::world::{World, now, place};

const KEYS: [&str; 8] = [
    "in/",
    "in/.hidden.json",
    "in/a.json",
    "in/b.json",
    "in/b.json.tmp",
    "in/c.json",
    "in/d.json",
    "in/old/e.json",
];

/// A bucket with these objects, two of which are on a page; in each is its key.
async fn world() -> World {
    let world = World::with(SimulatorOptions {
        home: Some(place()),
        buckets: ["usage".to_owned()].into(),
        rows_a_page: Some(2),
        ..SimulatorOptions::default()
    })
    .await;
    let config = aws_sdk_s3::config::Builder::from(world.sessions.config());
    let client = aws_sdk_s3::Client::from_conf(config.force_path_style(true).build());
    for key in KEYS {
        let put = client.put_object().bucket("usage").key(key);
        put.body(key.as_bytes().to_vec().into()).send().await.unwrap();
    }
    world.simulator.reset_counts();
    world
}

async fn names(world: &World, path: &str) -> Vec<String> {
    let found = find_files(&world.sessions, path).await.unwrap();
    assert!(found.iter().all(|file| file.written_at == now()));
    assert!(found.iter().all(|file| file.name.as_bytes().ends_with(&file.bytes)));
    found.into_iter().map(|file| file.name.into()).collect()
}

#[tokio::test]
async fn the_objects_that_fit_are_read_on_whatever_page_they_are_and_no_others() {
    let world = world().await;
    let files = ["a", "b", "c", "d"].map(|name| format!("s3://usage/in/{name}.json"));
    assert_eq!(names(&world, "s3://usage/in/*.json").await, files);
    assert_eq!(world.simulator.count("s3:ListObjectsV2"), 4);
    assert_eq!(world.simulator.count("s3:GetObject"), 4);
    let with_unfinished = names(&world, "s3://usage/in/").await;
    assert_eq!(with_unfinished.len(), 5, "{with_unfinished:?}");
    assert_eq!(names(&world, "s3://usage/*/*/e.json").await, ["s3://usage/in/old/e.json"]);
}

#[tokio::test]
async fn one_object_is_read_without_a_list_or_is_not_there() {
    let world = world().await;
    assert_eq!(names(&world, "s3://usage/in/a.json").await, ["s3://usage/in/a.json"]);
    assert_eq!(names(&world, "s3://usage/in/none.json").await, Vec::<String>::new());
    assert_eq!(world.simulator.count("s3:ListObjectsV2"), 0);
    assert_eq!(names(&world, "s3://usage/none/*.json").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_throttled_bucket_is_read_to_its_end() {
    let world = world().await;
    let slow = json!({ "error": { "code": "SlowDown", "status": 503 } });
    world.faults(&json!({ "operation": "s3:*", "after": 1, "times": 3, "effect": slow }));
    assert_eq!(names(&world, "s3://usage/in/*.json").await.len(), 4);
}

/// The kind of the error that reading gives, and what it names.
async fn failed(sessions: &Sessions, path: &str) -> (AwsErrorKind, String) {
    match find_files(sessions, path).await.unwrap_err() {
        UsageFilesError::Bucket { name, source } => (source.kind, name.into()),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_read_whole_is_an_error_that_names_it() {
    let world = world().await;
    let error = |code: &str, status: u16| json!({ "error": { "code": code, "status": status } });
    let respond = |body: &str| json!({ "respond": { "status": 200, "body": body } });
    let (all, one) = ("s3://usage/in/*.json", "s3://usage/in/c.json");
    let cases: [(&str, Value, AwsErrorKind); 7] = [
        ("s3:ListObjectsV2", error("AccessDenied", 403), AwsErrorKind::AccessDenied),
        ("s3:ListObjectsV2", error("SlowDown", 503), AwsErrorKind::Throttled),
        ("s3:ListObjectsV2", error("InternalError", 500), AwsErrorKind::Unavailable),
        ("s3:ListObjectsV2", respond("<ListBucketResult/>"), AwsErrorKind::Internal),
        ("s3:GetObject", error("AccessDenied", 403), AwsErrorKind::AccessDenied),
        ("s3:GetObject", error("InvalidObjectState", 403), AwsErrorKind::InvalidRequest),
        ("s3:GetObject", respond("[]"), AwsErrorKind::Internal),
    ];
    for (operation, effect, kind) in cases {
        let is_list = operation.contains("List");
        let object = if is_list { None } else { Some("c.json") };
        world.faults(&json!({ "operation": operation, "object": object, "effect": effect }));
        let name = if is_list { all } else { one };
        assert_eq!(failed(&world.sessions, all).await, (kind, name.to_owned()), "{effect}");
        if !is_list {
            assert_eq!(failed(&world.sessions, one).await, (kind, one.to_owned()), "{effect}");
        }
    }
}

#[tokio::test]
async fn a_bucket_of_somebody_else_or_of_another_region_or_of_nobody_is_an_error() {
    let world = world().await;
    let sessions = |place: Place| Sessions::simulated(&world.simulator.endpoint(), place);
    let strangers = sessions(Place { account: "444455556666".parse().unwrap(), ..place() });
    let elsewhere = sessions(Place { region: "us-east-1".parse().unwrap(), ..place() });
    for name in ["*.json", "a.json", "none.json"] {
        let path = format!("s3://usage/in/{name}");
        assert_eq!(failed(&strangers, &path).await, (AwsErrorKind::AccessDenied, path.clone()));
        assert_eq!(failed(&elsewhere, &path).await.1, path);
        let nobodys = format!("s3://usage-of-nobody/in/{name}");
        let kind = AwsErrorKind::NotFound;
        assert_eq!(failed(&world.sessions, &nobodys).await, (kind, nobodys.clone()));
    }
}

#[tokio::test]
async fn an_object_that_vanishes_between_being_listed_and_being_read_is_an_error() {
    let world = world().await;
    let gone = json!({ "error": { "code": "NoSuchKey", "status": 404 } });
    world.faults(&json!({ "operation": "s3:GetObject", "object": "c.json", "effect": gone }));
    let vanished = find_files(&world.sessions, "s3://usage/in/*.json").await.unwrap_err();
    let UsageFilesError::Vanished { name } = &vanished else { panic!("{vanished:?}") };
    assert_eq!(&**name, "s3://usage/in/c.json");
    // Who asks for it by its name is told that there is none.
    assert_eq!(names(&world, "s3://usage/in/c.json").await, Vec::<String>::new());
}
