//! `cargo xtask audit`: whether something is known against a dependency, as of today. It is no part of
//! `test`: the same commit must not pass today and fail tomorrow. The release workflow runs it.
//!
//! What is known is at places that not every machine reaches: for Rust in the repository
//! <https://github.com/RustSec/advisory-db>, for npm in its registry, and not in every mirror of it. That
//! nobody could be asked is told as that, and fails: it is not that nothing is known.

use std::process::{Command, Stdio};

use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;

use crate::run::{root, run};
use crate::tools::installed;

/// The version of cargo-audit that is run.
const VERSION: &str = "0.22.2";

/// What somebody who was asked for advisories said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    NothingKnown,
    SomethingKnown,
    /// It is not an answer: why, is on standard error.
    NotAsked,
}

pub(crate) fn audit() -> miette::Result<()> {
    let mut crates = Command::new(installed("cargo-audit", VERSION)?);
    crates.current_dir(root()).args(["audit", "--deny", "warnings"]);
    let mut packages = Command::new("npm");
    packages.current_dir(root().join("infra")).args(["audit", "--omit", "dev"]);
    let mut failed = Vec::new();
    for (of, command) in [("Rust", crates), ("npm", packages)] {
        match ask(command).wrap_err_with(|| format!("the dependencies of {of}"))? {
            Answer::NothingKnown => println!("nothing is known against the dependencies of {of}"),
            Answer::SomethingKnown => {
                failed.push(format!("something is known against the dependencies of {of}"));
            }
            Answer::NotAsked => {
                failed.push(format!("nobody could be asked about the dependencies of {of}"));
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(miette!("{}", failed.join("; "))) }
}

/// Asks, and shows for people what is known.
fn ask(mut command: Command) -> miette::Result<Answer> {
    let shown = format!("{command:?}");
    let mut for_people = Command::new(command.get_program());
    for_people.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        for_people.current_dir(folder);
    }
    let said = command.arg("--json").stderr(Stdio::inherit()).output();
    let said = said.into_diagnostic().wrap_err_with(|| format!("cannot start {shown}"))?;
    let answer = answer(said.status.success(), &said.stdout);
    if answer == Answer::SomethingKnown
        && let Err(error) = run(&mut for_people, 0)
    {
        eprintln!("{error}");
    }
    Ok(answer)
}

/// Both programs say in the same place what they have found, and fail alike, whether they have found
/// something or have found nobody to ask.
fn answer(is_well: bool, document: &[u8]) -> Answer {
    let document: Option<Value> = serde_json::from_slice(document).ok();
    match document.and_then(|it| it.get("vulnerabilities").map(Value::is_object)) {
        Some(true) if is_well => Answer::NothingKnown,
        Some(true) => Answer::SomethingKnown,
        _ => Answer::NotAsked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_and_that_nobody_could_be_asked_are_two_answers() {
        let crates =
            br#"{"database": {}, "vulnerabilities": {"found": false, "count": 0, "list": []}}"#;
        let packages = br#"{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {}}"#;
        for found in [&crates[..], packages] {
            assert_eq!(answer(true, found), Answer::NothingKnown);
            assert_eq!(answer(false, found), Answer::SomethingKnown);
        }
        let refused = br#"{"message": "405 Method Not Allowed", "statusCode": 405}"#;
        for nobody in [&refused[..], b"", b"error: couldn't fetch advisory database", b"[]"] {
            assert_eq!(answer(false, nobody), Answer::NotAsked);
            assert_eq!(answer(true, nobody), Answer::NotAsked);
        }
    }
}
