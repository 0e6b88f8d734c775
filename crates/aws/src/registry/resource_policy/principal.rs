//! Who is named in a statement.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Account, Admitted};
use serde::Deserialize;

use super::one_or_more::OneOrMore;

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Principal {
    /// `"*"`, or something that AWS does not document.
    #[expect(dead_code, reason = "whatever it says, it is nobody in particular")]
    Text(String),
    /// Names by their kind: `AWS`, `Service`, `Federated`, `CanonicalUser`.
    Kinds(BTreeMap<String, OneOrMore<String>>),
}

impl Principal {
    /// The accounts of all that are named; everybody, if any is not of one account.
    ///
    /// A service may act for anybody's account: only a condition says for whose.
    pub(super) fn admitted(self) -> BTreeSet<Admitted> {
        let Self::Kinds(kinds) = self else { return [Admitted::Public].into() };
        kinds
            .into_iter()
            .flat_map(|(kind, names)| {
                let is_aws = kind == "AWS";
                names.into_iter().map(move |name| {
                    let account = is_aws.then(|| account(&name)).flatten();
                    account.map_or(Admitted::Public, Admitted::Account)
                })
            })
            .collect()
    }
}

/// The account of a principal: 12 digits, or the ARN of an account's root, user, role or session.
fn account(principal: &str) -> Option<Account> {
    if let Ok(account) = principal.parse() {
        return Some(account);
    }
    let mut parts = principal.splitn(6, ':');
    let is_identity = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && matches!(parts.next(), Some("iam" | "sts"))
        && parts.next() == Some("");
    let account = parts.next()?.parse().ok()?;
    let is_named = parts.next().is_some_and(|name| !name.is_empty());
    (is_identity && is_named).then_some(account)
}
