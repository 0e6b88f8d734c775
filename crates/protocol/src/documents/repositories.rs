//! Which repositories a run plans.

use std::collections::BTreeMap;

use ecr_sweep_core::{Account, Place, Region, Unread, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RepositoryFailure, RunId, V1};

/// The repositories that a rule of the policy takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repositories {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// Repositories of which it could not be told whether a rule takes them.
    pub failed: Vec<RepositoryFailure>,
    /// Those that a rule takes, sorted by registry and name.
    pub repositories: Vec<MatchedRepository>,
    /// The registries that were listed, with all that is left alone.
    pub registries: Vec<ListedRegistry>,
    /// The registries that could not be listed, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadRegistry>,
}

/// A registry of which something is not known, and nothing is deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadRegistry {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// What is not known of it, and why.
    pub unread: Unread,
}

impl UnreadRegistry {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

/// A registry, with the repositories that are left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedRegistry {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// The repositories that no rule takes, or that were not asked for, sorted.
    pub untouched: Vec<Box<str>>,
}

impl ListedRegistry {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

/// A repository, and the rule that takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchedRepository {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The place of the rule in the policy's `repositories`, counted from 0.
    pub rule: usize,
    /// The repository's own tags, where the policy asks for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

impl MatchedRepository {
    /// The registry.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}
