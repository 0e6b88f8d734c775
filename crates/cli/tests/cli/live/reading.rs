//! Commands that change nothing.

use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::Source;
use ecr_sweep_test_world::{ACCOUNT, HOST, REGION, digest, organization};
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::World;

#[test]
fn a_plan_shows_what_would_go_and_changes_nothing() {
    let world = World::new();
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let line = plan.stdout.lines().find(|line| line.starts_with("dev/app")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["dev/app", "7", "4", "3", "150.0", "MiB"]);
    assert!(!plan.stdout.lines().any(|line| line.starts_with("other")), "{}", plan.stdout);
    let left_alone = "No rule takes 1 other repository: left alone.";
    assert!(plan.stdout.contains(left_alone), "{}", plan.stdout);
    assert!(plan.stderr.contains("` deletes these 3 images"), "{}", plan.stderr);
    assert!(plan.stderr.contains("next: `ecr-sweep delete "), "{}", plan.stderr);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn a_plan_says_where_it_is_stored() {
    let world = World::new();
    let plan = world.run(&["plan", "--store", "somewhere"]);
    let note = plan.stderr.lines().find(|line| line.starts_with("note: ")).unwrap();
    let (_, plans) = note.split_once("stored in ").unwrap();
    let stored = world.path().join(plans).join("111122223333/eu-west-1/dev/app.json");
    let stored: Value = serde_json::from_slice(&std::fs::read(stored).unwrap()).unwrap();
    assert_eq!(stored["plan"]["summary"]["delete"], 3);
}

#[test]
fn a_scan_counts_what_uses_images_and_writes_a_usage_file() {
    let world = World::new();
    let scan = world.run(&["scan", "--policy", "policy.yaml", "-o", "usage.json"]);
    assert_eq!(scan.code, Some(0), "{}", scan.stderr);
    let line = scan.stdout.lines().find(|line| line.starts_with("lambda")).unwrap();
    assert_eq!(line.split_whitespace().nth(3), Some("1"), "{}", scan.stdout);
    assert!(scan.stderr.contains("usage.json has 1 reference to images"), "{}", scan.stderr);
    let text = std::fs::read(world.path().join("usage.json")).unwrap();
    let read = ecr_sweep_protocol::usage_file::read("usage.json", &text).unwrap();
    let ecr_sweep_protocol::UsageFileContent::Scanned(file) = read else { panic!("{read:?}") };
    assert!(file.scanned.iter().all(|scanned| scanned.complete));
    let lambda = file.scanned.iter().find(|scanned| scanned.source == Source::Lambda).unwrap();
    assert_eq!((lambda.found, lambda.references), (1, 1));
    assert!(lambda.calls.is_some_and(|calls| calls >= 2) && lambda.milliseconds.is_some());
    let printed = world.run(&["scan", "--policy", "policy.yaml", "--format", "ecrm"]);
    let references: Vec<String> = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(references, [&*file.usage[0].reference]);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn a_scan_without_a_policy_says_what_it_did_not_see() {
    let world = World::new();
    world.refuse("inspector2:ListCoverage", "AccessDeniedException");
    let scan = world.run(&["scan", "--format", "json"]);
    assert_eq!(scan.code, Some(3), "{}", scan.stderr);
    let file: Value = serde_json::from_str(&scan.stdout).unwrap();
    assert_eq!(file["usage"].as_array().unwrap().len(), 1);
    assert!(scan.stderr.contains("inspector2:ListCoverage"), "{}", scan.stderr);
}

#[test]
fn a_first_policy_of_an_account_is_good_and_plans() {
    let world = World::new();
    let written = world.run(&["init", "-o", "first.yaml"]);
    assert_eq!((written.code, &*written.stdout), (Some(0), ""), "{}", written.stderr);
    assert!(written.stderr.contains("`ecr-sweep plan --policy first.yaml"), "{}", written.stderr);
    let refused = world.run(&["init"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);

    let checked = world.run(&["check", "first.yaml", "--live"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let planned = world.run(&["plan", "--format", "json", "--policy", "first.yaml"]);
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    assert!(!plan["plans"].as_array().unwrap().is_empty(), "{}", planned.stderr);
    assert!(!planned.stdout.contains("over-limit"), "{}", planned.stdout);
}

#[test]
fn a_recorded_account_gives_the_same_plan_offline() {
    let world = World::new();
    let recorded = world.run(&["snapshot", "-o", "org.json", "--policy", "policy.yaml"]);
    assert_eq!(recorded.code, Some(0), "{}", recorded.stderr);
    assert_eq!(recorded.stdout, "");
    let words = "org.json has 2 repositories, 8 images and 1 references";
    assert!(recorded.stderr.contains(words), "{}", recorded.stderr);

    let live = world.run(&["plan", "--format", "json"]);
    let offline = world.run(&["plan", "--format", "json", "--snapshot", "org.json"]);
    let [live, offline] = [live, offline].map(|ended| {
        let mut document: Value = serde_json::from_str(&ended.stdout).unwrap();
        // Each says when it saw what it saw.
        let time = document.as_object_mut().unwrap().remove("now");
        assert!(time.is_some());
        // Of what no rule takes only a snapshot has the images.
        for untouched in document["untouched"].as_array_mut().unwrap() {
            untouched.as_object_mut().unwrap().retain(|name, _| name == "repository");
        }
        for kept in document["plans"][0]["keep"].as_array_mut().unwrap() {
            for reason in kept["reasons"].as_array_mut().unwrap() {
                let evidence = reason.as_object_mut().unwrap().get_mut("evidence");
                for usage in evidence.into_iter().flat_map(|rows| rows.as_array_mut().unwrap()) {
                    usage.as_object_mut().unwrap().remove("seen_at");
                }
            }
        }
        document
    });
    assert_eq!(live, offline);
}

#[test]
fn an_explanation_has_the_evidence() {
    let world = World::new();
    let used = world.run(&["explain", "dev/app:v2"]);
    assert_eq!(used.code, Some(0), "{}", used.stderr);
    for part in [
        "Verdict: keep",
        "used-by-lambda-version",
        "arn:aws:lambda:eu-west-1:111122223333:function:resize:3",
        "seen in 111122223333/eu-west-1 at 20",
    ] {
        assert!(used.stdout.contains(part), "{part}: {}", used.stdout);
    }
}

#[test]
fn an_explanation_of_an_image_that_goes_says_what_would_keep_it() {
    let world = World::new();
    let unused = world.run(&["explain", "dev/app:v1", "--format", "json"]);
    let explanation: Value = serde_json::from_str(&unused.stdout).unwrap();
    assert_eq!(explanation["verdict"], "delete");
    let newest =
        explanation["unmet"].as_array().unwrap().iter().find(|it| it["rule"] == "keep.newest");
    assert_eq!(newest.unwrap()["detail"], "number 7, not among the newest 3 tagged images");
}

#[test]
fn an_account_is_inspected_as_its_snapshot_is() {
    let world = World::new();
    let inspected = world.run(&["inspect", "--policy", "policy.yaml"]);
    assert_eq!(inspected.code, Some(0), "{}", inspected.stderr);
    let whole = "Nothing is broken in 2 repositories with 8 images, as of ";
    assert!(inspected.stdout.starts_with(whole), "{}", inspected.stdout);
    assert_eq!(world.changes(), Vec::<String>::new());

    world.refuse("lambda:ListFunctions", "AccessDeniedException");
    let unseen = world.run(&["inspect", "--policy", "policy.yaml"]);
    assert_eq!(unseen.code, Some(3), "{}", unseen.stderr);
    assert!(unseen.stdout.contains("lambda:ListFunctions"), "{}", unseen.stdout);
}

#[test]
fn what_is_broken_already_is_told_with_each_plan_of_a_run() {
    let whole = World::new();
    let plan = whole.run(&["plan"]);
    assert!(!plan.stdout.contains("Broken already"), "{}", plan.stdout);

    let definition = json!({
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1"),
        "containerDefinitions": [{ "name": "main", "image": format!("{HOST}/dev/app:gone") }],
    });
    let ecs = json!([{ "account": ACCOUNT, "region": REGION, "task_definitions": [definition] }]);
    let image = json!({
        "digest": digest(1), "tags": ["v1"], "pushed_at": "2026-01-01T00:00:00Z", "size_bytes": 1,
    });
    let repositories = json!([{ "name": "dev/app", "images": [image] }]);
    let snapshot = organization(&repositories, &json!({ "ecs": ecs }));
    let snapshot = serde_json::to_value(snapshot).unwrap();
    let world = World::with(snapshot, &POLICY, SimulatorOptions::default());
    let told = "\nBroken already; `ecr-sweep inspect` tells all\n  \
                in use  1 missing-image; the worst is 111122223333/eu-west-1/dev/app:gone\n";
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert!(plan.stdout.contains(told), "{}", plan.stdout);
    let shown = world.run(&["show", "latest"]);
    assert!(shown.stdout.contains(told), "{}", shown.stdout);
    let swept = world.run(&["run", "--yes"]);
    assert!(swept.stderr.contains(told), "{}", swept.stderr);
}

#[test]
fn a_source_that_is_denied_blocks_and_says_so() {
    let world = World::new();
    world.refuse("lambda:ListFunctions", "AccessDeniedException");
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(3), "{}", plan.stderr);
    let told = "4 would go, at most 200.0 MiB: incomplete-usage";
    assert!(plan.stdout.contains(told), "{}", plan.stdout);
    assert!(plan.stdout.contains("lambda:ListFunctions"), "{}", plan.stdout);
    assert!(plan.stderr.contains("next: let the caller read"), "{}", plan.stderr);
}

#[test]
fn a_repository_that_cannot_be_read_is_told() {
    let world = World::new();
    world.refuse("ecr:DescribeImages", "AccessDeniedException");
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(1), "{}", plan.stdout);
    assert!(plan.stdout.contains("Failed\n  111122223333/eu-west-1/dev/app"), "{}", plan.stdout);
    assert!(plan.stdout.contains("ecr:DescribeImages of `dev/app`"), "{}", plan.stdout);
}
