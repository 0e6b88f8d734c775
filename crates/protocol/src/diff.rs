//! The document that `ecr-sweep diff --format json` prints.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    Account, Digest, Place, Reason, Region, Registry, Repository, RepositoryPlan, Summary,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Verdict;
use crate::documents::{BlockSummary, V1};

/// What changes where one policy decides instead of another, over the same facts at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDiff {
    /// The version of this format.
    pub schema_version: V1,
    /// The clock of both plans.
    pub now: Timestamp,
    /// The first policy.
    pub before: ComparedPolicy,
    /// The second policy.
    pub after: ComparedPolicy,
    /// How many images there are.
    pub images: u64,
    /// How many verdicts change, and how.
    pub changes: Vec<ChangeCount>,
    /// The repositories of which the plan changes, by account, Region and name.
    pub repositories: Vec<RepositoryDiff>,
}

/// One of two policies, with all that its plans delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparedPolicy {
    /// The file, as it was named.
    pub name: Box<str>,
    /// The SHA-256 of its text.
    pub digest: Digest,
    /// How many images it deletes.
    pub delete: u64,
    /// Their bytes, counted once per digest and repository.
    pub delete_bytes: u64,
    /// In how many repositories nothing is deleted although something would be.
    pub blocked: u64,
    /// Whether everything that could name an image was seen.
    pub is_complete: bool,
}

/// How many verdicts change from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCount {
    /// By the first policy.
    pub before: Verdict,
    /// By the second.
    pub after: Verdict,
    /// How many images.
    pub images: u64,
}

/// What changes in one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryDiff {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// By the first policy; none where no rule of it takes the repository.
    pub before: Option<PlannedBy>,
    /// By the second.
    pub after: Option<PlannedBy>,
    /// Every image whose verdict changes, by digest.
    pub changes: Vec<VerdictChange>,
}

/// What one policy says of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedBy {
    /// The place of the rule in the policy's `repositories`, counted from 0.
    pub rule: usize,
    /// The plan in numbers.
    pub summary: Summary,
    /// Why nothing is deleted, although something would be.
    pub blocked: Vec<BlockSummary>,
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

/// What one policy plans over an organization.
pub struct Decided<'a> {
    /// The file, as it was named.
    pub name: &'a str,
    /// The SHA-256 of its text.
    pub digest: Digest,
    /// The rule that takes a repository.
    pub rule_for: &'a dyn Fn(&Repository) -> Option<usize>,
    /// The plans.
    pub plans: &'a [RepositoryPlan],
    /// Whether everything that could name an image was seen.
    pub is_complete: bool,
}

impl PolicyDiff {
    /// What changes between two policies over these registries.
    #[must_use]
    pub fn new(
        now: Timestamp,
        registries: &[Registry],
        before: &Decided<'_>,
        after: &Decided<'_>,
    ) -> Self {
        let (plans_before, plans_after) = (by_repository(before), by_repository(after));
        let mut images = 0;
        let mut changes: BTreeMap<(Verdict, Verdict), u64> = BTreeMap::new();
        let mut repositories = Vec::new();
        for registry in registries {
            for repository in &registry.repositories {
                images += repository.images.len() as u64;
                let key = (registry.place(), &*repository.name);
                let plans = (plans_before.get(&key).copied(), plans_after.get(&key).copied());
                let diff = RepositoryDiff {
                    account: registry.account.clone(),
                    region: registry.region.clone(),
                    repository: repository.name.clone(),
                    before: planned_by(before, repository, plans.0),
                    after: planned_by(after, repository, plans.1),
                    changes: changed(repository, plans.0, plans.1),
                };
                for change in &diff.changes {
                    *changes.entry((change.before, change.after)).or_default() += 1;
                }
                if !diff.changes.is_empty()
                    || blocks(diff.before.as_ref()) != blocks(diff.after.as_ref())
                {
                    repositories.push(diff);
                }
            }
        }
        repositories.sort_by(|left, right| {
            let key = |it: &RepositoryDiff| {
                (it.account.clone(), it.region.clone(), it.repository.clone())
            };
            key(left).cmp(&key(right))
        });
        Self {
            schema_version: V1,
            now,
            before: compared(before),
            after: compared(after),
            images,
            changes: changes
                .into_iter()
                .map(|((before, after), images)| ChangeCount { before, after, images })
                .collect(),
            repositories,
        }
    }
}

