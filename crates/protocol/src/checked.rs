//! The document that `ecr-sweep check --format json` prints.

use ecr_sweep_core::{Gap, RepositoryPlan, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::doctor::DoctorFinding;
use crate::documents::V1;
use crate::{NextStep, NotSeen};

/// A policy that is good, and what a first run by it would meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckedPolicy {
    /// The version of this format.
    pub schema_version: V1,
    /// The file, as it was named.
    pub policy: Box<str>,
    /// How many rules it has.
    pub rules: u64,
    /// What was looked at besides the policy.
    pub looked_at: LookedAt,
    /// What of it matches nothing or names nobody; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmatched: Option<Vec<Warning>>,
    /// What would be in the way of a first run, as far as what was looked at tells.
    pub in_the_way: Vec<InTheWay>,
    /// What was not seen: it may use anything. Absent where usage was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_seen: Option<Vec<NotSeen>>,
}

/// What a policy was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LookedAt {
    /// Nothing: what is told follows from the policy alone.
    Nothing,
    /// A recorded organization.
    Snapshot,
    /// The account of the credentials, and those that the policy names.
    Account,
}

/// Something that would be in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InTheWay {
    /// The code: of a plan's block, of what the doctor finds, or of a reason to keep.
    pub code: Box<str>,
    /// What it is.
    pub detail: Box<str>,
    /// Where: repositories, accounts, places; sorted.
    pub objects: Vec<Box<str>>,
    /// What mends it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Box<str>>,
}

impl InTheWay {
    /// That the policy names others, and no role to read them.
    #[must_use]
    pub fn no_role(setting: &str, who: &str) -> Self {
        Self {
            code: crate::doctor::DoctorCode::NoRole.as_str().into(),
            detail: format!(
                "the policy's `{setting}` names {who}, and no role is named to read other accounts: a run does not begin"
            )
            .into(),
            objects: Vec::new(),
            fix: Some(NextStep::NameRole.to_string().into()),
        }
    }

    /// Why nothing would go in some repositories, each cause once.
    #[must_use]
    pub fn of_plans(plans: &[RepositoryPlan]) -> Vec<Self> {
        let mut causes: BTreeMap<(&str, &str), Vec<Box<str>>> = BTreeMap::new();
        for plan in plans {
            for block in &plan.blocked {
                let cause = (block.code.as_str(), &*block.detail);
                causes.entry(cause).or_default().push(plan.id().to_string().into());
            }
        }
        let cause = |((code, detail), objects): ((&str, &str), Vec<Box<str>>)| Self {
            code: code.into(),
            detail: detail.into(),
            objects,
            fix: None,
        };
        causes.into_iter().map(cause).collect()
    }
}

impl From<DoctorFinding> for InTheWay {
    fn from(finding: DoctorFinding) -> Self {
        let DoctorFinding { code, problem, fix, objects, .. } = finding;
        Self { code: code.as_str().into(), detail: problem, objects, fix: Some(fix) }
    }
}

impl CheckedPolicy {
    /// With what a plan of a snapshot did not see.
    #[must_use]
    pub fn without_seeing(mut self, gaps: &[Gap]) -> Self {
        self.not_seen = Some(gaps.iter().map(NotSeen::from).collect());
        self
    }
}
