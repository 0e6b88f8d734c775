//! What is looked at.

use std::collections::BTreeSet;

use crate::repository::Admitted;
use crate::{Account, Place, Region, Source};

/// The registries that may be swept, and everybody who may pull from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What may be swept.
    pub registries: RegistryScope,
    /// Who may pull.
    pub consumers: Consumers,
    /// The role that is assumed in other accounts to read; none where the file names none.
    pub role: Option<Box<str>>,
    /// What is not looked at, each with a reason.
    pub off: Vec<Off>,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            registries: RegistryScope::default(),
            consumers: Consumers::Accounts { accounts: BTreeSet::new(), regions: BTreeSet::new() },
            role: None,
            off: Vec::new(),
        }
    }
}

/// What may be swept. An empty set means: the caller's own account, the session's own Region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryScope {
    /// The accounts.
    pub accounts: BTreeSet<Account>,
    /// The Regions.
    pub regions: BTreeSet<Region>,
}

/// Who may pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consumers {
    /// Every account of the organization, in every Region that it has enabled.
    Organization,
    /// These.
    Accounts {
        /// The accounts; the caller's own if there are none.
        accounts: BTreeSet<Account>,
        /// The Regions; all that each account has enabled if there are none.
        regions: BTreeSet<Region>,
    },
}

/// A place or source that is not looked at. Everything it names has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// The source; every one if there is none.
    pub source: Option<Source>,
    /// The accounts, or others whom a resource policy admits; all if there are none.
    pub accounts: Vec<OffPlace>,
    /// The Regions; all if there are none.
    pub regions: BTreeSet<Region>,
    /// The Kubernetes clusters; all if there are none.
    pub clusters: BTreeSet<Box<str>>,
    /// Why it is safe.
    pub reason: Box<str>,
}

/// An account, or a group of them, that is not looked at.
pub type OffPlace = Admitted;

impl Off {
    /// Whether this turns off a source as a whole in a place. Single clusters do not.
    #[must_use]
    pub fn covers(&self, place: &Place, source: Source) -> bool {
        self.clusters.is_empty()
            && self.source.is_none_or(|off| off == source)
            && (self.accounts.is_empty()
                || self.accounts.iter().any(|off| *off == Admitted::Account(place.account.clone())))
            && (self.regions.is_empty() || self.regions.contains(&place.region))
    }

    /// Whether this turns off a source everywhere, in places that nobody has named, too.
    #[must_use]
    pub fn covers_everywhere(&self, source: Source) -> bool {
        self.clusters.is_empty()
            && self.source.is_none_or(|off| off == source)
            && self.accounts.is_empty()
            && self.regions.is_empty()
    }

    /// Whether this names somebody whom a resource policy admits as not looked at.
    #[must_use]
    pub fn names(&self, admitted: &Admitted) -> bool {
        self.source.is_none()
            && self.regions.is_empty()
            && self.clusters.is_empty()
            && self.accounts.contains(admitted)
    }
}

impl Scope {
    /// The reason for which a source is not looked at in a place.
    #[must_use]
    pub fn off_reason(&self, place: &Place, source: Source) -> Option<&str> {
        self.off.iter().find(|off| off.covers(place, source)).map(|off| &*off.reason)
    }
}
