//! What ends a live command before it did anything.

use std::fs;
use std::process::Command;

use super::world::World;
use crate::command::ended;

#[test]
fn without_a_terminal_a_run_is_refused_before_any_call() {
    let world = World::new();
    let run = world.run(&["run"]);
    assert_eq!(run.code, Some(6));
    assert!(run.stderr.contains("next: `ecr-sweep run --yes`"), "{}", run.stderr);
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn a_policy_with_errors_is_refused_before_any_call() {
    let world = World::new();
    fs::write(world.path().join("policy.yaml"), "schema_version: 1\nrepositories: 5\n").unwrap();
    for arguments in [&["plan"][..], &["run", "--yes"], &["explain", "dev/app:v1"]] {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}");
        assert!(ended.stderr.contains("policy.yaml:2:15"), "{}", ended.stderr);
    }
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn another_file_than_a_policy_is_named_for_what_it_is() {
    let world = World::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for (file, is) in [
        ("ecr-sweep.yaml", "next: this is how ecr-sweep is deployed"),
        ("organization/snapshot.json", "next: this is a snapshot"),
        ("policy.yaml", "next: `ecr-sweep check"),
    ] {
        let check = world.run(&["check", &format!("{examples}/{file}")]);
        assert!(check.stderr.contains(is), "{}", check.stderr);
    }
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn a_store_that_is_neither_a_folder_nor_a_bucket_is_refused_before_any_call() {
    let world = World::new();
    for (store, problem) in [
        ("s3://My_Sweeps/home", "lower-case letters"),
        ("s3:/sweeps", "two slashes"),
        ("gs://sweeps", "the only scheme"),
    ] {
        let plan = world.run(&["plan", "--store", store]);
        assert_eq!(plan.code, Some(2), "{}", plan.stderr);
        for part in [store, "s3://BUCKET[/PREFIX]", problem] {
            assert!(plan.stderr.contains(part), "`{part}` is not in: {}", plan.stderr);
        }
    }
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn without_credentials_the_message_names_the_call_and_the_way_to_log_in() {
    let world = World::new();
    let mut command = world.command(&["plan"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let plan = ended(command);
    assert_eq!(plan.code, Some(1));
    assert!(plan.stderr.contains("error: sts:GetCallerIdentity"), "{}", plan.stderr);
    assert!(plan.stderr.contains("next: run `aws sso login`"), "{}", plan.stderr);
}

#[test]
fn a_profile_that_is_named_goes_before_credentials_in_the_environment() {
    let world = World::new();
    let plan = world.run(&["plan", "--profile", "nobody"]);
    assert_eq!(plan.code, Some(1), "{}", plan.stderr);
    assert!(plan.stderr.contains("error: sts:GetCallerIdentity"), "{}", plan.stderr);
    assert!(plan.stderr.contains("there is no profile `nobody`"), "{}", plan.stderr);
    assert!(world.simulator.counts().is_empty());

    let credentials = "[other]\naws_access_key_id = 444455556666\naws_secret_access_key = x\n";
    fs::write(world.path().join("credentials"), credentials).unwrap();
    let mut command = world.command(&["plan", "--profile", "other"]);
    command.env("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let plan = ended(command);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert!(!plan.stdout.contains("dev/app"), "{}", plan.stdout);
}

/// Profiles with a role, the profile whose credentials assume it, and a Region.
const ROLE: &str = "
[profile sweeper]
role_arn = arn:aws:iam::111122223333:role/Sweeper
source_profile = base
region = eu-west-1

[profile elsewhere]
role_arn = arn:aws:iam::111122223333:role/Sweeper
source_profile = base
region = us-east-1

[profile base]
aws_access_key_id = 111122223333
aws_secret_access_key = x

[profile orphan]
role_arn = arn:aws:iam::111122223333:role/Sweeper
source_profile = nobody
region = eu-west-1
";

/// The command by a profile, with no Region but the profile's.
fn by_profile(world: &World, arguments: &[&str]) -> Command {
    fs::write(world.path().join("config"), ROLE).unwrap();
    let mut command = world.command(arguments);
    command.env("AWS_CONFIG_FILE", "config").env_remove("AWS_REGION");
    command
}

#[test]
fn a_profile_with_a_role_is_who_calls() {
    let world = World::new();
    let named = by_profile(&world, &["plan", "--profile", "sweeper"]);
    let mut in_the_environment = by_profile(&world, &["plan"]);
    in_the_environment.env("AWS_PROFILE", "sweeper");
    in_the_environment.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    for command in [named, in_the_environment] {
        let plan = ended(command);
        assert_eq!(plan.code, Some(0), "{}", plan.stderr);
        assert!(plan.stdout.contains("dev/app"), "{}", plan.stdout);
        assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
        world.simulator.reset_counts();
    }
}

#[test]
fn a_region_that_is_named_goes_before_that_of_the_profile() {
    let world = World::new();
    let asked = ["plan", "--profile", "elsewhere", "--region", "eu-west-1"];
    let plan = ended(by_profile(&world, &asked));
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert!(plan.stdout.contains("dev/app"), "{}", plan.stdout);
    assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
}

#[test]
fn a_token_that_expired_while_the_role_was_assumed_is_told() {
    let world = World::new();
    let asked = ["plan", "--profile", "sweeper"];
    world.refuse("sts:AssumeRole", "ExpiredToken");
    let plan = ended(by_profile(&world, &asked));
    assert_eq!(plan.code, Some(1), "{}", plan.stderr);
    assert!(plan.stderr.contains("sts:GetCallerIdentity in eu-west-1"), "{}", plan.stderr);
    assert!(plan.stderr.contains("ExpiredToken"), "{}", plan.stderr);
    assert!(!plan.stderr.contains("WARN"), "{}", plan.stderr);
}

#[test]
fn a_profile_that_is_not_there_says_so_and_nothing_else_does() {
    let world = World::new();
    let named = by_profile(&world, &["plan", "--profile", "nobody"]);
    let mut in_the_environment = by_profile(&world, &["plan"]);
    in_the_environment.env("AWS_PROFILE", "nobody");
    in_the_environment.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let source = by_profile(&world, &["plan", "--profile", "orphan"]);
    for command in [named, in_the_environment, source] {
        let plan = ended(command);
        assert_eq!(plan.code, Some(1), "{}", plan.stderr);
        assert!(plan.stderr.contains("nobody"), "{}", plan.stderr);
        assert!(!plan.stderr.contains("WARN"), "{}", plan.stderr);
    }
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn without_a_region_the_message_says_how_to_name_one() {
    let world = World::new();
    let mut command = world.command(&["plan"]);
    command.env_remove("AWS_REGION");
    let plan = ended(command);
    assert_eq!(plan.code, Some(2), "{}", plan.stderr);
    assert!(plan.stderr.contains("--region REGION"), "{}", plan.stderr);
}

#[test]
fn a_denied_listing_names_the_call_the_place_and_the_permission() {
    let world = World::new();
    world.refuse("ecr:DescribeRepositories", "AccessDeniedException");
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(1), "{}", plan.stderr);
    assert!(plan.stderr.contains("ecr:DescribeRepositories"), "{}", plan.stderr);
    assert!(plan.stderr.contains("111122223333/eu-west-1"), "{}", plan.stderr);
    assert!(plan.stderr.contains("next: allow ecr:DescribeRepositories"), "{}", plan.stderr);
}

#[test]
fn a_repository_that_is_not_there_is_named() {
    let world = World::new();
    for arguments in [&["plan", "--repository", "dev/ap"][..], &["explain", "dev/ap:v1"]] {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("there is no repository `dev/ap`"), "{}", ended.stderr);
        let next = "next: `aws ecr describe-repositories --region eu-west-1` lists";
        assert!(ended.stderr.contains(next), "{}", ended.stderr);
    }
}

#[test]
fn while_another_run_deletes_a_run_is_refused() {
    let world = World::new();
    let lock = r#"{
        "schema_version": 1, "owner": "somebody else", "run": "theirs", "token": 7,
        "taken_at": "2026-01-01T00:00:00Z", "expires_at": "9999-01-01T00:00:00Z"
    }"#;
    fs::create_dir(world.path().join(".ecr-sweep")).unwrap();
    fs::write(world.path().join(".ecr-sweep/lock.json"), lock).unwrap();
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.stderr.contains("somebody else"), "{}", run.stderr);
    assert_eq!(world.tags().len(), 7);
}
