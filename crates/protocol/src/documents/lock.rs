//! The lock: one deleting run at a time per home.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// Who may delete now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of this format.
    pub schema_version: V1,
    /// Who took it, for people.
    pub owner: Box<str>,
    /// The run that took it.
    pub run: RunId,
    /// One higher with every taking: who comes back with a lower one has lost it.
    pub token: u64,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When it ends unless it is renewed.
    pub expires_at: Timestamp,
    /// When it was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
}

impl Lock {
    /// Whether nobody else may take it.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.released_at.is_none() && now < self.expires_at
    }
}
