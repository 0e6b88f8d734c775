//! What is looked at.

use std::collections::BTreeSet;

use crate::repository::Admitted;
use crate::{Account, ClusterName, Place, Region, ScanPlace, Source, UnitId};

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
            consumers: Consumers::THESE,
            role: None,
            off: Vec::new(),
        }
    }
}

/// What may be swept. An empty set means: the caller's own account, the session's own Region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryScope {
    /// Whether every active account of the organization may be.
    pub organization: bool,
    /// The organizational units of which every active account may be, those of units in them too.
    pub units: BTreeSet<UnitId>,
    /// The accounts; besides those of the organization or of units, where these are.
    pub accounts: BTreeSet<Account>,
    /// Those of the organization or of units that may not be.
    pub except: BTreeSet<Account>,
    /// The Regions.
    pub regions: BTreeSet<Region>,
}

impl RegistryScope {
    /// The registries: every account in every Region, without what only the organization knows.
    #[must_use]
    pub fn places(&self, home: &Place) -> Vec<Place> {
        self.places_with(home, [])
    }

    /// Whether AWS Organizations tells which accounts they are.
    #[must_use]
    pub fn asks_the_organization(&self) -> bool {
        self.organization || !self.units.is_empty()
    }

    /// The registries: every account in every Region. These accounts are those of the organization or
    /// of the units.
    #[must_use]
    pub fn places_with(
        &self,
        home: &Place,
        members: impl IntoIterator<Item = Account>,
    ) -> Vec<Place> {
        let members = members.into_iter().filter(|account| !self.except.contains(account));
        let mut accounts: BTreeSet<Account> =
            self.accounts.iter().cloned().chain(members).collect();
        let is_own_alone = accounts.is_empty() && self.units.is_empty();
        if is_own_alone && !self.except.contains(&home.account) {
            accounts.insert(home.account.clone());
        }
        let own_region = BTreeSet::from([home.region.clone()]);
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
    /// Every account of the organization.
    Organization {
        /// Accounts that are not in it, besides.
        accounts: BTreeSet<Account>,
        /// The Regions; all that each account has enabled if there are none.
        regions: BTreeSet<Region>,
    },
    /// These.
    Accounts {
        /// The accounts, besides the caller's own and those of the registries, which always count.
        accounts: BTreeSet<Account>,
        /// The organizational units of which every account does, those of units in them too.
        units: BTreeSet<UnitId>,
        /// The Regions; all that each account has enabled if there are none.
        regions: BTreeSet<Region>,
    },
}

impl Consumers {
    /// Every account of the organization, in every Region that it has enabled.
    pub const ORGANIZATION: Self =
        Self::Organization { accounts: BTreeSet::new(), regions: BTreeSet::new() };

    /// None but the caller's own account and those of the registries, in every Region that they have
    /// enabled.
    pub const THESE: Self = Self::Accounts {
        accounts: BTreeSet::new(),
        units: BTreeSet::new(),
        regions: BTreeSet::new(),
    };

    /// The organizational units; none where all of the organization is taken.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        let units = match self {
            Self::Organization { .. } => None,
            Self::Accounts { units, .. } => Some(units),
        };
        units.into_iter().flatten()
    }

    /// The Regions; all that each account has enabled if there are none.
    #[must_use]
    pub const fn regions(&self) -> &BTreeSet<Region> {
        match self {
            Self::Organization { regions, .. } | Self::Accounts { regions, .. } => regions,
        }
    }

    /// The accounts that are named.
    #[must_use]
    pub const fn accounts(&self) -> &BTreeSet<Account> {
        match self {
            Self::Organization { accounts, .. } | Self::Accounts { accounts, .. } => accounts,
        }
    }

    /// Whether every account of the organization is among them.
    #[must_use]
    pub const fn are_the_organization(&self) -> bool {
        matches!(self, Self::Organization { .. })
    }
}

/// A place or source that is not looked at. Everything it names has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// The source; every one if there is none.
    pub source: Option<Source>,
    /// The accounts, or others whom a resource policy admits; all if there are none.
    pub accounts: Vec<Admitted>,
    /// The Regions; all if there are none.
    pub regions: BTreeSet<Region>,
    /// The Kubernetes clusters; all if there are none.
    pub clusters: BTreeSet<Box<str>>,
    /// Why it is safe.
    pub reason: Box<str>,
    /// Whether it holds though something is there: nobody looks whether something is.
    pub even_if_used: bool,
}

/// What an `off` entry may turn off: one source, in one place or in all that nobody has named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) source: Source,
    /// None: in every account, also in those that nobody has named.
    pub(crate) account: Option<&'a Account>,
    /// None: in every Region.
    pub(crate) region: Option<&'a Region>,
    /// None: in every cluster, and outside of them.
    pub(crate) cluster: Option<&'a ClusterName>,
}

