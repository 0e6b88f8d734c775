//! One thing that is broken.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, Digest, Region, Usage, coded};

coded! {
    /// The kinds of findings, the worst first. Closed, and stable.
    pub enum FindingCode {
        MissingImage "missing-image" "Something names an image that does not exist: it could not be started again.",
        UnpullableImage "unpullable-image" "Nobody can pull an image: it is archived, or being restored.",
        IncompleteIndex "incomplete-index" "An index lists images that its repository does not have.",
        UnreadIndex "unread-index" "An image may list others, and which ones is not known: so nobody knows whether they are there.",
        ReferrerWithoutSubject "referrer-without-subject" "A signature or the like refers to an image that is nowhere in what was read.",
    }
}

coded! {
    /// Whether something uses what is broken, the worst first.
    pub enum InUse {
        Yes "yes" "Something that was seen uses it.",
        Unknown "unknown" "Nothing that was seen uses it, and not everything was seen.",
        No "no" "Everything was seen, and nothing uses it.",
    }
}

/// Something that is broken.
///
/// What is in use comes first, then what may be, and of these the worst.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Whether something uses it.
    pub in_use: InUse,
    /// What kind of finding.
    pub code: FindingCode,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image; none where only a tag is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The tags of the image, sorted; of one that does not exist, the one that is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Box<str>>,
    /// The same in words.
    pub detail: Box<str>,
    /// What uses it, sorted: what would fail at its next start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<Usage>,
}

/// How many findings there are of one kind.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct FindingCount {
    /// Whether something uses them.
    pub in_use: InUse,
    /// What kind of finding.
    pub code: FindingCode,
    /// How many.
    pub findings: u64,
}

/// How many findings there are of each kind, the worst first.
pub fn count_findings<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<FindingCount> {
    let mut counts: BTreeMap<(InUse, FindingCode), u64> = BTreeMap::new();
    for finding in findings {
        *counts.entry((finding.in_use, finding.code)).or_default() += 1;
    }
    let count = |((in_use, code), findings)| FindingCount { in_use, code, findings };
    counts.into_iter().map(count).collect()
}
