//! The command against moto: an ECR that this project did not write, as far as moto models one.
//!
//! A task definition of another account, behind a role, names one of the images. moto knows no
//! paging of `DescribeImages`, no `ImageReferencedByManifestList`, no pull times and no
//! `account:ListRegions`; so the policy names the Region.

mod bucket;
mod scripts;
#[path = "../../../../tests/moto/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use scripts::{folder, script};
use serde_json::Value;
use server::Moto;

fn policy() -> PathBuf {
    folder().join("policy.yaml")
}

/// A command with nothing of this machine's settings.
fn command(moto: &Moto, store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecr-sweep"));
    command
        .args(arguments)
        .env_clear()
        .env("ECR_SWEEP_STORE", store)
        .env("AWS_ENDPOINT_URL", moto.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// A command that goes by the policy, to its end.
fn ecr_sweep(moto: &Moto, store: &Path, arguments: &[&str]) -> Output {
    let mut command = command(moto, store, arguments);
    command.arg("--policy").arg(policy()).output().expect("the command starts")
}

fn digests_of<'a>(digests: &Value, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(|name| digests[name].as_str().expect(name).to_owned()).collect()
}

fn texts(rows: &Value) -> BTreeSet<String> {
    let text = |row: &Value| row.as_str().unwrap_or_default().to_owned();
    rows.as_array().expect("a list").iter().map(text).collect()
}

#[test]
fn a_dry_run_and_a_sweep_of_moto_delete_what_nothing_uses_and_nothing_else() {
    let moto = Moto::start();
    let digests = script(&moto, "seed.py", &[]);
    let store = tempfile::tempdir().expect("a folder");

    let planned = ecr_sweep(&moto, store.path(), &["plan", "--format", "json"]);
    let problem = String::from_utf8_lossy(&planned.stderr);
    assert_eq!(planned.status.code(), Some(0), "{problem}");
    let plan: Value = serde_json::from_slice(&planned.stdout).expect("the plan is JSON");
    let rows = |list: &str| -> BTreeSet<String> {
        let plans = plan["plans"].as_array().expect("plans");
        let rows = plans.iter().flat_map(|plan| plan[list].as_array().expect("rows"));
        rows.map(|row| row["digest"].as_str().expect("a digest").to_owned()).collect()
    };
    let goes = ["unused", "old", "unused-index", "lonely-child", "no-function"];
    let stays =
        ["task", "service", "elsewhere", "tagged", "kept-index", "amd64", "arm64", "function"];
    assert_eq!(rows("delete"), digests_of(&digests, goes));
    assert_eq!(rows("keep"), digests_of(&digests, stays));
    assert_eq!(texts(&script(&moto, "remaining.py", &["app"])).len(), 11, "a dry run deletes");

    let swept = ecr_sweep(&moto, store.path(), &["run", "--yes"]);
    let problem = String::from_utf8_lossy(&swept.stderr);
    assert_eq!(swept.status.code(), Some(0), "{problem}");
    let left = |repository| texts(&script(&moto, "remaining.py", &[repository]));
    let app = ["task", "service", "elsewhere", "tagged", "kept-index", "amd64", "arm64"];
    let told = String::from_utf8_lossy(&swept.stdout);
    assert_eq!(left("app"), digests_of(&digests, app), "{told}{problem}");
    assert_eq!(left("functions"), digests_of(&digests, ["function"]));
    assert_eq!(left("untouched"), digests_of(&digests, ["left-alone"]));
}
