use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_aws::sources::{ScanCache, ScanError};
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_aws::{AwsErrorKind, Sessions};
use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_core::Source;
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, HOST, REGION, World, assert_names, digest, error, snapshot};

fn version(function: &str, version: &str, number: u32) -> Value {
    json!({
        "Configuration": {
            "FunctionName": function,
            "Version": version,
            "CodeSha256": format!("code-{number}"),
            "RevisionId": format!("revision-{function}-{version}-{number}"),
            "Environment": { "Variables": { "PASSWORD": "secret" } },
        },
        "Code": {
            "ImageUri": format!("{HOST}/dev/app:v{number}"),
            "ResolvedImageUri": format!("{HOST}/dev/app@{}", digest(number)),
        },
    })
}

fn functions(functions: Value) -> Snapshot {
    let lambda = json!([{ "account": ACCOUNT, "region": REGION, "functions": functions }]);
    snapshot(json!([]), json!({ "lambda": lambda }))
}

async fn world(list: Value) -> World {
    World::start(functions(list)).await
}

fn rows(scanned: &ecr_sweep_aws::sources::Scanned) -> Vec<(String, String, Option<String>)> {
    scanned
        .usage
        .iter()
        .map(|usage| {
            assert_eq!(usage.kind.as_str(), "lambda-version");
            let function = usage.arn.split(":function:").nth(1).unwrap();
            let reference = usage.reference.rsplit('/').next().unwrap();
            (function.into(), reference.into(), usage.resolved.map(|digest| digest.to_string()))
        })
        .collect()
}

fn row(function: &str, number: u32) -> (String, String, Option<String>) {
    (function.into(), format!("app:v{number}"), Some(digest(number).to_string()))
}

#[tokio::test]
async fn every_version_of_every_image_function_is_seen() {
    let zip = json!({
        "Configuration": { "FunctionName": "zip", "PackageType": "Zip" },
        "Code": { "RepositoryType": "S3", "Location": "https://example.com/code" },
    });
    let list = json!([
        version("api", "$LATEST", 3),
        version("api", "1", 1),
        version("api", "2", 2),
        version("job", "$LATEST", 3),
        zip,
    ]);
    let scanned = world(list).await.scan(Source::Lambda).await.unwrap();
    let seen = rows(&scanned);
    let expected = [row("api:1", 1), row("api:2", 2), row("api:$LATEST", 3), row("job:$LATEST", 3)];
    assert_eq!(seen, expected);
}

/// The versions of a runtime, of which one waits for its deletion.
fn runtime_versions() -> Value {
    let version = |name: &str, state: &str, number: u32| {
        json!({
            "Name": name,
            "Arn": format!("{RUNTIME}/version/{name}"),
            "ResolvedUri": format!("{HOST}/runtimes/base@{}", digest(number)),
            "State": state,
        })
    };
    json!({ "Items": [version("1", "PENDING_DELETION", 1), version("2", "ACTIVE", 2)] })
}

const RUNTIME: &str = "arn:aws:lambda:eu-west-1:111122223333:runtime/base";

fn answered(operation: &str, status: u16, body: &Value) -> Fault {
    let (headers, body) = (BTreeMap::new(), body.to_string());
    Fault::new(operation.parse().unwrap(), Effect::Respond { status, headers, body })
}

/// An organization whose runtime has these versions, and a function on it.
async fn with_runtime(versions: Fault) -> World {
    let world = world(json!([zip("custom")])).await;
    let runtimes = json!({ "Items": [{ "Name": "base", "Arn": RUNTIME }] });
    world.simulator.set_faults(vec![answered("lambda:ListRuntimes", 200, &runtimes), versions]);
    world
}

fn zip(runtime: &str) -> Value {
    json!({
        "Configuration": { "FunctionName": "zip", "PackageType": "Zip", "Runtime": runtime },
        "Code": { "RepositoryType": "S3", "Location": "https://example.com/code" },
    })
}

#[tokio::test]
async fn every_version_of_a_published_runtime_is_an_image() {
    let versions = answered("lambda:ListRuntimeVersions", 200, &runtime_versions());
    let scanned = with_runtime(versions).await.scan(Source::Lambda).await.unwrap();
    let seen: Vec<_> =
        scanned.usage.iter().map(|it| (it.kind.as_str(), &*it.arn, it.reference.clone())).collect();
    let version = |name: u32| {
        let arn = format!("{RUNTIME}/version/{name}");
        ("lambda-runtime-version", arn, format!("{HOST}/runtimes/base@{}", digest(name)).into())
    };
    let expected = [version(1), version(2)];
    let expected: Vec<_> =
        expected.iter().map(|(kind, arn, image)| (*kind, &**arn, Box::clone(image))).collect();
    assert_eq!(seen, expected);
}

