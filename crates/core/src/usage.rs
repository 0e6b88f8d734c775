//! Usage: something that names an image, and the evidence for it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, ClusterName, Digest, KnownKind, Place, Region, Role, ScanPlace, Source};

/// One reference to an image, with where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// The image as the resource spells it.
    pub reference: Box<str>,
    /// What kind of resource names it.
    #[serde(rename = "source")]
    pub kind: UsageKind,
    /// The resource. Opaque.
    pub arn: Box<str>,
    /// The account in which the reference was seen.
    pub account: Account,
    /// The Region in which the reference was seen.
    pub region: Region,
    /// The cluster in which it was seen, of a source that has clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// The revision that the reference comes from or runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<TaskDefinition>,
    /// The digest that the service resolved the reference to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Digest>,
    /// When the deployment started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<Timestamp>,
    /// When the reference was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
}

impl Usage {
    /// The account and Region in which the reference was seen.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }

    /// Where the reference was seen.
    #[must_use]
    pub fn seen_in(&self) -> ScanPlace {
        ScanPlace { cluster: self.cluster.clone(), ..self.place().into() }
    }
}

/// A revision of a task-definition family.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskDefinition {
    /// The family.
    pub family: Box<str>,
    /// The revision.
    pub revision: u32,
    /// Whether new tasks can be started from it.
    pub status: TaskDefinitionStatus,
}

/// Whether new tasks can be started from a task-definition revision.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskDefinitionStatus {
    /// They can.
    Active,
    /// Only by services that already use it.
    Inactive,
    /// Being deleted; services that use it go on.
    DeleteInProgress,
}

/// The kind of resource that names an image, such as `ecs-service` or `kubernetes-pod`.
///
/// Some sources have kinds that are known, and no others; each other one has its own name, or its
/// name, a dash and a word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct UsageKind {
    #[schemars(with = "String")]
    text: Box<str>,
    #[schemars(skip)]
    source: Source,
}

/// A text that is no usage kind of a source that this version knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a kind of usage: expected one such as `ecs-service`, `lambda-version` or `kubernetes-pod`"
)]
pub struct NotAUsageKind(String);

impl UsageKind {
    /// The kind of a source that has a name, a dash and a word. What cannot be in the word is a dash.
    #[must_use]
    pub fn within(source: Source, word: &str) -> Self {
        let good = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
        let word: String = word.chars().map(|it| if good(it) { it } else { '-' }).collect();
        let text = format!("{source}-{word}");
        Self { text: text.trim_end_matches('-').into(), source }
    }

    /// The kind as documents spell it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The coverage source that sees this kind.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// What a reference of this kind says.
    #[must_use]
    pub fn role(&self) -> Role {
        let known = self.source.facts().kinds.iter().find(|kind| *kind.text == *self.text);
        known.map_or(Role::Runs, |kind| kind.role)
    }
}

/// What a source sees of which nothing more is known.
impl From<Source> for UsageKind {
    fn from(source: Source) -> Self {
        Self { text: source.as_str().into(), source }
    }
}

impl From<KnownKind> for UsageKind {
    fn from(kind: KnownKind) -> Self {
        Self { text: kind.text.into(), source: kind.source }
    }
}

impl FromStr for UsageKind {
    type Err = NotAUsageKind;

    fn from_str(text: &str) -> Result<Self, NotAUsageKind> {
        match Source::ALL.into_iter().find(|source| is_kind_of(text, *source)) {
            Some(source) => Ok(Self { text: text.into(), source }),
            None => Err(NotAUsageKind(text.to_owned())),
        }
    }
}

fn is_kind_of(text: &str, source: Source) -> bool {
    let facts = source.facts();
    if facts.has_no_other_kinds {
        return facts.kinds.iter().any(|kind| kind.text == text);
    }
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match text.strip_prefix(source.as_str()) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(is_word),
        None => false,
    }
}

impl TryFrom<String> for UsageKind {
    type Error = NotAUsageKind;

    fn try_from(text: String) -> Result<Self, NotAUsageKind> {
        text.parse()
    }
}

impl From<UsageKind> for String {
    fn from(kind: UsageKind) -> Self {
        kind.text.into()
    }
}

impl fmt::Display for UsageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for UsageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_can_be_made_of_any_word() {
        for (word, text) in
            [("pod", "kubernetes-pod"), ("A b", "kubernetes---b"), ("", "kubernetes")]
        {
            let kind = UsageKind::within(Source::Kubernetes, word);
            assert_eq!(kind.as_str(), text);
            assert_eq!(text.parse::<UsageKind>(), Ok(kind));
        }
    }

    #[test]
    fn a_kind_belongs_to_its_source() {
        for (text, source) in [
            ("ecs-task", Source::Ecs),
            ("lambda-version", Source::Lambda),
            ("batch", Source::Batch),
            ("batch-job-definition", Source::Batch),
            ("kubernetes-pod", Source::Kubernetes),
            ("app-runner-service", Source::AppRunner),
            ("step-functions-state-machine", Source::StepFunctions),
        ] {
            let kind: UsageKind = text.parse().unwrap();
            assert_eq!(kind.source(), source, "{text}");
            assert_eq!((format!("{kind:?}"), kind.to_string()), (text.to_owned(), text.to_owned()));
        }
        for text in ["", "ecs", "ecs-pod", "lambda", "batch-", "batchjob", "kubernetes-Pod"] {
            assert!(text.parse::<UsageKind>().is_err(), "{text}");
        }
    }
}
