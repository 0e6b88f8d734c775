//! Coverage as a policy sees it: worked out once, used for every repository.

use std::collections::BTreeSet;

use super::Gap;
use crate::{Account, Coverage, Policy};

/// What was not seen, less what a policy turns off, and in which accounts somebody has looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageUnder {
    /// What was not seen whole, sorted.
    pub(super) gaps: Vec<Gap>,
    /// The accounts that the coverage names.
    pub(super) accounts: BTreeSet<Account>,
}

impl Coverage {
    /// The coverage as a policy sees it.
    #[must_use]
    pub fn under(&self, policy: &Policy) -> CoverageUnder {
        let mut gaps = self.gaps(policy);
        gaps.sort();
        gaps.dedup();
        let accounts = self.except.iter().map(|row| row.account.clone()).collect();
        CoverageUnder { gaps, accounts }
    }
}
