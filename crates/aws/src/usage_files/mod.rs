//! Usage files: where a policy says that others put them.

mod bucket;
mod folder;

use std::io;

use ecr_sweep_core::Pattern;
use jiff::Timestamp;

use crate::store::NotAStore;
use crate::{AwsError, Sessions};

/// A file, whatever is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where people find it.
    pub name: Box<str>,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// When it was put there.
    pub written_at: Timestamp,
}

/// Why the files of a path could not be read. Nothing of what was read is returned.
#[derive(Debug, thiserror::Error)]
pub enum UsageFilesError {
    /// The path names no place.
    #[error("`{path}` names no bucket")]
    NoBucket {
        /// The path.
        path: Box<str>,
        /// What is wrong with it.
        #[source]
        source: NotAStore,
    },
    /// A file or folder could not be read.
    #[error("`{name}` cannot be read")]
    Disk {
        /// Which one.
        name: Box<str>,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file was listed, and was not there any more when it was to be read: what it says is not known.
    #[error("`{name}` vanished between being listed and being read")]
    Vanished {
        /// Which one.
        name: Box<str>,
    },
    /// A bucket could not be read.
    #[error("`{name}` cannot be read")]
    Bucket {
        /// Which object, or which ones.
        name: Box<str>,
        /// Why not.
        #[source]
        source: Box<AwsError>,
    },
}

/// Every file that a path names, sorted: a local path or an `s3://` address. `*` stands for any run of
/// characters but `/`; where one is, files whose names start with a dot are left out. A `/` at the end
/// stands for every file right in that folder.
pub async fn find_files(
    sessions: &Sessions,
    path: &str,
) -> Result<Vec<FoundFile>, UsageFilesError> {
    let path = if path.ends_with('/') { format!("{path}*") } else { path.to_owned() };
    let mut files = match path.strip_prefix("s3://") {
        Some(address) => bucket::find(sessions, &path, address).await?,
        None => folder::find(path.into()).await?,
    };
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// Whether a name fits one part of a path.
fn fits(part: &str, name: &str) -> bool {
    if !part.contains('*') {
        return part == name;
    }
    let fits = part.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(name));
    // Consoles make an object of no name for a folder.
    fits && !name.is_empty() && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run_of_characters_and_no_hidden_file() {
        for (part, name, expected) in [
            ("*.json", "blue.json", true),
            ("*.json", ".blue.json", false),
            ("*.json", "blue.json.tmp", false),
            ("blue.json", "blue.json", true),
            (".hidden", ".hidden", true),
            ("*", "anything", true),
            ("*", "", false),
        ] {
            assert_eq!(fits(part, name), expected, "{part} {name}");
        }
    }
}
