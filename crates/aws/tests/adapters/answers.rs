//! Lists that are there and cannot be whole, answers to what nobody asked, and that no adapter reads
//! an answer in a way of its own.

use std::fs;
use std::path::{Path, PathBuf};

use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World, digest, images, place};

const OTHER: &str = "444455556666";

fn assert_unreadable<T: std::fmt::Debug>(answer: Result<T, AwsError>, problem: &str) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Internal, "{error}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[tokio::test]
async fn regions_without_the_callers_own_are_not_all() {
    let world = World::start(images(1)).await;
    let others = json!({ "Regions": [{ "RegionName": "us-east-1" }] });
    world.respond("account:ListRegions", others.to_string());
    assert_unreadable(world.sessions.enabled_regions(&place().account).await, REGION);
    // Another account may have others, but not none.
    let other = OTHER.parse().unwrap();
    let sessions = world.sessions.reading_as(Some("EcrSweepRead"));
    world.faults(&json!([
        {
            "operation": "account:ListRegions",
            "effect": { "respond": { "status": 200, "body": r#"{ "Regions": [] }"# } },
        },
    ]));
    let role = sessions.enabled_regions(&other).await.unwrap_err();
    assert_eq!(role.operation, "AssumeRole", "it is no account of the organization: {role}");
    assert_unreadable(sessions.enabled_regions(&place().account).await, REGION);
}

#[tokio::test]
async fn an_organization_without_the_callers_account_or_its_own_is_not_whole() {
    let world = World::start(images(1)).await;
    let row = |id: &str| json!({ "Id": id, "State": "ACTIVE" });
    for (accounts, management) in
        [(vec![row(OTHER)], OTHER), (vec![row(ACCOUNT)], OTHER), (vec![], ACCOUNT)]
    {
        let organization =
            json!({ "Organization": { "Id": "o-1", "MasterAccountId": management } });
        let respond = |operation: &str, body: Value| {
            json!({
                "operation": operation,
                "effect": { "respond": { "status": 200, "body": body.to_string() } },
            })
        };
        world.faults(&json!([
            respond("organizations:DescribeOrganization", organization),
            respond("organizations:ListAccounts", json!({ "Accounts": accounts })),
        ]));
        assert_unreadable(world.sessions.organization().await, "is not in it");
    }
}

#[tokio::test]
async fn images_of_another_repository_or_registry_are_no_answer() {
    let world = World::start(images(1)).await;
    let registry = world.sessions.registry(&place());
    for (member, other) in [("repositoryName", "dev/ap"), ("registryId", OTHER)] {
        let detail = json!({ "imageDigest": digest(1), member: other });
        world.respond("ecr:DescribeImages", json!({ "imageDetails": [detail] }).to_string());
        assert_unreadable(registry.images("dev/app").await, other);
    }
    let row = json!({ "repositoryName": "a", "repositoryArn": "arn", "registryId": OTHER });
    world.respond("ecr:DescribeRepositories", json!({ "repositories": [row] }).to_string());
    assert_unreadable(registry.repositories().await, OTHER);
}

#[tokio::test]
async fn what_nobody_asked_for_is_no_answer() {
    let world = World::start(images(2)).await;
    let registry = world.sessions.registry(&place());
    let (one, two) = (digest(1), digest(2));
    let both = json!({ "imageDetails": [{ "imageDigest": one }, { "imageDigest": two }] });
    world.respond("ecr:DescribeImages", both.to_string());
    assert_unreadable(registry.images_exactly("dev/app", &[one]).await, "nobody asked");
    let manifest =
        json!({ "images": [{ "imageId": { "imageDigest": two }, "imageManifest": "" }] });
    world.respond("ecr:BatchGetImage", manifest.to_string());
    assert_unreadable(registry.manifests("dev/app", &[one]).await, "nobody asked");
    world.respond(
        "ecr:BatchDeleteImage",
        json!({ "imageIds": [{ "imageDigest": two }] }).to_string(),
    );
    let deleter = world.sessions.registry_deleter(&place());
    assert_unreadable(deleter.delete("dev/app", &[one]).await, "nobody asked");
}

#[tokio::test]
async fn tags_without_their_value_are_no_answer() {
    let world = World::start(images(1)).await;
    let registry = world.sessions.registry(&place());
    for tag in [json!({ "Key": "team" }), json!({ "Value": "a" }), json!({})] {
        world.respond("ecr:ListTagsForResource", json!({ "tags": [tag] }).to_string());
        assert_unreadable(registry.repository_tags("arn").await, "tags[].");
    }
}

#[tokio::test]
async fn what_resource_explorer_finds_is_in_a_region() {
    let world = World::start(images(1)).await;
    let search = async |indexes: Value, region: Value| {
        let row = json!({
            "Arn": "arn:fleet", "OwningAccountId": ACCOUNT, "ResourceType": "gamelift:fleet",
            "Region": region,
        });
        let found = json!({ "Resources": [row] });
        let answers = [("ListIndexes", json!({ "Indexes": indexes })), ("Search", found)];
        world.faults(
            &answers
                .iter()
                .map(|(operation, body)| {
                    json!({
                        "operation": format!("resource-explorer-2:{operation}"),
                        "effect": { "respond": { "status": 200, "body": body.to_string() } },
                    })
                })
                .collect(),
        );
        world.sessions.search_resources(&place().account, &["gamelift:fleet"].into()).await
    };
    let index = json!([{ "Region": REGION }]);
    let found = search(index.clone(), json!(REGION)).await.unwrap();
    assert_eq!(found[0].region, place().region);
    for (region, problem) in
        [(Value::Null, "`Region` is missing"), (json!(""), "`Region`"), (json!("mars"), "`mars`")]
    {
        assert_unreadable(search(index.clone(), region.clone()).await, problem);
        // Where the aggregator is, decides who is asked.
        let indexes = json!([{ "Region": region }]);
        let told = search(indexes, json!(REGION)).await;
        assert_eq!(told.as_ref().unwrap_err().operation, "ListIndexes");
        assert_unreadable(told, if region == "mars" { "mars" } else { problem });
    }
}

#[tokio::test]
async fn a_function_is_not_taken_for_another() {
    let world = World::start(images(1)).await;
    let function = json!({
        "FunctionName": "api", "Version": "1", "PackageType": "Image",
        "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:api:1"),
    });
    for (name, version) in [("job", "1"), ("api", "2")] {
        let described = json!({
            "Configuration": { "FunctionName": name, "Version": version },
            "Code": { "ImageUri": "x" },
        });
        world.faults(&json!([
            {
                "operation": "lambda:ListFunctions",
                "effect": { "respond": {
                    "status": 200, "body": json!({ "Functions": [function] }).to_string(),
                } },
            },
            {
                "operation": "lambda:GetFunction",
                "effect": { "respond": { "status": 200, "body": described.to_string() } },
            },
        ]));
        let error = world.scan(Source::Lambda).await.unwrap_err().to_string();
        assert!(error.contains("another function, or another version"), "{error}");
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, into) } else { into.push(path) }
    }
}

/// Absent is not empty; and a client that is made in another way does not look at its answers.
#[test]
fn no_adapter_takes_absent_for_empty_or_makes_a_client_of_its_own() {
    const CLIENTS: [&str; 2] = ["sessions/clients.rs", "store/s3/client.rs"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    assert!(files.len() > 40, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let makes_clients = CLIENTS.iter().any(|name| file.ends_with(name));
        for (number, line) in text.lines().enumerate() {
            let at = format!("{}:{}: {line}", file.display(), number + 1);
            assert!(!line.contains("unwrap_or_default"), "{at}");
            let makes = [" Client::new(", "::Client::new(", "from_conf("];
            let makes = makes.iter().any(|call| line.contains(call));
            assert!(!makes || makes_clients, "{at}");
        }
    }
}
