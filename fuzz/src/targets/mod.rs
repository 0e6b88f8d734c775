//! What reads the input of others.

mod import;
mod manifest;
mod policy;
mod reference;
mod snapshot;

use std::path::{Path, PathBuf};

/// Something that reads the input of others.
#[derive(Debug)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Reads an input, and says whether it was accepted. Panics where what was read does not hold
    /// together.
    pub read: fn(&[u8]) -> bool,
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 5] =
    [reference::TARGET, policy::TARGET, snapshot::TARGET, manifest::TARGET, import::TARGET];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of a name under the examples and the stories, the shortest first.
fn files(name: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for folder in ["examples", "tests/plans"] {
        collect(&root().join(folder), name, &mut found);
    }
    found.sort_by_key(Vec::len);
    found
}

fn collect(folder: &Path, name: &str, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, name, found);
        } else if path.ends_with(name) {
            found.push(std::fs::read(path).unwrap());
        }
    }
}
