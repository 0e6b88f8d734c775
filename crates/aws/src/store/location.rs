//! Where a run store is: a folder, or a bucket.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use ecr_sweep_core::{bucket_problem, object_name_problem};

use super::{FolderStore, RunStore, S3Store};
use crate::Sessions;

/// Where a run store is: `s3://BUCKET[/PREFIX]`, or the path of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// A folder, which need not exist yet.
    Folder(PathBuf),
    /// A bucket, which has to exist.
    Bucket(S3Location),
}

/// A bucket, and what the names of a store's objects start with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct S3Location {
    bucket: Box<str>,
    prefix: Box<str>,
}

/// A text that says neither a folder nor a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a run store is a folder or s3://BUCKET[/PREFIX]: {problem}")]
pub struct NotAStore {
    problem: &'static str,
}

impl StoreLocation {
    /// The store. No call is made.
    #[must_use]
    pub fn open(&self, sessions: &Sessions) -> Arc<dyn RunStore> {
        match self {
            Self::Folder(path) => Arc::new(FolderStore::new(path.clone())),
            Self::Bucket(location) => Arc::new(S3Store::new(sessions, location.clone())),
        }
    }

    /// The store of a deployment: a bucket has to be of the caller's own account, or every call
    /// fails. No call is made.
    #[must_use]
    pub fn open_own(&self, sessions: &Sessions) -> Arc<dyn RunStore> {
        match self {
            Self::Folder(_) => self.open(sessions),
            Self::Bucket(location) => {
                let owner = sessions.home().account.clone();
                Arc::new(S3Store::new(sessions, location.clone()).owned_by(owner))
            }
        }
    }
}

impl FromStr for StoreLocation {
    type Err = NotAStore;

    fn from_str(text: &str) -> Result<Self, NotAStore> {
        let refused = |problem| Err(NotAStore { problem });
        if let Some(location) = text.strip_prefix("s3://") {
            let (bucket, prefix) = location.split_once('/').unwrap_or((location, ""));
            return S3Location::new(bucket, prefix).map(Self::Bucket);
        }
        // A folder of such a name would hold the lock of nobody.
        match text.split_once(':').map(|(scheme, rest)| (scheme, rest.starts_with("//"))) {
            _ if text.is_empty() => refused("this is empty"),
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("s3") => {
                refused("a bucket is written with `s3://`, in lower case and with two slashes")
            }
            Some((_, true)) => refused("`s3` is the only scheme"),
            _ => Ok(Self::Folder(text.into())),
        }
    }
}

impl S3Location {
    /// The objects of a bucket that start with this prefix and a `/`; all objects if it is empty.
    pub fn new(bucket: &str, prefix: &str) -> Result<Self, NotAStore> {
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let problem = bucket_problem(bucket).or_else(|| {
            let problem = (!prefix.is_empty()).then(|| object_name_problem(prefix)).flatten();
            problem.map(|_| {
                "the parts of a prefix are of printable ASCII characters, and none of them is empty or starts with a dot"
            })
        });
        match problem {
            Some(problem) => Err(NotAStore { problem }),
            None => Ok(Self { bucket: bucket.into(), prefix: prefix.into() }),
        }
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the store's objects start with, before a `/`; may be empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name of the object under a key.
    pub(super) fn object(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.prefix {
            "" => write!(f, "s3://{}", self.bucket),
            prefix => write!(f, "s3://{}/{prefix}", self.bucket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(bucket: &str, prefix: &str) -> StoreLocation {
        StoreLocation::Bucket(S3Location::new(bucket, prefix).unwrap())
    }

    #[test]
    fn a_url_is_a_bucket_with_or_without_a_prefix() {
        for (text, expected) in [
            ("s3://sweeps", bucket("sweeps", "")),
            ("s3://sweeps/", bucket("sweeps", "")),
            ("s3://my.sweeps-2/a/b", bucket("my.sweeps-2", "a/b")),
            ("s3://sweeps/a/b/", bucket("sweeps", "a/b")),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_a_folder() {
        for text in [".ecr-sweep", "/var/sweeps", "s3", "C:\\sweeps", "a:b"] {
            assert_eq!(text.parse(), Ok(StoreLocation::Folder(text.into())), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_meant_as_a_bucket_and_is_none_is_refused() {
        for (text, part) in [
            ("", "empty"),
            ("s3:/sweeps", "two slashes"),
            ("s3:sweeps", "two slashes"),
            ("S3://sweeps", "lower case"),
            ("gs://sweeps", "only scheme"),
            ("file:///sweeps", "only scheme"),
            ("s3://", "names no bucket"),
            ("s3:///sweeps", "names no bucket"),
            ("s3://ab", "from 3 to 63"),
            ("s3://Sweeps", "lower-case"),
            ("s3://my_sweeps", "lower-case"),
            ("s3://-sweeps", "starts and ends"),
            ("s3://sweeps./a", "starts and ends"),
            ("s3://a..b", "two dots"),
            ("s3://127.0.0.1/a", "IP address"),
            ("s3://sweeps//a", "prefix"),
            ("s3://sweeps/a//", "prefix"),
            ("s3://sweeps/../a", "prefix"),
            ("s3://sweeps/a b", "prefix"),
        ] {
            let refused = text.parse::<StoreLocation>().unwrap_err().to_string();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }

    #[test]
    fn a_location_is_written_as_it_is_read() {
        for text in ["s3://sweeps", "s3://sweeps/a/b"] {
            let Ok(StoreLocation::Bucket(location)) = text.parse() else { panic!("{text}") };
            assert_eq!(location.to_string(), text);
        }
    }
}
