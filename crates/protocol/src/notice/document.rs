//! The document that a webhook gets.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Ending;
use crate::documents::{RunSummary, RunTotals, V1};

/// What a notice is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeAbout {
    /// A plan waits for an answer.
    Asked,
    /// A run has ended.
    Ended,
    /// A step of a run failed, and the run with it.
    Failed,
    /// An execution failed before it was a run.
    NotStarted,
}

impl NoticeAbout {
    /// As keys and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::NotStarted => "not-started",
        }
    }

    /// In words, after "of".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Asked => "the question",
            Self::Ended => "the end",
            Self::Failed => "the failure",
            Self::NotStarted => "an execution that was not started",
        }
    }
}

/// What a webhook gets of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookNotice {
    /// The version of this format.
    pub schema_version: V1,
    /// What it is about.
    pub about: NoticeAbout,
    /// The run; of an execution that was not started its name.
    pub run: Box<str>,
    /// When the run was started; absent where its summary was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, so far; absent there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Whether nothing was to be deleted; absent there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// How it ended, so far; absent there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// All its repositories together; absent there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<RunTotals>,
    /// The same for people, in a line.
    pub subject: Box<str>,
    /// The same for people, in lines: what every other channel gets.
    pub text: Box<str>,
}

impl WebhookNotice {
    /// A notice that has nothing but its text.
    #[must_use]
    pub fn new(about: NoticeAbout, run: &str, subject: &str, text: &str) -> Self {
        Self {
            schema_version: V1,
            about,
            run: run.into(),
            started_at: None,
            ended_at: None,
            dry_run: None,
            ending: None,
            totals: None,
            subject: subject.into(),
            text: text.into(),
        }
    }

    /// The same with the numbers of a run.
    #[must_use]
    pub fn with(self, summary: &RunSummary) -> Self {
        Self {
            started_at: Some(summary.started_at),
            ended_at: Some(summary.ended_at),
            dry_run: Some(summary.dry_run),
            ending: Some(summary.ending),
            totals: Some(summary.totals),
            ..self
        }
    }
}
