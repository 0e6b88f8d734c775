//! Faults: what goes wrong on purpose.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ecr_sweep_core::{Account, Digest, Pattern, Place, Region};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A rule: which requests fail, and how. The first rule that applies decides.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operations, such as `ecr:DescribeImages`, `ecs:*` or `*`.
    #[serde(serialize_with = "write_pattern", deserialize_with = "read_pattern")]
    pub operation: Pattern,
    /// Only requests of this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Only requests in this Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Only requests in whose path, query or body this text occurs: a repository's name, a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// How many matching requests go well first.
    #[serde(default)]
    pub after: u64,
    /// How many fail then; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How they fail.
    pub effect: Effect,
}

/// What a request gets instead of its answer, or besides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// An error in the service's protocol; nothing is done.
    Error {
        /// The code, such as `AccessDeniedException`.
        code: String,
        /// The HTTP status.
        #[serde(default = "bad_request")]
        status: u16,
        /// The message.
        #[serde(default)]
        message: String,
    },
    /// The connection is closed without an answer; nothing is done.
    Drop,
    /// What is asked for is done, and the connection is closed without an answer.
    DropAnswer,
    /// There is never an answer; nothing is done.
    Hang,
    /// What is asked for is done, and answered so many milliseconds late.
    Late(u64),
    /// What is asked for is done, and its answer lacks something. Errors are whole.
    Lack(Lack),
    /// Exactly this answer; nothing is done.
    Respond {
        /// The HTTP status.
        status: u16,
        /// The headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// `BatchDeleteImage` and `BatchGetImage` answer HTTP 200 with these images among `failures[]`.
    FailImages {
        /// The images; every one that is asked for, if empty.
        #[serde(default)]
        digests: Vec<Digest>,
        /// The code, such as `ImageInaccessible`.
        code: String,
        /// The reason.
        #[serde(default)]
        reason: String,
    },
}

/// What an answer lacks that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lack {
    /// Its body.
    Body,
    /// All that it says: it is `null`.
    Answer,
    /// All of its members.
    Members,
    /// This member.
    Member(String),
    /// The value of this member, which is `null`.
    Value(String),
    /// The first item of this list, which is `null`.
    Item(String),
    /// All members of the first item of this list.
    ItemsMembers(String),
}

const fn bad_request() -> u16 {
    400
}

/// Images for which a batch operation fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageFault {
    digests: Vec<Digest>,
    pub(crate) code: String,
    pub(crate) reason: String,
}

impl ImageFault {
    pub(crate) fn covers(&self, digest: Digest) -> bool {
        self.digests.is_empty() || self.digests.contains(&digest)
    }
}

/// A text that is no list of faults.
#[derive(Debug, thiserror::Error)]
#[error("the faults cannot be read: expected a fault, or a list of them, as JSON: {0}")]
pub struct NotFaults(#[from] serde_json::Error);

/// Reads a fault, or a list of them, from JSON.
pub fn read_faults(json: &str) -> Result<Vec<Fault>, NotFaults> {
    if json.trim_start().starts_with('[') {
        Ok(serde_json::from_str(json)?)
    } else {
        Ok(vec![serde_json::from_str(json)?])
    }
}

/// The rules, with how many requests each has matched.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<(Fault, u64)>>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let rules = Self::default();
        rules.set(faults);
        rules
    }

    /// Replaces the rules; they count from 0.
    pub(crate) fn set(&self, faults: Vec<Fault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// What happens to a request: every matching rule counts it, the first that is due decides.
    pub(crate) fn effect(&self, operation: &str, place: &Place, text: &[&[u8]]) -> Option<Effect> {
        let mut due = None;
        for (fault, seen) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if !fault.matches(operation, place, text) {
                continue;
            }
            *seen += 1;
            let nth = *seen - 1;
            let last = fault.times.map(|times| fault.after.saturating_add(times));
            if due.is_none() && nth >= fault.after && last.is_none_or(|last| nth < last) {
                due = Some(fault.effect.clone());
            }
        }
        due
    }
}

impl Fault {
    /// A fault of every request for some operations.
    #[must_use]
    pub const fn new(operation: Pattern, effect: Effect) -> Self {
        Self { operation, account: None, region: None, object: None, after: 0, times: None, effect }
    }

    fn matches(&self, operation: &str, place: &Place, text: &[&[u8]]) -> bool {
        self.operation.matches(operation)
            && self.account.as_ref().is_none_or(|account| *account == place.account)
            && self.region.as_ref().is_none_or(|region| *region == place.region)
            && self.object.as_deref().is_none_or(|object| {
                text.iter().any(|text| String::from_utf8_lossy(text).contains(object))
            })
    }
}

impl Effect {
    /// The images for which a batch operation fails, if that is the effect.
    pub(crate) fn image_fault(&self) -> Option<ImageFault> {
        match self {
            Self::FailImages { digests, code, reason } => Some(ImageFault {
                digests: digests.clone(),
                code: code.clone(),
                reason: reason.clone(),
            }),
            _ => None,
        }
    }
}

fn write_pattern<S: Serializer>(pattern: &Pattern, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pattern.as_str())
}

fn read_pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}
