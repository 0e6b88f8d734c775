//! Reasons: why an image is kept.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::rules::RuleName;
use crate::{Usage, UsageKind};

/// Why an image is kept: one reason of all that hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What kind of reason. Stable: other tools match it.
    pub code: ReasonCode,
    /// The same in words, with names and numbers. For people; it may change.
    pub detail: Box<str>,
    /// Of a keep by usage: everything that was seen to name the image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Usage>,
}

macro_rules! reason_codes {
    ($($variant:ident $text:literal $doc:literal,)+; $($after:ident $after_text:literal $after_doc:literal,)+) => {
        /// The kinds of reasons for which images are kept. Closed, and stable.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub enum ReasonCode {
            /// A resource names it; the code is `used-by-` and the kind of resource.
            UsedBy(UsageKind),
            $(#[doc = $doc] $variant,)+
            /// The keep rule of that name keeps it; the code is the name, with dashes.
            Rule(RuleName),
            $(#[doc = $after_doc] $after),+
        }

        impl ReasonCode {
            /// Every code but the `used-by-` ones, with what it means in a sentence.
            #[must_use]
            pub fn plain() -> Vec<(Self, &'static str)> {
                let rules = RuleName::ALL.iter().map(|rule| (Self::Rule(*rule), rule.doc()));
                let mut codes = vec![$((Self::$variant, $doc)),+];
                codes.extend(rules);
                codes.extend([$((Self::$after, $after_doc)),+]);
                codes
            }

            /// The code as documents spell it.
            #[must_use]
            pub fn text(&self) -> Cow<'static, str> {
                match self {
                    Self::UsedBy(kind) => format!("used-by-{kind}").into(),
                    Self::Rule(rule) => rule.as_str().replace('_', "-").into(),
                    $(Self::$variant => $text.into(),)+
                    $(Self::$after => $after_text.into()),+
                }
            }
        }
    };
}

reason_codes! {
    TooNew "too-new" "It was pushed within the policy's `minimum_age`.",
    RecentlyPulled "recently-pulled" "It was pulled or restored within the policy's `minimum_idle`.",
    PushTimeUnknown "push-time-unknown" "The registry does not say when it was pushed.",
    NotAnImage "not-an-image" "It is an artifact of another kind, such as a Helm chart.",
    ManifestUnreadable "manifest-unreadable" "It may list other manifests, and which ones is not known.",
    // The reasons of the keep rules stand here.
    ;
    LastUseUnknown "last-use-unknown" "Nobody knows whether it was in use within the time that a rule looks back, so the rule keeps it.",
    NoAnchor "no-anchor" "A rule counts from an image that cannot be told, so it keeps everything.",
    RepositoryTagUnreadable "repository-tag-unreadable" "The repository's own tag should say how many days to keep, and is no number.",
    ReleaseUnreadable "release-unreadable" "A tag of it begins like a version and cannot be read to its end, so where it stands among releases is not known.",
    InGrace "in-grace" "It would go, but no run has planned that for as long as the rule's `grace`.",
    InArchive "in-archive" "It would go, but it has not been archived for as long as the rule's `archive_for`.",
    OverLimit "over-limit" "It would go, but a limit allows only so many, and older ones go first.",
    IndexOfUsedImage "index-of-used-image" "It lists an image that is used.",
    ChildOfKeptIndex "child-of-kept-index" "An index that is kept lists it.",
    ReferrerOfKeptImage "referrer-of-kept-image" "It refers to an image that is kept.",
    ReferrerOfImageElsewhere "referrer-of-image-elsewhere" "It refers to an image that stays in another repository.",
    KeptByReplica "kept-by-replica" "A repository to which deletions go keeps it.",
}

/// A text that is no reason's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the code of a reason")]
pub struct NotAReasonCode(String);

impl FromStr for ReasonCode {
    type Err = NotAReasonCode;

    fn from_str(text: &str) -> Result<Self, NotAReasonCode> {
        if let Some(kind) = text.strip_prefix("used-by-") {
            return kind.parse().map(Self::UsedBy).map_err(|_| NotAReasonCode(text.to_owned()));
        }
        Self::plain()
            .into_iter()
            .map(|(code, _)| code)
            .find(|code| code.text() == text)
            .ok_or_else(|| NotAReasonCode(text.to_owned()))
    }
}

impl TryFrom<String> for ReasonCode {
    type Error = NotAReasonCode;

    fn try_from(text: String) -> Result<Self, NotAReasonCode> {
        text.parse()
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl JsonSchema for ReasonCode {
    fn schema_name() -> Cow<'static, str> {
        "ReasonCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<_> = Self::plain().iter().map(|(code, _)| code.text()).collect();
        schemars::json_schema!({
            "description": "Why an image is kept",
            "anyOf": [
                { "type": "string", "enum": codes },
                { "type": "string", "pattern": "^used-by-[a-z0-9-]+$" }
            ]
        })
    }
}

impl Reason {
    /// A reason other than usage.
    pub(crate) fn new(code: ReasonCode, detail: impl Into<Box<str>>) -> Self {
        Self { code, detail: detail.into(), evidence: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_as_it_is_written() {
        let used = ReasonCode::UsedBy("ecs-service".parse().unwrap());
        for code in ReasonCode::plain().into_iter().map(|(code, _)| code).chain([used]) {
            assert_eq!(code.to_string(), code.text());
            assert_eq!(code.text().parse::<ReasonCode>(), Ok(code));
        }
        assert!("used-by-nobody".parse::<ReasonCode>().is_err());
    }
}