/// A function that is deleted and made again while the scan looks, or that is not known everywhere yet.
#[tokio::test]
async fn a_version_that_is_listed_and_not_found_at_first_is_looked_for_again() {
    let not_found = error("ResourceNotFoundException");
    for (times, found) in [(1, vec![row("web:1", 1)]), (2, vec![row("web:1", 1)]), (3, vec![])] {
        let world = world(json!([version("web", "1", 1)])).await;
        let fault = Fault::new("lambda:GetFunction".parse().unwrap(), not_found.clone());
        world.simulator.set_faults(vec![Fault { times: Some(times), ..fault }]);
        assert_eq!(rows(&world.scan(Source::Lambda).await.unwrap()), found, "{times}");
        let looks = world.simulator.counts()["lambda:GetFunction"];
        assert_eq!(looks, 3.min(times + 1), "{times}");
    }
}

#[tokio::test]
async fn a_runtime_that_is_not_seen_whole_fails_the_source() {
    let mut without_image = runtime_versions();
    without_image["Items"][1]["ResolvedUri"] = Value::Null;
    for (status, body) in [
        (200, without_image),
        (200, json!({ "Items": [null] })),
        (200, json!({})),
        (403, json!({ "Type": "User", "Message": "no" })),
        (404, json!({ "__type": "UnknownOperationException" })),
    ] {
        let versions = answered("lambda:ListRuntimeVersions", status, &body);
        let error = with_runtime(versions).await.scan(Source::Lambda).await.unwrap_err();
        assert!(error.to_string().starts_with("lambda:ListRuntimeVersions"), "{error}");
    }
    // It is gone since it was listed.
    let gone = answered(
        "lambda:ListRuntimeVersions",
        404,
        &json!({ "__type": "ResourceNotFoundException" }),
    );
    assert_eq!(with_runtime(gone).await.scan(Source::Lambda).await.unwrap().usage, []);
}

#[tokio::test]
async fn where_nobody_can_publish_a_runtime_no_function_may_run_on_one() {
    for (runtime, is_seen) in [("provided.al2023", true), ("custom", false)] {
        let world = world(json!([zip(runtime), version("api", "1", 1)])).await;
        let unknown = json!({ "__type": "UnknownOperationException" });
        world.simulator.set_faults(vec![answered("lambda:ListRuntimes", 404, &unknown)]);
        match world.scan(Source::Lambda).await {
            Ok(scanned) => assert!(is_seen && scanned.usage.len() == 1, "{runtime}"),
            Err(error) => assert!(!is_seen && error.to_string().contains("`zip`"), "{error}"),
        }
        // Whatever else it says, it may know some.
        let other = json!({ "__type": "ResourceNotFoundException" });
        world.simulator.set_faults(vec![answered("lambda:ListRuntimes", 404, &other)]);
        let error = world.scan(Source::Lambda).await.unwrap_err().to_string();
        assert!(error.starts_with("lambda:ListRuntimes "), "{error}");
    }
}

#[tokio::test]
async fn a_function_on_a_runtime_that_nobody_knows_is_an_error() {
    let lambdas = world(json!([zip("python3.12")])).await;
    assert_eq!(lambdas.scan(Source::Lambda).await.unwrap().usage, []);
    let error = world(json!([zip("scroll")])).await.scan(Source::Lambda).await.unwrap_err();
    assert!(error.to_string().contains("`zip`") && error.to_string().contains("`scroll`"));
}

#[tokio::test]
async fn only_names_and_images_are_recorded() {
    let world = world(json!([version("api", "$LATEST", 1)])).await;
    let scanned = world.scan(Source::Lambda).await.unwrap();
    let recorded = serde_json::to_string(&scanned.workloads).unwrap();
    assert!(recorded.contains("ResolvedImageUri"), "{recorded}");
    assert!(!recorded.contains("secret"), "{recorded}");
}

#[tokio::test]
async fn a_recorded_scan_scans_the_same() {
    let first = world(json!([version("api", "$LATEST", 1), version("api", "1", 1)])).await;
    let recorded = first.scan(Source::Lambda).await.unwrap();
    let workloads = json!({ "lambda": [recorded.workloads] });
    let again = World::start(snapshot(json!([]), workloads)).await;
    assert_eq!(again.scan(Source::Lambda).await.unwrap(), recorded);
}

