//! Who was looked at.

use std::collections::BTreeSet;

use crate::{Account, Admitted, Coverage, Usage};

/// The accounts in which usage was looked for.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) accounts: BTreeSet<Account>,
    pub(super) organization: bool,
}

impl Scanned {
    /// The accounts that the evidence itself speaks of.
    pub(super) fn of(rows: &[Usage], coverage: &Coverage) -> Self {
        let seen = rows.iter().map(|usage| usage.account.clone());
        let covered = coverage.except.iter().map(|row| row.account.clone());
        Self { accounts: seen.chain(covered).collect(), organization: false }
    }

    pub(super) fn contains(&self, admitted: &Admitted) -> bool {
        match admitted {
            Admitted::Account(account) => self.accounts.contains(account),
            Admitted::Organization => self.organization,
            Admitted::Public => false,
        }
    }
}