impl<'a> Target<'a> {
    pub(crate) const fn everywhere(source: Source) -> Self {
        Self { source, account: None, region: None, cluster: None }
    }

    const fn account(source: Source, account: &'a Account) -> Self {
        Self { account: Some(account), ..Self::everywhere(source) }
    }

    const fn place(source: Source, place: &'a ScanPlace) -> Self {
        Self {
            source,
            account: Some(&place.account),
            region: Some(&place.region),
            cluster: place.cluster.as_ref(),
        }
    }
}

impl Off {
    /// Whether this turns off all that the target is: a part of it does not suffice.
    pub(crate) fn covers(&self, target: Target<'_>) -> bool {
        let account =
            |account: &Account| self.accounts.contains(&Admitted::Account(account.clone()));
        let cluster = |cluster: &ClusterName| self.clusters.contains(cluster.as_str());
        self.source.is_none_or(|off| off == target.source)
            && (self.accounts.is_empty() || target.account.is_some_and(account))
            && (self.regions.is_empty()
                || target.region.is_some_and(|region| self.regions.contains(region)))
            && (self.clusters.is_empty() || target.cluster.is_some_and(cluster))
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
        Source::ALL.into_iter().all(|source| self.covers(Target::account(source, account)))
    }

    /// Whether a source is not looked at, in places that nobody has named, too.
    #[must_use]
    pub fn is_off_everywhere(&self, source: Source) -> bool {
        self.covers(Target::everywhere(source))
    }

    /// The reason for which a source is not looked at in a place.
    #[must_use]
    pub fn off_reason(&self, place: &ScanPlace, source: Source) -> Option<&str> {
        let target = Target::place(source, place);
        self.off.iter().find(|off| off.covers(target)).map(|off| &*off.reason)
    }

    /// Whether it is not looked at there, whatever there is.
    #[must_use]
    pub fn is_off_even_if_used(&self, place: &ScanPlace, source: Source) -> bool {
        let target = Target::place(source, place);
        self.off.iter().any(|off| off.even_if_used && off.covers(target))
    }

    fn covers(&self, target: Target<'_>) -> bool {
        self.off.iter().any(|off| off.covers(target))
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
            even_if_used: false,
        }
    }

    #[test]
    fn what_is_off_with_an_account_a_region_or_a_cluster_is_not_off_everywhere() {
        let lambda = Some(Source::Lambda);
        let is_off = |off: &Off| off.covers(Target::everywhere(Source::Lambda));
        assert!(is_off(&off(lambda, &[], &[])));
        assert!(is_off(&off(None, &[], &[])));
        assert!(!is_off(&off(Some(Source::Ecs), &[], &[])));
        assert!(!is_off(&off(lambda, &["111122223333"], &[])));
        assert!(!is_off(&off(lambda, &[], &["eu-west-1"])));
        let one_cluster = Off { clusters: ["blue".into()].into(), ..off(lambda, &[], &[]) };
        assert!(!is_off(&one_cluster));
    }

    #[test]
    fn a_cluster_is_off_alone_or_with_its_place() {
        let place = |cluster: Option<&str>| ScanPlace {
            account: account("111122223333"),
            region: "eu-west-1".parse().unwrap(),
            cluster: cluster.map(|name| name.parse().unwrap()),
        };
        let kubernetes = Some(Source::Kubernetes);
        let blue = Off { clusters: ["blue".into()].into(), ..off(kubernetes, &[], &[]) };
        let is_off = |off: &Off, cluster| {
            let scope = Scope { off: vec![off.clone()], ..Scope::default() };
            scope.off_reason(&place(cluster), Source::Kubernetes).is_some()
        };
        assert!(is_off(&blue, Some("blue")));
        assert!(!is_off(&blue, Some("green")) && !is_off(&blue, None));
        let elsewhere = Off { regions: ["us-east-1".parse().unwrap()].into(), ..blue };
        assert!(!is_off(&elsewhere, Some("blue")));
        let whole = off(kubernetes, &["111122223333"], &[]);
        assert!(is_off(&whole, Some("blue")) && is_off(&whole, None));
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

        let organization = RegistryScope {
            organization: true,
            except: [account("777788889999")].into(),
            ..RegistryScope::default()
        };
        let members = ["111122223333", "444455556666", "777788889999"].map(account);
        let places: Vec<_> =
            organization.places_with(&home, members).iter().map(ToString::to_string).collect();
        assert_eq!(places, ["111122223333/eu-west-1", "444455556666/eu-west-1"]);
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
