//! One statement of a resource policy.

use std::collections::BTreeSet;

use ecr_sweep_core::{Admitted, Pattern};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::condition::Conditions;
use super::one_or_more::OneOrMore;
use super::principal::Principal;

/// The actions that give a part of an image. Either tells that somebody is meant to pull.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html>
const PULLING: [&str; 2] = ["ecr:batchgetimage", "ecr:getdownloadurlforlayer"];

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    /// None where `NotPrincipal` admits all others.
    principal: Option<Principal>,
    #[serde(rename = "NotPrincipal")]
    _not_principal: Option<IgnoredAny>,
    /// None where `NotAction` admits all others.
    action: Option<OneOrMore<String>>,
    #[serde(rename = "NotAction")]
    _not_action: Option<IgnoredAny>,
    #[serde(rename = "Resource")]
    _resource: Option<IgnoredAny>,
    #[serde(rename = "NotResource")]
    _not_resource: Option<IgnoredAny>,
    #[serde(default)]
    condition: Conditions,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

impl Statement {
    pub(super) fn admitted(self, organization: Option<&str>) -> BTreeSet<Admitted> {
        let lets_pull =
            self.action.is_none_or(|actions| actions.into_iter().any(|it| is_pulling(&it)));
        if self.effect == Effect::Deny || !lets_pull {
            return BTreeSet::new();
        }
        let named = self.principal.map_or_else(|| [Admitted::Public].into(), Principal::admitted);
        if named.contains(&Admitted::Public) {
            // Those who are named besides are among everybody, and their condition is the same.
            return self.condition.bind(organization).unwrap_or_else(|| [Admitted::Public].into());
        }
        named
    }
}

/// Whether an action, with its wildcards and whatever its case, is one that pulls.
fn is_pulling(action: &str) -> bool {
    action
        .to_ascii_lowercase()
        .parse::<Pattern>()
        .is_ok_and(|pattern| PULLING.into_iter().any(|pulling| pattern.matches(pulling)))
}
