//! Reads the files that commands are given.

use std::io::ErrorKind;
use std::path::Path;

use ecr_sweep_policy::{self as policy, PolicyFile, Use};
use ecr_sweep_protocol::{Snapshot, snapshot};

use crate::diagnostics;
use crate::failure::Failure;

/// Reads a policy, and tells what is odd about it. Gives its text, too.
pub fn policy(path: &Path, use_of: Use) -> Result<(PolicyFile, String), Failure> {
    let next =
        "name the policy with `--policy FILE`; `ecr-sweep schema policy` prints what it may say";
    let bytes = read("policy", path, next)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let message = format!("the policy `{}` is not UTF-8 text", path.display());
        Failure::invalid(message).because(error.utf8_error()).next(next)
    })?;
    let name = path.display().to_string();
    match policy::read(&name, &text, use_of) {
        Ok(file) => {
            tracing::info!(
                policy = name,
                rules = file.policy.repositories.len(),
                "read the policy"
            );
            diagnostics::warn(&name, &file.warnings);
            Ok((file, text))
        }
        Err(errors) => Err(Failure::Policy { errors, text }),
    }
}

/// Reads a snapshot.
pub fn snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let next = "`ecr-sweep snapshot -o FILE` records one; `ecr-sweep schema snapshot` prints what it may say";
    let bytes = read("snapshot", path, next)?;
    let name = path.display().to_string();
    let snapshot = snapshot::read(&name, &bytes).map_err(|error| {
        Failure::invalid(format!("cannot use the snapshot `{name}`: {}", error.problem)).next(next)
    })?;
    tracing::info!(
        snapshot = name,
        registries = snapshot.registries.len(),
        rows = snapshot.usage.len(),
        "read the snapshot"
    );
    Ok(snapshot)
}

fn read(what: &str, path: &Path, next: &str) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        let failure = match error.kind() {
            ErrorKind::NotFound => Failure::invalid(format!("there is no {what} `{name}`")),
            ErrorKind::IsADirectory => {
                Failure::invalid(format!("the {what} `{name}` is a directory"))
            }
            _ => Failure::invalid(format!("cannot read the {what} `{name}`")).because(error),
        };
        failure.next(next)
    })?;
    if bytes.is_empty() {
        return Err(Failure::invalid(format!("the {what} `{name}` is empty")).next(next));
    }
    Ok(bytes)
}
