//! The version of a document's format.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first version of a format: the only one that there is so far, written as `1`.
///
/// A document of another version is refused when it is read, so that no code sees a half-read one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct V1;

/// A document of a version that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("schema_version is {0}, and this program reads 1: a newer ecr-sweep wrote it")]
pub struct NotThisVersion(u32);

impl TryFrom<u32> for V1 {
    type Error = NotThisVersion;

    fn try_from(version: u32) -> Result<Self, NotThisVersion> {
        if version == 1 { Ok(Self) } else { Err(NotThisVersion(version)) }
    }
}

impl From<V1> for u32 {
    fn from(V1: V1) -> Self {
        1
    }
}

impl fmt::Display for V1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1")
    }
}

impl JsonSchema for V1 {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "V1".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1, "description": "The version of this format" })
    }
}