type ByRepository<'a> = BTreeMap<(Place, &'a str), &'a RepositoryPlan>;

fn by_repository<'a>(decided: &Decided<'a>) -> ByRepository<'a> {
    decided.plans.iter().map(|plan| ((plan.place(), &*plan.repository), plan)).collect()
}

fn compared(decided: &Decided<'_>) -> ComparedPolicy {
    let summaries = || decided.plans.iter().map(|plan| plan.summary);
    ComparedPolicy {
        name: decided.name.into(),
        digest: decided.digest,
        delete: summaries().map(|summary| summary.delete).sum(),
        delete_bytes: summaries().map(|summary| summary.delete_bytes).sum(),
        blocked: decided.plans.iter().filter(|plan| !plan.blocked.is_empty()).count() as u64,
        is_complete: decided.is_complete,
    }
}

fn planned_by(
    decided: &Decided<'_>,
    repository: &Repository,
    plan: Option<&RepositoryPlan>,
) -> Option<PlannedBy> {
    let (plan, rule) = (plan?, (decided.rule_for)(repository)?);
    let blocked = plan.blocked.iter();
    let blocked =
        blocked.map(|block| BlockSummary { code: block.code, detail: block.detail.clone() });
    Some(PlannedBy { rule, summary: plan.summary, blocked: blocked.collect() })
}

fn blocks(planned: Option<&PlannedBy>) -> &[BlockSummary] {
    planned.map_or(&[], |planned| &planned.blocked)
}

fn changed(
    repository: &Repository,
    before: Option<&RepositoryPlan>,
    after: Option<&RepositoryPlan>,
) -> Vec<VerdictChange> {
    let (before, after) = (Verdicts::of(before), Verdicts::of(after));
    let mut changes: Vec<VerdictChange> = repository
        .images
        .iter()
        .filter_map(|image| {
            let (was, is) = (before.verdict(image.digest), after.verdict(image.digest));
            (was != is).then(|| VerdictChange {
                digest: image.digest,
                tags: image.tags.clone(),
                before: was,
                after: is,
                kept_before: before.reasons(image.digest).to_vec(),
                kept_after: after.reasons(image.digest).to_vec(),
            })
        })
        .collect();
    changes.sort_by_key(|change| change.digest);
    changes
}

/// The verdicts of one plan by image.
struct Verdicts<'a> {
    is_planned: bool,
    keep: BTreeMap<Digest, &'a [Reason]>,
    delete: BTreeSet<Digest>,
}

impl<'a> Verdicts<'a> {
    fn of(plan: Option<&'a RepositoryPlan>) -> Self {
        let keep = plan.into_iter().flat_map(|plan| &plan.keep);
        let delete = plan.into_iter().flat_map(|plan| &plan.delete);
        Self {
            is_planned: plan.is_some(),
            keep: keep.map(|kept| (kept.digest, &*kept.reasons)).collect(),
            delete: delete.map(|deletion| deletion.digest).collect(),
        }
    }

    fn verdict(&self, digest: Digest) -> Verdict {
        if !self.is_planned {
            Verdict::Untouched
        } else if self.keep.contains_key(&digest) {
            Verdict::Keep
        } else if self.delete.contains(&digest) {
            Verdict::Delete
        } else {
            Verdict::Blocked
        }
    }

    fn reasons(&self, digest: Digest) -> &'a [Reason] {
        self.keep.get(&digest).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::{Coverage, Image, Policy, plan_organization};

