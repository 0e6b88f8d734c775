//! Conditions that bind everybody to some accounts, or to an organization.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Account, Admitted};
use serde::Deserialize;
use serde_json::Value;

use super::one_or_more::OneOrMore;

/// The conditions of a statement, by operator and key. All of them have to hold, so any that
/// binds the requester is enough.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Conditions(BTreeMap<String, BTreeMap<String, OneOrMore<Value>>>);

/// What the values of a key are.
enum Key {
    Account,
    Arn,
    Organization,
}

/// How an operator reads a `*`.
#[derive(Clone, Copy)]
enum Wildcards {
    /// Within one part of an ARN, or not at all.
    InParts,
    /// Across the parts.
    Anywhere,
}

impl Conditions {
    /// Whom the conditions leave of everybody; none if they may leave anybody. Accounts say more
    /// than an organization does, and those of another organization may be anybody.
    pub(super) fn bind(self, own: Option<&str>) -> Option<BTreeSet<Admitted>> {
        let mut bounds: Vec<BTreeSet<Admitted>> = Vec::new();
        for (operator, keys) in self.0 {
            let Some(wildcards) = wildcards(&operator) else { continue };
            for (key, values) in keys {
                let Some(key) = known(&key) else { continue };
                let bound: Option<BTreeSet<Admitted>> = values
                    .into_iter()
                    .map(|value| key.bound(value.as_str()?, wildcards, own))
                    .collect();
                bounds.extend(bound.filter(|bound| !bound.is_empty()));
            }
        }
        let is_wide = |bound: &BTreeSet<Admitted>| bound.contains(&Admitted::Organization);
        bounds.into_iter().min_by_key(is_wide)
    }
}

/// The operators that hold only where the key is there and has one of the values.
///
/// Not those that hold without the key too: `...IfExists`, `ForAllValues:...`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
fn wildcards(operator: &str) -> Option<Wildcards> {
    match operator.strip_prefix("ForAnyValue:").unwrap_or(operator) {
        "StringEquals" | "StringEqualsIgnoreCase" | "ArnEquals" | "ArnLike" => {
            Some(Wildcards::InParts)
        }
        "StringLike" => Some(Wildcards::Anywhere),
        _ => None,
    }
}

/// The keys that say whose request it is, or for whom a service makes it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
fn known(key: &str) -> Option<Key> {
    match key.to_ascii_lowercase().as_str() {
        "aws:principalaccount" | "aws:sourceaccount" => Some(Key::Account),
        "aws:principalarn" | "aws:sourcearn" => Some(Key::Arn),
        "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths" => Some(Key::Organization),
        _ => None,
    }
}

impl Key {
    /// Who has this value; none if anybody may.
    fn bound(&self, value: &str, wildcards: Wildcards, own: Option<&str>) -> Option<Admitted> {
        match self {
            Self::Account => value.parse().ok().map(Admitted::Account),
            Self::Arn => account_of_arn(value, wildcards).map(Admitted::Account),
            Self::Organization => is_organization(value, own).then_some(Admitted::Organization),
        }
    }
}

/// The account of an ARN that may have wildcards, if none of them can stand for another account.
fn account_of_arn(arn: &str, wildcards: Wildcards) -> Option<Account> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, _] = parts[..] else { return None };
    let is_open = [partition, service, region].iter().any(|part| part.contains(['*', '?', '$']));
    match wildcards {
        Wildcards::Anywhere if is_open => None,
        Wildcards::Anywhere | Wildcards::InParts => account.parse().ok(),
    }
}

/// Whether a value is an organization's id, or a path that starts with one: in full, or the
/// variable that stands for the one of the resource. Where the own one is known, it is that one.
fn is_organization(value: &str, own: Option<&str>) -> bool {
    let id = value.split_once('/').map_or(value, |(id, _)| id);
    if id.eq_ignore_ascii_case("${aws:ResourceOrgID}") {
        return true;
    }
    own.is_none_or(|own| own == id)
        && id.strip_prefix("o-").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
