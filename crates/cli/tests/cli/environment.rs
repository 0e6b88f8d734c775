//! Variables of the environment, by what the command line says.

use crate::command::{Ended, ecr_sweep, ended, story};
use crate::live::World;

fn offline(arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = ecr_sweep(&story("small-organization"), arguments);
    command.envs(variables.iter().copied());
    ended(command)
}

#[test]
fn a_variable_whose_option_does_not_apply_is_passed_over() {
    let explain = ["explain", "dev/app:v1", "--snapshot", "org.json"];
    let check = ["check", "policy.yaml", "--snapshot", "org.json"];
    for (arguments, variables) in [
        (&explain[..], &[("ECR_SWEEP_RUN", "latest"), ("ECR_SWEEP_WHO_PULLED", "true")][..]),
        (&explain, &[("ECR_SWEEP_WHO_PULLED", "false"), ("ECR_SWEEP_RUN", "")]),
        (&check, &[("ECR_SWEEP_LIVE", "true")]),
        (&check, &[("ECR_SWEEP_LIVE", "false")]),
    ] {
        let [with, without] = [variables, &[]].map(|variables| offline(arguments, variables));
        assert_eq!((with.code, &with.stderr), (Some(0), &without.stderr), "{variables:?}");
        assert_eq!(with.stdout, without.stdout, "{variables:?}");
    }
}

#[test]
fn a_variable_of_what_is_only_for_clusters_or_snapshots_disturbs_no_account() {
    let world = World::new();
    for (arguments, variables) in [
        (
            &["scan", "--policy", "policy.yaml", "--format", "ecrm"][..],
            &[
                ("ECR_SWEEP_ACCOUNT", "444455556666"),
                ("ECR_SWEEP_CLUSTER", "blue"),
                ("ECR_SWEEP_CONTEXT", "blue"),
                ("ECR_SWEEP_KUBECONFIG", "nowhere"),
                ("ECR_SWEEP_KUBERNETES", "false"),
            ][..],
        ),
        (&["scan", "--policy", "policy.yaml", "--format", "ecrm"], &[("ECR_SWEEP_ACCOUNT", "me")]),
    ] {
        let mut command = world.command(arguments);
        command.envs(variables.iter().copied());
        let [with, without] = [command, world.command(arguments)].map(ended);
        assert_eq!((with.code, &with.stdout), (Some(0), &without.stdout), "{}", with.stderr);
    }
    let mut command = world.command(&["plan"]);
    command.env("ECR_SWEEP_NOW", "2020-01-01T00:00:00Z");
    let plan = ended(command);
    assert!(
        plan.code == Some(0) && !plan.stdout.contains("2020-"),
        "{}{}",
        plan.stdout,
        plan.stderr
    );
}

#[test]
fn an_option_that_does_not_apply_is_an_error() {
    for arguments in [
        &["scan", "--account", "111122223333"][..],
        &["scan", "--cluster", "blue"],
        &["scan", "--context", "blue"],
        &["scan", "--kubeconfig", "config"],
        &["scan", "--kubernetes", "--profile", "me"],
        &["scan", "--kubernetes", "--store", "here"],
        &["scan", "--kubernetes", "--concurrency", "2"],
        &["plan", "--now", "2020-01-01T00:00:00Z"],
        &["explain", "dev/app:v1", "--snapshot", "org.json", "--run", "latest"],
        &["check", "--snapshot", "org.json", "--live"],
    ] {
        let ended = offline(arguments, &[]);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        let option = arguments.iter().rfind(|it| it.starts_with("--")).unwrap();
        assert!(ended.stderr.contains(option), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn what_says_two_things_of_what_is_deleted_is_an_error_also_from_the_environment() {
    for (arguments, variable) in [
        (&["start", "--plan", "latest", "--delete"][..], ("ECR_SWEEP_REPOSITORY", "dev/*")),
        (&["start", "--repository", "dev/*", "--delete"], ("ECR_SWEEP_PLAN", "latest")),
        (&["start", "--delete"], ("ECR_SWEEP_DRY_RUN", "true")),
    ] {
        let ended = offline(arguments, &[variable]);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("cannot be used with"), "{arguments:?}: {}", ended.stderr);
    }
}