#[tokio::test]
async fn the_time_of_a_version_is_recorded_as_that_of_its_deployment() {
    let mut function = version("api", "1", 1);
    function["Configuration"]["LastModified"] = json!("2026-08-12T10:11:12.345+0000");
    let scanned = world(json!([function])).await.scan(Source::Lambda).await.unwrap();
    let deployed_at = "2026-08-12T10:11:12.345Z".parse().unwrap();
    assert_eq!(scanned.usage[0].deployed_at, Some(deployed_at));
    let recorded = serde_json::to_string(&scanned.workloads).unwrap();
    assert!(recorded.contains(r#""LastModified":"2026-08-12T10:11:12.345Z""#), "{recorded}");
}

#[tokio::test]
async fn functions_beyond_a_page_are_seen() {
    let list: Value = (1..=120).map(|number| version(&format!("f{number}"), "1", number)).collect();
    let world = world(list).await;
    assert_eq!(world.scan(Source::Lambda).await.unwrap().usage.len(), 120);
    assert!(world.simulator.count("lambda:ListFunctions") >= 3);
    assert_eq!(world.simulator.count("lambda:GetFunction"), 120);
}

#[tokio::test]
async fn an_image_that_nothing_resolved_is_named_by_its_tag_alone() {
    for resolved in [Value::Null, json!(format!("{HOST}/dev/app:v1"))] {
        let mut function = version("api", "$LATEST", 1);
        function["Code"]["ResolvedImageUri"] = resolved;
        let scanned = world(json!([function])).await.scan(Source::Lambda).await.unwrap();
        assert_eq!(rows(&scanned), [("api:$LATEST".into(), "app:v1".into(), None)]);
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_understood_is_an_error() {
    let mut no_image = version("api", "1", 1);
    no_image["Configuration"]["PackageType"] = json!("Image");
    no_image["Code"] = json!({});
    let mut no_digest = version("api", "1", 1);
    no_digest["Code"]["ResolvedImageUri"] = json!("app@sha256:short");
    let mut unknown_package = version("api", "1", 1);
    unknown_package["Configuration"]["PackageType"] = json!("Scroll");
    let mut no_time = version("api", "1", 1);
    no_time["Configuration"]["LastModified"] = json!("yesterday");
    for function in [no_image, no_digest, unknown_package, no_time] {
        let scanned = world(json!([function])).await.scan(Source::Lambda).await;
        let error = scanned.unwrap_err().to_string();
        assert!(error.contains("api"), "{error}");
    }
}

#[tokio::test]
async fn a_version_that_is_deleted_meanwhile_is_left_out() {
    let world = world(json!([version("api", "1", 1), version("api", "2", 2)])).await;
    world.faults(&json!({ "operation": "lambda:GetFunction", "object": "Qualifier=1", "effect": { "error": { "code": "ResourceNotFoundException", "status": 404 } } }));
    assert_eq!(world.scan(Source::Lambda).await.unwrap().usage.len(), 1);
}

#[tokio::test]
async fn a_denied_call_is_an_error_that_names_it() {
    let world = world(json!([version("api", "1", 1)])).await;
    for call in ["lambda:ListFunctions", "lambda:GetFunction", "lambda:ListRuntimes"] {
        world.deny(call);
        let ScanError::Aws(error) = world.scan(Source::Lambda).await.unwrap_err() else {
            panic!("an error of the call")
        };
        assert_names(&error, AwsErrorKind::AccessDenied, call);
    }
}

#[tokio::test]
async fn a_throttled_scan_sees_every_version() {
    let list: Value = (1..=5).map(|number| version(&format!("f{number}"), "1", number)).collect();
    let world = World::throttled(functions(list), "lambda:*").await;
    assert_eq!(world.scan(Source::Lambda).await.unwrap().usage.len(), 5);
    assert_eq!(world.simulator.counts().values().sum::<u64>(), 2 + 5 + 2);
}

#[tokio::test]
async fn a_version_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let list =
        json!([version("api", "$LATEST", 2), version("api", "1", 1), version("api", "2", 2)]);
    let mut world = world(list).await;
    let first = world.scan_with(Source::Lambda, None, &cache).await.unwrap();
    assert_eq!(world.simulator.count("lambda:GetFunction"), 3);
    assert_eq!(world.scan_with(Source::Lambda, None, &cache).await.unwrap(), first);
    assert_eq!(world.simulator.count("lambda:GetFunction"), 3);

    // Made anew under the old name: version 1 is another one now.
    let list = json!([version("api", "1", 3), version("api", "2", 2)]);
    let anew = self::world(list).await;
    world.sessions = Sessions::simulated(&anew.simulator.endpoint(), crate::world::place());
    let scanned = world.scan_with(Source::Lambda, None, &cache).await.unwrap();
    let mut seen = rows(&scanned);
    seen.sort();
    assert_eq!(seen, [row("api:1", 3), row("api:2", 2)]);
    assert_eq!(anew.simulator.count("lambda:GetFunction"), 1);
}

#[tokio::test]
async fn a_version_that_changes_is_read_again_when_it_has_changed() {
    for qualifier in ["$LATEST", "$LATEST.PUBLISHED"] {
        for (member, value) in [
            ("CodeSha256", "code-2"),
            ("RevisionId", "revision-2"),
            ("LastModified", "2026-11-20T00:00:00.000+0000"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
            let mut world = world(json!([version("api", qualifier, 1)])).await;
            world.scan_with(Source::Lambda, None, &cache).await.unwrap();
            let mut changed = version("api", qualifier, 1);
            changed["Configuration"][member] = json!(value);
            changed["Code"] = version("api", qualifier, 2)["Code"].clone();
            let changed = self::world(json!([changed])).await;
            let place = crate::world::place();
            world.sessions = Sessions::simulated(&changed.simulator.endpoint(), place);
            let scanned = world.scan_with(Source::Lambda, None, &cache).await.unwrap();
            assert_eq!(rows(&scanned), [row(&format!("api:{qualifier}"), 2)], "{member}");
        }
    }
}

#[tokio::test]
async fn a_version_that_is_just_being_changed_is_read_each_time() {
    for (member, value) in
        [("LastUpdateStatus", "InProgress"), ("LastUpdateStatus", "Failed"), ("RevisionId", "")]
    {
        let folder = tempfile::tempdir().unwrap();
        let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
        let mut function = version("api", "$LATEST", 1);
        function["Configuration"][member] =
            if value.is_empty() { Value::Null } else { json!(value) };
        let world = world(json!([function])).await;
        for reads in 1..=2 {
            world.scan_with(Source::Lambda, None, &cache).await.unwrap();
            assert_eq!(world.simulator.count("lambda:GetFunction"), reads, "{member}: {value}");
        }
    }
}

#[tokio::test]
async fn a_version_that_changed_since_it_was_listed_is_read_the_next_time_too() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let world = world(json!([version("api", "$LATEST", 1)])).await;
    let mut listed = version("api", "$LATEST", 1)["Configuration"].clone();
    listed["RevisionId"] = json!("the next one");
    listed["FunctionArn"] = json!("arn:aws:lambda:eu-west-1:111122223333:function:api");
    listed["PackageType"] = json!("Image");
    world.respond("lambda:ListFunctions", json!({ "Functions": [listed] }).to_string());
    for reads in 1..=2 {
        world.scan_with(Source::Lambda, None, &cache).await.unwrap();
        assert_eq!(world.simulator.count("lambda:GetFunction"), reads);
    }
}

#[tokio::test]
async fn what_was_read_before_a_failure_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let list: Value = (1..=40).map(|number| version(&format!("f{number}"), "1", number)).collect();
    let world = world(list).await;
    world.faults(&json!({ "operation": "lambda:GetFunction", "after": 30, "effect": { "error": { "code": "AccessDeniedException" } } }));
    assert!(world.scan_with(Source::Lambda, None, &cache).await.is_err());
    world.simulator.set_faults(Vec::new());
    world.simulator.reset_counts();
    let scanned = world.scan_with(Source::Lambda, None, &cache).await.unwrap();
    assert_eq!(scanned.usage.len(), 40);
    assert!(world.simulator.count("lambda:GetFunction") < 40);
}

#[tokio::test]
async fn a_cache_of_no_use_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("cache/lambda-versions/{ACCOUNT}/{REGION}.json"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let world = world(json!([version("api", "1", 1)])).await;
    for document in ["", "{", r#"{ "schema_version": 99, "entries": {} }"#] {
        std::fs::write(&path, document).unwrap();
        let scanned = world.scan_with(Source::Lambda, None, &cache).await.unwrap();
        assert_eq!(rows(&scanned), [row("api:1", 1)]);
    }
}

#[tokio::test]
async fn a_marker_that_repeats_is_an_error() {
    let world = world(json!([])).await;
    let body = r#"{ "Functions": [], "NextMarker": "again" }"#.to_owned();
    world.respond("lambda:*", body);
    let ScanError::Aws(failed) = world.scan(Source::Lambda).await.unwrap_err() else {
        panic!("an error of the call")
    };
    assert_names(&failed, AwsErrorKind::Internal, "lambda:ListFunctions");
}
