//! What versions of ecr-sweep have stored, this one reads: every document of every folder here, by
//! its type and by its schema.

mod kind;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::schema::{self, SchemaName};
use ecr_sweep_protocol::snapshot;
use serde_json::Value;

use kind::{KINDS, Kind};

fn archive() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("archive")
}

fn folders_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Every stored file: where it is, and its key in its run store.
fn documents() -> Vec<(PathBuf, String)> {
    let stores = folders_of(&archive()).into_iter().flat_map(|version| folders_of(&version));
    let mut documents = Vec::new();
    for store in stores {
        for path in files_of(&store) {
            let key = path.strip_prefix(&store).unwrap().to_str().unwrap().to_owned();
            documents.push((path, key));
        }
    }
    assert!(!documents.is_empty(), "nothing is in {}", archive().display());
    documents
}

fn json_documents() -> impl Iterator<Item = (PathBuf, &'static Kind)> {
    let is_json = |(path, _): &(PathBuf, String)| path.extension().is_some_and(|it| it == "json");
    documents().into_iter().filter(is_json).map(|(path, key)| {
        let kind = KINDS.iter().find(|kind| kind.takes(&key));
        let kind = kind.unwrap_or_else(|| panic!("no kind of document has the key {key}"));
        (path, kind)
    })
}

/// What `earlier` says that `later` does not.
fn lost(earlier: &Value, later: &Value) -> Option<String> {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => {
            earlier.iter().find_map(|(name, value)| match later.get(name) {
                Some(kept) => lost(value, kept).map(|at| format!("{name}.{at}")),
                None => Some(name.clone()),
            })
        }
        (Value::Array(earlier), Value::Array(later)) if earlier.len() == later.len() => {
            earlier.iter().zip(later).find_map(|(earlier, later)| lost(earlier, later))
        }
        (earlier, later) if earlier == later => None,
        (earlier, _) => Some(earlier.to_string()),
    }
}

#[test]
fn every_stored_document_is_read_and_nothing_of_it_is_lost() {
    for (path, kind) in json_documents() {
        let bytes = std::fs::read(&path).unwrap();
        let again = (kind.read_and_write)(&bytes);
        let again = again.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (earlier, later): (Value, Value) =
            (serde_json::from_slice(&bytes).unwrap(), serde_json::from_slice(&again).unwrap());
        assert_eq!(lost(&earlier, &later), None, "{}", path.display());
    }
}

#[test]
fn every_stored_document_is_valid_by_its_schema() {
    for (path, kind) in json_documents() {
        let Some(name) = kind.schema else { continue };
        let document = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if let Err(error) = jsonschema::validate(&schema::of(name), &document) {
            panic!("{}: {error}", path.display());
        }
    }
}

#[test]
fn every_stored_policy_is_read() {
    let policies = documents().into_iter().filter(|(_, key)| key.ends_with("policy.yaml"));
    let mut read = 0;
    for (path, _) in policies {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(errors) = policy::read("policy.yaml", &text, Use::Live) {
            panic!("{}: {errors:?}", path.display());
        }
        read += 1;
    }
    assert!(read > 0);
}

#[test]
fn every_recorded_snapshot_is_read() {
    for version in folders_of(&archive()) {
        let path = version.join("snapshot.json");
        let bytes = std::fs::read(&path).unwrap();
        if let Err(error) = snapshot::read("snapshot.json", &bytes) {
            panic!("{}: {error:?}", path.display());
        }
        let document = serde_json::from_slice(&bytes).unwrap();
        jsonschema::validate(&schema::of(SchemaName::Snapshot), &document).unwrap();
    }
}

/// What programs print or send, and no run stores.
const NOT_STORED: [SchemaName; 26] = [
    SchemaName::Policy,
    SchemaName::Snapshot,
    SchemaName::Plan,
    SchemaName::Explanation,
    SchemaName::Diff,
    SchemaName::Inspection,
    SchemaName::Report,
    SchemaName::Backtest,
    SchemaName::Runs,
    SchemaName::ShownRun,
    SchemaName::ShownRepository,
    SchemaName::RunExplanation,
    SchemaName::WebhookNotice,
    SchemaName::StartedRun,
    SchemaName::Recheck,
    SchemaName::Restoration,
    SchemaName::CheckedPolicy,
    SchemaName::WrittenPolicy,
    SchemaName::RecordedSnapshot,
    SchemaName::AskedToStop,
    SchemaName::Unlocked,
    SchemaName::PrunedVault,
    SchemaName::FailedCommand,
    SchemaName::DoctorReport,
    SchemaName::ApprovalAnswer,
    SchemaName::UsageFile,
];

#[test]
fn every_kind_of_stored_document_is_in_the_archive() {
    let stored: BTreeSet<String> = documents().into_iter().map(|(_, key)| key).collect();
    for kind in KINDS {
        assert!(
            stored.iter().any(|key| kind.takes(key)),
            "nothing in {} has a key such as {}: whoever adds a kind of document adds a folder, \
             by `ECR_SWEEP_ARCHIVE=<the next number> cargo test -p ecr-sweep-steps --test steps \
             -- --ignored the_archive`",
            archive().display(),
            kind.key
        );
    }
    for name in SchemaName::ALL {
        let has_kind = KINDS.iter().any(|kind| kind.schema == Some(name));
        assert!(
            has_kind != NOT_STORED.contains(&name),
            "`{name}` is either stored, and has a row among KINDS, or it is not"
        );
    }
}

#[test]
fn what_is_lost_is_found() {
    let lost_of = |earlier: &str, later: &str| {
        lost(&serde_json::from_str(earlier).unwrap(), &serde_json::from_str(later).unwrap())
    };
    assert_eq!(lost_of(r#"{"a": [1]}"#, r#"{"a": [1], "new": null}"#), None);
    assert_eq!(lost_of(r#"{"a": {"b": 1}}"#, r#"{"a": {}}"#).as_deref(), Some("a.b"));
    assert_eq!(lost_of("[1, 2]", "[1]").as_deref(), Some("[1,2]"));
    assert_eq!(lost_of("1", "2").as_deref(), Some("1"));
}
