//! Whether a policy names somebody whom only a role could read, and no role.

use super::Scope;
use crate::{Account, UnitId};

/// A setting that names somebody in another account, where the policy names no role to read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutRole {
    /// The setting, with its path.
    pub setting: &'static str,
    /// Whom it names: an account, a unit, or the organization.
    pub who: String,
}

impl Scope {
    /// Where a caller of this account could not read others. None where no other is named, or a role is.
    #[must_use]
    pub fn without_role(&self, own: &Account) -> Option<WithoutRole> {
        self.without_role_but_for(Some(own))
    }

    /// The same, whoever calls: what is told holds for a caller of any account.
    #[must_use]
    pub fn without_role_whoever_calls(&self) -> Option<WithoutRole> {
        let consumers = self.consumers.accounts().iter().filter(|account| !self.is_off(account));
        // Where two accounts are named the caller is in one of them at most.
        self.without_role_but_for(self.registries.accounts.iter().chain(consumers).next())
    }

    fn without_role_but_for(&self, own: Option<&Account>) -> Option<WithoutRole> {
        if self.role.is_some() {
            return None;
        }
        let in_words = |account: &Account| format!("account {account}");
        let registries = &self.registries;
        let of_unit = |unit: &UnitId| format!("organizational unit {unit}");
        let of_the_organization = if registries.organization {
            Some("the organization".to_owned())
        } else {
            registries.units.first().map(of_unit)
        };
        let swept = registries.accounts.iter().find(|account| Some(*account) != own).map(in_words);
        let swept = of_the_organization.or(swept);
        let consumers = &self.consumers;
        let consumer = if consumers.are_the_organization() {
            Some("the organization".to_owned())
        } else {
            let mut looked_at = consumers.accounts().iter().filter(|account| !self.is_off(account));
            let named = looked_at.find(|account| Some(*account) != own).map(in_words);
            named.or_else(|| consumers.units().next().map(of_unit))
        };
        let (setting, who) = match (swept, consumer) {
            (Some(who), _) if registries.asks_the_organization() => ("scope.registries", who),
            (Some(who), _) => ("scope.registries.accounts", who),
            (None, Some(who)) => ("scope.consumers", who),
            (None, None) => return None,
        };
        Some(WithoutRole { setting, who })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::Consumers;

    const ONE: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn accounts(texts: &[&str]) -> BTreeSet<Account> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn scope(registries: &[&str], consumers: &[&str]) -> Scope {
        let mut scope = Scope::default();
        scope.registries.accounts = accounts(registries);
        scope.consumers = Consumers::Accounts {
            accounts: accounts(consumers),
            units: BTreeSet::new(),
            regions: BTreeSet::new(),
        };
        scope
    }

    #[test]
    fn a_caller_reads_its_own_account_without_a_role_and_no_other() {
        let scope = scope(&[ONE], &[ONE]);
        assert_eq!(scope.without_role(&ONE.parse().unwrap()), None);
        let told = scope.without_role(&OTHER.parse().unwrap()).unwrap();
        assert_eq!(
            (told.setting, &*told.who),
            ("scope.registries.accounts", "account 111122223333")
        );
    }

    #[test]
    fn what_holds_whoever_calls_is_told_before_anybody_does() {
        assert_eq!(Scope::default().without_role_whoever_calls(), None);
        assert_eq!(scope(&[ONE], &[]).without_role_whoever_calls(), None);
        assert_eq!(scope(&[], &[ONE]).without_role_whoever_calls(), None);
        for several in
            [scope(&[ONE, OTHER], &[]), scope(&[ONE], &[OTHER]), scope(&[], &[ONE, OTHER])]
        {
            let told = several.without_role_whoever_calls().unwrap();
            for own in [ONE, OTHER] {
                assert!(several.without_role(&own.parse().unwrap()).is_some(), "{told:?} {own}");
            }
        }
        let everywhere = Scope { consumers: Consumers::ORGANIZATION, ..Scope::default() };
        let told = everywhere.without_role_whoever_calls().unwrap();
        assert_eq!((told.setting, &*told.who), ("scope.consumers", "the organization"));
        let named = Scope { role: Some("EcrSweepRead".into()), ..everywhere };
        assert_eq!(named.without_role_whoever_calls(), None);
    }
}