    use super::*;
    use ecr_sweep_policy::{self as policy, Use};

    fn now() -> Timestamp {
        "2026-11-20T00:00:00Z".parse().unwrap()
    }

    fn registries() -> Vec<Registry> {
        let image = |n: u8, tag: &str| Image {
            tags: vec![tag.into()],
            pushed_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            ..Image::new(Digest::from_bytes([n; 32]))
        };
        let repository = |name: &str| Repository {
            name: name.into(),
            tags: BTreeMap::new(),
            allows: Vec::new(),
            images: vec![image(2, "v2"), image(1, "v1")],
        };
        vec![Registry {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            deletes_replicate_to: Vec::new(),
            repositories: vec![repository("b"), repository("a")],
        }]
    }

    fn policy(text: &str) -> Policy {
        let text = format!("schema_version: 1\nrepositories:\n{text}\n");
        policy::read("policy.yaml", &text, Use::Offline).unwrap().policy
    }

    fn diff(before: &str, after: &str) -> PolicyDiff {
        let registries = registries();
        let account = registries[0].account.clone();
        let [before, after] = [policy(before), policy(after)];
        let plan = |policy: &Policy| {
            plan_organization(&account, &registries, Vec::new(), &Coverage::COMPLETE, policy, now())
                .plans
        };
        let plans = [plan(&before), plan(&after)];
        let digest = Digest::from_bytes([0; 32]);
        let rule_before = |it: &Repository| before.rule_for(&it.name, &it.tags).map(|it| it.0);
        let rule_after = |it: &Repository| after.rule_for(&it.name, &it.tags).map(|it| it.0);
        let decided =
            |name, rule_for, plans| Decided { name, digest, rule_for, plans, is_complete: true };
        PolicyDiff::new(
            now(),
            &registries,
            &decided("before", &rule_before, &plans[0]),
            &decided("after", &rule_after, &plans[1]),
        )
    }

    const ALL_GO: &str = "  - { match: { name: ['*'] }, keep: { newest: 0 } }";

    #[test]
    fn a_policy_differs_from_itself_in_nothing() {
        let diff = diff(ALL_GO, ALL_GO);
        assert_eq!((diff.images, diff.changes.len(), diff.repositories.len()), (4, 0, 0));
        assert_eq!(diff.before.delete, diff.after.delete);
    }

    #[test]
    fn a_verdict_that_changes_is_told_with_the_reasons_of_the_side_that_keeps() {
        let diff = diff(ALL_GO, "  - { match: { name: ['a'] }, keep: { tags: ['v1'] } }");
        let repositories: Vec<_> = diff.repositories.iter().map(|it| &*it.repository).collect();
        assert_eq!(repositories, ["a", "b"]);
        let [change] = &diff.repositories[0].changes[..] else { panic!("{diff:#?}") };
        assert_eq!((change.before, change.after), (Verdict::Delete, Verdict::Keep));
        assert!(change.kept_before.is_empty());
        assert_eq!(change.kept_after[0].code.text(), "tags");
        assert_eq!(diff.repositories[1].after, None);
        let counts: Vec<_> =
            diff.changes.iter().map(|it| (it.before, it.after, it.images)).collect();
        assert_eq!(
            counts,
            [(Verdict::Delete, Verdict::Keep, 1), (Verdict::Delete, Verdict::Untouched, 2)]
        );
    }

    #[test]
    fn a_block_is_a_change_of_verdicts() {
        let limited = "  - { match: { name: ['*'] }, keep: { newest: 0 }, limits: { images: 1 } }";
        let diff = diff(ALL_GO, limited);
        assert_eq!(diff.after.blocked, 2);
        assert_eq!(diff.changes[0].after, Verdict::Blocked);
        assert_eq!(diff.repositories[0].after.as_ref().unwrap().blocked.len(), 1);
    }
}
