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

impl RegistryScope {
    /// The registries: every account in every Region.
    #[must_use]
    pub fn places(&self, home: &Place) -> Vec<Place> {
        let own_account = BTreeSet::from([home.account.clone()]);
        let own_region = BTreeSet::from([home.region.clone()]);
        let accounts = if self.accounts.is_empty() { &own_account } else { &self.accounts };
        let regions = if self.regions.is_empty() { &own_region } else { &self.regions };
        let place = |account: &Account, region: &Region| Place {
            account: account.clone(),
            region: region.clone(),
        };
        accounts
            .iter()
            .flat_map(|account| regions.iter().map(move |region| place(account, region)))
            .collect()
    }
}

/// Who may pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consumers {
    /// Every account of the organization, in every Region that it has enabled.
    Organization,
    /// These.
    Accounts {
        /// The accounts, besides the caller's own and those of the registries, which always count.
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
    /// Whether nothing is looked at in an account, in whatever Region.
    #[must_use]
    pub fn is_off(&self, account: &Account) -> bool {
        let everywhere = |off: &Off, source| {
            let in_account = off.accounts.is_empty()
                || off.accounts.contains(&Admitted::Account(account.clone()));
            in_account
                && off.source.is_none_or(|off| off == source)
                && off.regions.is_empty()
                && off.clusters.is_empty()
        };
        Source::ALL.into_iter().all(|source| self.off.iter().any(|off| everywhere(off, source)))
    }

    /// The reason for which a source is not looked at in a place.
    #[must_use]
    pub fn off_reason(&self, place: &Place, source: Source) -> Option<&str> {
        self.off.iter().find(|off| off.covers(place, source)).map(|off| &*off.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Account {
        text.parse().unwrap()
    }

    fn off(source: Option<Source>, accounts: &[&str], regions: &[&str]) -> Off {
        Off {
            source,
            accounts: accounts.iter().map(|text| Admitted::Account(account(text))).collect(),
            regions: regions.iter().map(|text| text.parse().unwrap()).collect(),
            clusters: BTreeSet::new(),
            reason: "it is".into(),
        }
    }

    #[test]
    fn what_is_off_with_an_account_a_region_or_a_cluster_is_not_off_everywhere() {
        let lambda = Some(Source::Lambda);
        let is_off = |off: &Off| off.covers_everywhere(Source::Lambda);
        assert!(is_off(&off(lambda, &[], &[])));
        assert!(is_off(&off(None, &[], &[])));
        assert!(!is_off(&off(Some(Source::Ecs), &[], &[])));
        assert!(!is_off(&off(lambda, &["111122223333"], &[])));
        assert!(!is_off(&off(lambda, &[], &["eu-west-1"])));
        let one_cluster = Off { clusters: ["blue".into()].into(), ..off(lambda, &[], &[]) };
        assert!(!is_off(&one_cluster));
    }

    #[test]
    fn only_what_is_off_as_a_whole_names_an_account() {
        let admitted = Admitted::Account(account("111122223333"));
        let account = ["111122223333"].as_slice();
        assert!(off(None, account, &[]).names(&admitted));
        assert!(!off(None, &[], &[]).names(&admitted));
        assert!(!off(Some(Source::Ecs), account, &[]).names(&admitted));
        assert!(!off(None, account, &["eu-west-1"]).names(&admitted));
        let one_cluster = Off { clusters: ["blue".into()].into(), ..off(None, account, &[]) };
        assert!(!one_cluster.names(&admitted));
    }

    #[test]
    fn registries_are_every_account_in_every_region_and_by_default_the_own() {
        let home = Place { account: account("111122223333"), region: "eu-west-1".parse().unwrap() };
        let mut scope = RegistryScope::default();
        assert_eq!(scope.places(&home), std::slice::from_ref(&home));
        scope.accounts = [account("444455556666"), account("777788889999")].into();
        scope.regions = ["eu-west-1", "us-east-1"].map(|text| text.parse().unwrap()).into();
        let places: Vec<_> = scope.places(&home).iter().map(ToString::to_string).collect();
        let expected = ["444455556666/eu-west-1", "444455556666/us-east-1"];
        assert_eq!(places[..2], expected);
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn an_account_is_off_if_every_source_is_in_every_region() {
        let one = "444455556666";
        let is_off = |off: Vec<Off>| Scope { off, ..Scope::default() }.is_off(&account(one));
        assert!(is_off(vec![off(None, &["777788889999", one], &[])]));
        assert!(is_off(vec![off(None, &[], &[])]));
        let each = |accounts: &[&str]| Source::ALL.map(|it| off(Some(it), accounts, &[])).to_vec();
        assert!(is_off(each(&[one])));
        assert!(!is_off(each(&[one])[1..].to_vec()));
        assert!(!is_off(each(&["777788889999"])));
        assert!(!is_off(vec![off(None, &[one], &["eu-west-1"])]));
        assert!(!is_off(Vec::new()));
    }
}
