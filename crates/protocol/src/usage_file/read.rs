//! Reading a usage file.

use std::collections::BTreeMap;

use ecr_sweep_core::{ScanPlace, Source, is_like_reference};

use super::{UsageFile, UsageFileContent};

/// A file that is no good usage file: which one, and what is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the usage file `{name}` cannot be used: {problem}")]
pub struct UsageFileError {
    /// The file, as it was named.
    pub name: String,
    /// What is wrong with it.
    #[source]
    pub problem: UsageFileProblem,
}

/// What is wrong with a file that should be a usage file.
#[derive(Debug, thiserror::Error)]
pub enum UsageFileProblem {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is none, or is cut short.
    #[error("{0}")]
    Unreadable(#[from] serde_json::Error),
    /// It can be read, and cannot be true.
    #[error("{path}: {problem}")]
    Contradiction {
        /// Where, such as `scanned[0]`.
        path: String,
        /// What.
        problem: String,
    },
}

/// Reads a usage file in either format, and checks that it can be true. `name` is what errors call
/// the file.
pub fn read(name: &str, bytes: &[u8]) -> Result<UsageFileContent, UsageFileError> {
    content(bytes).map_err(|problem| UsageFileError { name: name.to_owned(), problem })
}

fn content(bytes: &[u8]) -> Result<UsageFileContent, UsageFileProblem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    match bytes.first() {
        None => Err(UsageFileProblem::Empty),
        Some(b'[') => {
            let references: Vec<Box<str>> = serde_json::from_slice(bytes)?;
            for (at, reference) in references.iter().enumerate() {
                check_reference(|| format!("[{at}]"), reference)?;
            }
            Ok(UsageFileContent::References(references))
        }
        Some(_) => {
            let file: UsageFile = serde_json::from_slice(bytes)?;
            check(&file)?;
            Ok(UsageFileContent::Scanned(file))
        }
    }
}

/// Whether each row is of something that was looked at, and all of them are there.
fn check(file: &UsageFile) -> Result<(), UsageFileProblem> {
    let mut counts: BTreeMap<(ScanPlace, Source), u64> = BTreeMap::new();
    for (at, scanned) in file.scanned.iter().enumerate() {
        let path = format!("scanned[{at}]");
        let source = scanned.source;
        if scanned.cluster.is_some() && !source.facts().has_clusters {
            return contradiction(path, format!("{source} is not looked at by cluster"));
        }
        if scanned.platform.is_some() && source != Source::Files {
            return contradiction(path, format!("only `files` has a platform, not {source}"));
        }
        if counts.insert((scanned.place(), source), 0).is_some() {
            let problem = format!("{source} in {} was said before", scanned.place());
            return contradiction(path, problem);
        }
    }
    for (at, usage) in file.usage.iter().enumerate() {
        let (place, source) = (usage.seen_in(), usage.kind.source());
        let missing = || format!("`scanned` does not have {source} in {place}");
        match counts.get_mut(&(place.clone(), source)) {
            Some(count) => *count += 1,
            None => return contradiction(format!("usage[{at}]"), missing()),
        }
        // What a service or a cluster has is told as it stands there.
        if source == Source::Files {
            check_reference(|| format!("usage[{at}].reference"), &usage.reference)?;
        }
    }
    for (at, scanned) in file.scanned.iter().enumerate() {
        let (said, has) = (scanned.references, counts[&(scanned.place(), scanned.source)]);
        if said != has {
            let problem = format!("it says {said} references, and `usage` has {has} of it");
            return contradiction(format!("scanned[{at}].references"), problem);
        }
    }
    Ok(())
}

/// Somebody's program that fills in a template writes an empty name, or a placeholder, where it does
/// not know the image: then the file does not say what is in use.
fn check_reference(path: impl Fn() -> String, reference: &str) -> Result<(), UsageFileProblem> {
    if is_like_reference(reference) {
        return Ok(());
    }
    let problem = format!("`{reference}` is the name of no image; was it not filled in?");
    contradiction(path(), problem)
}

fn contradiction(path: String, problem: String) -> Result<(), UsageFileProblem> {
    Err(UsageFileProblem::Contradiction { path, problem })
}
