//! What became of a notice in one of the places that hear of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};
use crate::notice::NoticeAbout;

/// A notice as one channel was to get it, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// What it is about.
    pub about: NoticeAbout,
    /// The channel: its kind, and the name of its topic or secret.
    pub channel: Box<str>,
    /// When it was first to be sent.
    pub at: Timestamp,
    /// Its messages, in their order: more than one where a service does not take so much at once.
    pub parts: Vec<NoticePart>,
    /// What it says, in a line.
    pub subject: Box<str>,
    /// What it says.
    pub text: Box<str>,
}

/// One message of a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticePart {
    /// How often it was sent; calls to SNS that the SDK made again count once.
    pub attempts: u64,
    /// When the channel took it. Absent: it did not, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// What kept it from being delivered the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<str>>,
}

impl Notice {
    /// Whether the channel took all of it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.parts.iter().all(|it| it.delivered_at.is_some())
    }

    /// What kept it from being delivered, if something did.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        if self.is_delivered() {
            return None;
        }
        let mut missing = self.parts.iter().filter(|it| it.delivered_at.is_none());
        Some(missing.find_map(|it| it.error.as_deref()).unwrap_or("it was never sent"))
    }

    /// What kept it from being delivered, if something did: the channel, and why.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        Some(format!("{}: {}", self.channel, self.error()?))
    }
}
