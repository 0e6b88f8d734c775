//! Commands that show a result, and with which not all is well.

use serde_json::Value;

use super::world::World;

/// Runs a command that ends with the code, and holds its standard error against what it promises.
fn short(world: &World, arguments: &[&str], code: i32, why: &str) {
    let shown = world.run(arguments);
    assert_eq!(shown.code, Some(code), "{arguments:?}: {}", shown.stderr);
    let label = if code == 3 { "warning" } else { "error" };
    let told = shown.stderr.lines().position(|line| line == format!("{label}: {why}"));
    let told = told.unwrap_or_else(|| panic!("{arguments:?}: {}", shown.stderr));
    let next = shown.stderr.lines().skip(told + 1).find(|line| line.starts_with("next: "));
    assert!(next.is_some(), "{arguments:?}: {}", shown.stderr);

    let as_json = world.run(&[arguments, &["--format", "json"]].concat());
    assert_eq!(as_json.code, Some(code), "{arguments:?}: {}", as_json.stderr);
    let failed = as_json.stderr.lines().find(|line| line.starts_with('{'));
    let failed: Option<Value> = failed.map(|line| serde_json::from_str(line).unwrap());
    match code {
        3 => assert_eq!(failed, None, "{arguments:?}"),
        _ => assert_eq!(failed.unwrap()["exit_code"], code, "{arguments:?}"),
    }
    serde_json::from_str::<Value>(&as_json.stdout).unwrap();
}

#[test]
fn what_was_not_seen_is_told_by_every_command_with_a_step() {
    let world = World::new();
    world.refuse("ecs:*", "AccessDeniedException");
    short(&world, &["plan"], 3, "usage was not seen whole, and 1 repository is blocked");
    short(&world, &["run", "--yes"], 4, "usage was not seen whole, so nothing was deleted");
    short(&world, &["inspect"], 3, "usage was not seen whole, so what is in use is not known");
    short(&world, &["scan"], 3, "usage was not seen whole");
    let policies = ["--policy", "policy.yaml", "--policy", "policy.yaml"];
    let why = "by policy.yaml, usage was not seen whole, and 1 repository is blocked";
    short(&world, &[&["diff"], &policies[..]].concat(), 3, why);
    let why = "something is in the way of a run, or could not be checked";
    short(&world, &["doctor"], 3, why);
}

#[test]
fn what_failed_is_told_with_a_step() {
    let world = World::new();
    world.refuse("ecr:DescribeImages", "AccessDeniedException");
    short(&world, &["plan"], 1, "1 repository could not be planned");
}

#[test]
fn deletions_that_are_refused_are_told_with_the_command_that_goes_on() {
    let world = World::new();
    world.refuse("ecr:BatchDeleteImage", "AccessDeniedException");
    let why = "not all that was planned is gone: 3 images failed";
    short(&world, &["run", "--yes"], 5, why);
}
