//! Runs that earlier versions have stored are listed, shown and explained.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{Ended, ecr_sweep, ended};
use crate::documents::is_valid;

/// Every run store of the archive.
fn stores() -> Vec<PathBuf> {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/archive");
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let mut stores: Vec<PathBuf> =
        folders(&archive).iter().flat_map(|version| folders(version)).collect();
    stores.sort();
    assert!(!stores.is_empty());
    stores
}

/// What the command says of a run store, without credentials.
fn told(store: &Path, arguments: &[&str]) -> Ended {
    let store = store.to_str().unwrap();
    ended(ecr_sweep(Path::new("."), &[arguments, &["--store", store]].concat()))
}

fn document(store: &Path, arguments: &[&str], schema: &str) -> Value {
    let told = told(store, &[arguments, &["--format", "json"]].concat());
    assert_eq!(told.code, Some(0), "{}: {arguments:?}: {}", store.display(), told.stderr);
    let document = serde_json::from_str(&told.stdout).unwrap();
    is_valid(&document, schema);
    document
}

/// Every run of the archive, with its store.
fn runs() -> Vec<(PathBuf, Value)> {
    let mut runs = Vec::new();
    for store in stores() {
        let list = document(&store, &["runs"], "runs");
        assert_eq!(list["unreadable"].as_array().unwrap().len(), 0, "{list:#}");
        for run in list["runs"].as_array().unwrap() {
            runs.push((store.clone(), run.clone()));
        }
    }
    runs
}

fn name(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn every_run_is_listed_as_it_ended() {
    let listed: Vec<String> = runs()
        .into_iter()
        .map(|(store, run)| {
            let store = store.file_name().unwrap().to_str().unwrap();
            let (ending, totals) = (name(&run["ending"]), &run["totals"]);
            let number = |it: &Value| it.as_u64().unwrap();
            let what = if run["dry_run"] == true { "dry run" } else { "sweep" };
            format!(
                "{store}/{}: {what}, {ending}; planned {}, deleted {}, failed {}, skipped {}",
                name(&run["run"]),
                number(&totals["plan"]["delete"]),
                number(&totals["outcomes"]["deleted"]),
                number(&totals["outcomes"]["failed"]),
                number(&totals["outcomes"]["skipped"]),
            )
        })
        .collect();
    insta::assert_snapshot!(listed.join("\n"));
}

#[test]
fn every_run_is_shown_with_its_summary_and_its_repositories() {
    for (store, run) in runs() {
        let run = name(&run["run"]);
        let shown = document(&store, &["show", run], "shown-run");
        let summary = &shown["summary"];
        assert_eq!(summary["run"], *run, "{shown:#}");
        let as_table = told(&store, &["show", run]);
        assert!(as_table.stdout.starts_with(&format!("Run {run}")), "{}", as_table.stderr);
        for repository in summary["repositories"].as_array().unwrap() {
            let name = name(&repository["repository"]);
            let shown = document(&store, &["show", run, name], "shown-repository");
            assert!(shown.to_string().contains(name), "{shown:#}");
        }
    }
}

#[test]
fn every_run_has_its_report() {
    for (store, run) in runs() {
        let run = name(&run["run"]);
        let report = document(&store, &["report", run], "report");
        assert_eq!(report["summary"]["run"], *run, "{report:#}");
        let table = told(&store, &["report", run, "--format", "csv"]);
        let images = report["summary"]["totals"]["plan"]["images"].as_u64().unwrap();
        assert_eq!(table.stdout.lines().count() as u64, images + 1, "{}", table.stdout);
        let markdown = told(&store, &["report", run, "--format", "markdown"]);
        assert!(markdown.stdout.starts_with("# What w"), "{}", markdown.stderr);
    }
}

#[test]
fn every_image_of_a_plan_is_explained_from_its_run() {
    let mut explained = 0;
    for (store, run) in runs() {
        let run = name(&run["run"]);
        let shown = document(&store, &["show", run], "shown-run");
        for repository in shown["summary"]["repositories"].as_array().unwrap() {
            let name = name(&repository["repository"]);
            let shown = document(&store, &["show", run, name], "shown-repository");
            let plan = &shown["plan"]["plan"];
            for verdict in ["delete", "keep", "would_delete"] {
                let Some(image) = plan[verdict].get(0) else { continue };
                let image = format!("{name}@{}", image["digest"].as_str().unwrap());
                document(&store, &["explain", &image, "--run", run], "run-explanation");
                explained += 1;
            }
        }
    }
    assert!(explained > 0);
}

#[test]
fn a_recorded_snapshot_of_an_earlier_version_is_planned() {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/archive/1");
    let policy = archive.join("dry-run/sweeps/dry-run/policy.yaml");
    let arguments = ["plan", "--snapshot", "snapshot.json", "--policy", policy.to_str().unwrap()];
    let planned = ended(ecr_sweep(&archive, &arguments));
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    assert!(planned.stdout.contains("dev/app"), "{}", planned.stdout);
}
