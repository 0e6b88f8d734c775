//! The document that `ecr-sweep diff --format json` prints.

use std::collections::BTreeMap;

use ecr_sweep_core::{
    Account, Decided, Digest, OrganizationPlan, PlanUnder, Policy, Region, Registry,
    RepositoryDifference, Summary, Verdict, VerdictChange, repository_differences,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// One of two policies that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The file, as it was named.
    pub name: &'a str,
    /// The SHA-256 of its text.
    pub digest: Digest,
    /// The policy.
    pub policy: &'a Policy,
    /// What it plans.
    pub planned: &'a OrganizationPlan,
}

impl PolicyDiff {
    /// What changes between two policies over these registries.
    #[must_use]
    pub fn new(
        now: Timestamp,
        registries: &[Registry],
        before: Compared<'_>,
        after: Compared<'_>,
    ) -> Self {
        let [decided_before, decided_after] = [before, after].map(Compared::decided);
        let differences = repository_differences(registries, decided_before, decided_after);
        let mut changes: BTreeMap<(Verdict, Verdict), u64> = BTreeMap::new();
        for change in differences.iter().flat_map(|difference| &difference.changes) {
            *changes.entry((change.before, change.after)).or_default() += 1;
        }
        let repositories = registries.iter().flat_map(|registry| &registry.repositories);
        Self {
            schema_version: V1,
            now,
            before: before.into(),
            after: after.into(),
            images: repositories.map(|repository| repository.images.len() as u64).sum(),
            changes: changes
                .into_iter()
                .map(|((before, after), images)| ChangeCount { before, after, images })
                .collect(),
            repositories: differences.into_iter().map(RepositoryDiff::from).collect(),
        }
    }
}

impl<'a> Compared<'a> {
    fn decided(self) -> Decided<'a> {
        Decided { policy: self.policy, plans: &self.planned.plans }
    }
}

impl From<Compared<'_>> for ComparedPolicy {
    fn from(compared: Compared<'_>) -> Self {
        let plans = &compared.planned.plans;
        Self {
            name: compared.name.into(),
            digest: compared.digest,
            delete: plans.iter().map(|plan| plan.summary.delete).sum(),
            delete_bytes: plans.iter().map(|plan| plan.summary.delete_bytes).sum(),
            blocked: plans.iter().filter(|plan| !plan.blocked.is_empty()).count() as u64,
            is_complete: compared.planned.is_complete,
        }
    }
}

impl From<RepositoryDifference<'_>> for RepositoryDiff {
    fn from(difference: RepositoryDifference<'_>) -> Self {
        Self {
            account: difference.registry.account,
            region: difference.registry.region,
            repository: difference.repository.name.clone(),
            before: difference.before.map(PlannedBy::from),
            after: difference.after.map(PlannedBy::from),
            changes: difference.changes,
        }
    }
}

impl From<PlanUnder<'_>> for PlannedBy {
    fn from(PlanUnder { rule, plan }: PlanUnder<'_>) -> Self {
        let blocked = plan.blocked.iter().map(BlockSummary::from).collect();
        Self { rule, summary: plan.summary, blocked }
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::{Coverage, Image, OrganizationFacts, Repository};

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
            use_history: None,
            images: vec![image(2, "v2"), image(1, "v1")],
        };
        vec![Registry {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            deletes_replicate_to: Vec::new(),
            unread: None,
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
            OrganizationFacts {
                home: &account,
                registries: &registries,
                cache_rules: &[],
                usage: Vec::new(),
                coverage: &Coverage::COMPLETE,
                policy,
                now: now(),
            }
            .plan()
        };
        let plans = [plan(&before), plan(&after)];
        let digest = Digest::from_bytes([0; 32]);
        PolicyDiff::new(
            now(),
            &registries,
            Compared { name: "before", digest, policy: &before, planned: &plans[0] },
            Compared { name: "after", digest, policy: &after, planned: &plans[1] },
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
