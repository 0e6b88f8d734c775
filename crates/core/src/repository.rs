//! What is known of one repository and one registry.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, Age, Image, Place, Region, Unread};

/// One account's ECR in one Region, with its repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// Where deletions in this registry are replicated to: what is deleted here goes there too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deletes_replicate_to: Vec<Place>,
    /// What could not be read of it; none: all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
    /// The repositories.
    pub repositories: Vec<Repository>,
}

impl Registry {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

/// A named set of images in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The name, with its slashes.
    pub name: Box<str>,
    /// The tags of the repository, not those of its images.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Box<str>, Box<str>>,
    /// Whom its own or its registry's resource policy admits, besides its own account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<Admitted>,
    /// How far `used_at` of the images can be relied on. Absent: it tells of all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_history: Option<UseHistory>,
    /// Every image, whatever its status.
    pub images: Vec<Image>,
}

impl Repository {
    /// One that is named and that its registry does not have: nothing is in it.
    pub(crate) fn absent(name: &str) -> Self {
        let (tags, allows, images) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { name: name.into(), tags, allows, use_history: None, images }
    }
}

/// Since when it is known what was used in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UseHistory {
    /// Since when runs have looked at it again and again. What was used before is not known.
    pub since: Timestamp,
    /// When a run last saw all usage. What was used since then is not known.
    pub looked_at: Timestamp,
}

impl UseHistory {
    /// For so long runs may not look, whatever a rule asks for: where none did, nobody knows what was
    /// used meanwhile. A month, and some days.
    pub const LONGEST_GAP: Age = Age::days(35);

    /// Whether no run looked for too long before a time.
    #[must_use]
    pub fn is_broken_at(&self, now: Timestamp) -> bool {
        self.looked_at < Self::LONGEST_GAP.before(now)
    }
}

/// Somebody whom a resource policy lets pull.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum Admitted {
    /// One account.
    Account(Account),
    /// The whole organization.
    Organization,
    /// Everybody.
    Public,
}

impl fmt::Display for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Organization => f.write_str("organization"),
            Self::Public => f.write_str("public"),
        }
    }
}

impl TryFrom<String> for Admitted {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "organization" => Ok(Self::Organization),
            "public" => Ok(Self::Public),
            account => account.parse().map(Self::Account).map_err(|_| {
                format!("`{text}`: expected an account of 12 digits, `organization` or `public`")
            }),
        }
    }
}

impl From<Admitted> for String {
    fn from(admitted: Admitted) -> Self {
        admitted.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_policy_admits_reads_as_it_is_written() {
        for text in ["111122223333", "organization", "public"] {
            let admitted = Admitted::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(admitted), text);
        }
        assert!(Admitted::try_from("everybody".to_owned()).unwrap_err().contains("`everybody`"));
    }
}
