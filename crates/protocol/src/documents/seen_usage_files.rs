//! What usage files named before.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// The usage files that were read last of each path, and of what each named images: one that names
/// none of it any more, or is gone, is not taken for one that has nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenUsageFiles {
    /// The version of this format.
    pub schema_version: V1,
    /// By path, as policies spell it.
    pub paths: BTreeMap<Box<str>, NamedByFile>,
}

/// The files of a path, and of what each of them named images.
pub type NamedByFile = BTreeMap<Box<str>, BTreeSet<Box<str>>>;
