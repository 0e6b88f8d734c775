//! What could not be read of a registry, and what follows from that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Place, coded};

/// What of a registry is not known, and why. It blocks the registry's repositories, and those whose
/// deletions go there; everything else goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// What could not be read.
    pub what: UnreadPart,
    /// Why, in words: the call, and what to do about it.
    pub reason: Box<str>,
}

coded! {
    /// What could not be read of a registry.
    pub enum UnreadPart {
        Repositories "repositories" "Which repositories it has: any image may be in one of them.",
        Settings "settings" "Its settings: whom it lets pull, and where its deletions go.",
    }
}

impl Unread {
    /// Whether there may be repositories that nobody has listed.
    #[must_use]
    pub fn is_unlisted(&self) -> bool {
        self.what == UnreadPart::Repositories
    }

    /// The same in words, of this registry.
    #[must_use]
    pub fn in_words(&self, registry: &Place) -> String {
        match self.what {
            UnreadPart::Repositories => {
                format!("the repositories of {registry} could not be listed: {}", self.reason)
            }
            UnreadPart::Settings => {
                format!("the settings of {registry} could not be read: {}", self.reason)
            }
        }
    }
}
