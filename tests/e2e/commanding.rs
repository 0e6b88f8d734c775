//! The command, on what is deployed.

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::organization::{KEEP_ONE, KEPT, policy};
use crate::stage::{Deployed, Stage, stage};

impl Stage {
    /// Runs a command that succeeds, and gives what it says on standard output.
    fn command(&self, deployed: &Deployed, arguments: &[&str]) -> Value {
        let Output { status, stdout, stderr } = self.local.ecr_sweep(deployed, arguments);
        let stderr = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(0), "{arguments:?}: {stderr}");
        serde_json::from_slice(&stdout).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {}\n{stderr}", String::from_utf8_lossy(&stdout))
        })
    }
}

#[test]
fn the_command_starts_a_dry_run_follows_it_to_its_end_and_checks_it_again() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let start = ["start", "--repository", "commanded/*", "--wait", "--format", "json"];
    let summary = &stage.command(&stage.sweeping, &start)["summary"];
    assert_eq!(summary["ending"], "done", "{summary:#}");
    assert_eq!(summary["totals"]["plan"]["delete"], 6, "{summary:#}");

    let run = summary["run"].as_str().unwrap();
    let again = ["start", "--plan", run, "--wait", "--format", "json"];
    let rechecked = stage.command(&stage.sweeping, &again);
    assert_eq!(rechecked["run"], run, "{rechecked:#}");
    let repositories = rechecked["repositories"].as_array().unwrap();
    let still: Vec<_> = repositories.iter().filter_map(|it| it["still"].as_u64()).collect();
    assert_eq!(still.iter().sum::<u64>(), 6, "{rechecked:#}");
    assert_eq!(stage.changes(), BTreeMap::new());
}

#[test]
fn the_command_starts_a_sweep_approves_it_and_follows_it_to_its_end() {
    let stage = stage();
    Stage::set_policy(&stage.asking, &policy(KEEP_ONE));
    let start = ["start", "--delete", "--yes", "--repository", "asked/*", "--format", "json"];
    let started = stage.command(&stage.asking, &start);
    let run = started["run"].as_str().unwrap();
    stage.asking.wait_for_the_question(run);
    assert_eq!(stage.changes(), BTreeMap::new());

    stage.command(&stage.asking, &["approve", run, "--yes", "--format", "json"]);
    let watch = ["watch", run, "--every", "1", "--format", "json"];
    let summary = &stage.command(&stage.asking, &watch)["summary"];
    assert_eq!(summary["totals"]["outcomes"]["deleted"], 6, "{summary:#}");
    assert_eq!(
        stage.images(&stage.asking, "asked/app"),
        stage.organization.digests("asked/app", &KEPT)
    );
}
