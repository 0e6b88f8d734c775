//! What changes where one policy decides instead of another.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Block, BlockCode, Digest, Place, Policy, Reason, Registry, Repository, RepositoryPlan, Verdict,
    Verdicts,
};

/// What a policy plans over an organization.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Its plans.
    pub plans: &'a [RepositoryPlan],
}

/// What changes in one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryDifference<'a> {
    /// The registry.
    pub registry: Place,
    /// The repository.
    pub repository: &'a Repository,
    /// By the first policy; none where no rule of it takes the repository.
    pub before: Option<PlanUnder<'a>>,
    /// By the second.
    pub after: Option<PlanUnder<'a>>,
    /// Every image whose verdict changes, by digest.
    pub changes: Vec<VerdictChange>,
}

/// A plan, and the rule that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanUnder<'a> {
    /// The place of the rule in the policy's `repositories`, counted from 0.
    pub rule: usize,
    /// The plan.
    pub plan: &'a RepositoryPlan,
}

/// An image whose verdict changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictChange {
    /// The image.
    pub digest: Digest,
    /// The tags that it has.
    pub tags: Vec<Box<str>>,
    /// By the first policy.
    pub before: Verdict,
    /// By the second.
    pub after: Verdict,
    /// Every reason for which the first policy keeps it. Empty unless it does.
    pub kept_before: Vec<Reason>,
    /// Every reason for which the second policy keeps it. Empty unless it does.
    pub kept_after: Vec<Reason>,
}

/// The repositories of which the plan changes, by account, Region and name: where a verdict does, or
/// what blocks.
#[must_use]
pub fn repository_differences<'a>(
    registries: &'a [Registry],
    before: Decided<'a>,
    after: Decided<'a>,
) -> Vec<RepositoryDifference<'a>> {
    let [plans_before, plans_after] = [before, after].map(by_repository);
    let mut differences: Vec<_> = registries
        .iter()
        .flat_map(|registry| registry.repositories.iter().map(move |it| (registry.place(), it)))
        .map(|(registry, repository)| {
            let key = (registry.clone(), &*repository.name);
            let before = plan_under(before.policy, repository, plans_before.get(&key).copied());
            let after = plan_under(after.policy, repository, plans_after.get(&key).copied());
            let changes = verdict_changes(repository, before, after);
            RepositoryDifference { registry, repository, before, after, changes }
        })
        .filter(|it| !it.changes.is_empty() || !is_blocked_alike(it.before, it.after))
        .collect();
    differences
        .sort_by(|a, b| (&a.registry, &a.repository.name).cmp(&(&b.registry, &b.repository.name)));
    differences
}

type ByRepository<'a> = BTreeMap<(Place, &'a str), &'a RepositoryPlan>;

fn by_repository(decided: Decided<'_>) -> ByRepository<'_> {
    decided.plans.iter().map(|plan| ((plan.place(), &*plan.repository), plan)).collect()
}

fn plan_under<'a>(
    policy: &Policy,
    repository: &Repository,
    plan: Option<&'a RepositoryPlan>,
) -> Option<PlanUnder<'a>> {
    let (rule, _) = policy.rule_for(&repository.name, &repository.tags)?;
    Some(PlanUnder { rule, plan: plan? })
}

fn is_blocked_alike(before: Option<PlanUnder<'_>>, after: Option<PlanUnder<'_>>) -> bool {
    let causes = |under: Option<PlanUnder<'_>>| -> Vec<(BlockCode, Box<str>)> {
        let blocks = under.into_iter().flat_map(|under| &under.plan.blocked);
        blocks.map(|Block { code, detail, .. }| (*code, detail.clone())).collect()
    };
    causes(before) == causes(after)
}

fn verdict_changes(
    repository: &Repository,
    before: Option<PlanUnder<'_>>,
    after: Option<PlanUnder<'_>>,
) -> Vec<VerdictChange> {
    let [before, after] = [before, after].map(|under| under.map(|it| it.plan.verdicts()));
    // What no plan speaks of is not touched.
    let verdict = |verdicts: Option<&Verdicts<'_>>, digest| {
        verdicts.and_then(|verdicts| verdicts.verdict(digest)).unwrap_or(Verdict::Untouched)
    };
    let reasons = |verdicts: Option<&Verdicts<'_>>, digest| {
        verdicts.map_or_else(Vec::new, |verdicts| verdicts.reasons(digest).to_vec())
    };
    let mut changes: Vec<VerdictChange> = repository
        .images
        .iter()
        .filter_map(|image| {
            let digest = image.digest;
            let (was, is) = (verdict(before.as_ref(), digest), verdict(after.as_ref(), digest));
            (was != is).then(|| VerdictChange {
                digest,
                tags: image.tags.clone(),
                before: was,
                after: is,
                kept_before: reasons(before.as_ref(), digest),
                kept_after: reasons(after.as_ref(), digest),
            })
        })
        .collect();
    changes.sort_by_key(|change| change.digest);
    changes
}
