//! What a run found broken in what it read anyway.

use std::collections::BTreeMap;

use ecr_sweep_core::{Finding, FindingCode, FindingCount, InUse, count_findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many findings are told one by one.
const WORST: usize = 20;

/// How many tags of an image, and rows that use it, each of these tells.
const TOLD: usize = 3;

/// What is broken in the repositories that a run planned: how much of each kind, and the worst.
///
/// Two kinds are left out, which only `inspect` tells: referrers without a subject, as a run need
/// not look for these everywhere, and archives that nothing uses, as these are as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingSummary {
    /// How many findings there are of each kind, those in use first.
    pub counts: Vec<FindingCount>,
    /// The worst of them, sorted: at most 20, each with no more than three of its image's tags and
    /// of what uses it.
    pub worst: Vec<Finding>,
}

impl FindingSummary {
    /// What was found in one repository, without the subjects of its referrers. None where nothing
    /// is broken.
    #[must_use]
    pub fn of(mut findings: Vec<Finding>) -> Option<Self> {
        findings.retain(|it| (it.in_use, it.code) != (InUse::No, FindingCode::UnpullableImage));
        findings.sort();
        let counts = count_findings(&findings);
        findings.truncate(WORST);
        for finding in &mut findings {
            finding.tags.truncate(TOLD);
            finding.used_by.truncate(TOLD);
        }
        (!findings.is_empty()).then_some(Self { counts, worst: findings })
    }

    /// What was found in several repositories. None where nothing is broken in any.
    #[must_use]
    pub fn sum(summaries: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut counts: BTreeMap<(InUse, FindingCode), u64> = BTreeMap::new();
        let mut worst = Vec::new();
        for summary in summaries {
            for FindingCount { in_use, code, findings } in summary.counts {
                *counts.entry((in_use, code)).or_default() += findings;
            }
            worst.extend(summary.worst);
            worst.sort();
            worst.truncate(WORST);
        }
        let count = |((in_use, code), findings)| FindingCount { in_use, code, findings };
        let counts: Vec<FindingCount> = counts.into_iter().map(count).collect();
        (!counts.is_empty()).then_some(Self { counts, worst })
    }

    /// How many of what is broken something uses.
    #[must_use]
    pub fn in_use(&self) -> u64 {
        let in_use = self.counts.iter().filter(|count| count.in_use == InUse::Yes);
        in_use.map(|count| count.findings).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(in_use: InUse, code: FindingCode, repository: &str) -> Finding {
        Finding {
            in_use,
            code,
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            repository: repository.into(),
            digest: None,
            tags: ["a", "b", "c", "d"].map(Into::into).into(),
            detail: "broken".into(),
            used_by: Vec::new(),
        }
    }

    fn count(in_use: InUse, code: FindingCode, findings: u64) -> FindingCount {
        FindingCount { in_use, code, findings }
    }

    #[test]
    fn what_is_told_is_bounded_and_what_is_counted_is_all() {
        let broken = |n| finding(InUse::No, FindingCode::IncompleteIndex, &format!("app-{n:02}"));
        let mut findings: Vec<Finding> = (0..50).map(broken).collect();
        findings.push(finding(InUse::Yes, FindingCode::MissingImage, "used"));
        let summary = FindingSummary::of(findings).unwrap();
        let counts = [
            count(InUse::Yes, FindingCode::MissingImage, 1),
            count(InUse::No, FindingCode::IncompleteIndex, 50),
        ];
        assert_eq!((summary.counts.as_slice(), summary.in_use()), (&counts[..], 1));
        assert_eq!((summary.worst.len(), &*summary.worst[0].repository), (WORST, "used"));
        assert!(summary.worst.iter().all(|it| it.tags.len() == TOLD));
    }

    #[test]
    fn repositories_add_up_in_whatever_order_they_come() {
        let one = || FindingSummary::of(vec![finding(InUse::No, FindingCode::UnreadIndex, "one")]);
        let two = || FindingSummary::of(vec![finding(InUse::Yes, FindingCode::UnreadIndex, "two")]);
        let both = FindingSummary::sum([one(), two(), one()].into_iter().flatten()).unwrap();
        assert_eq!(
            Some(&both),
            FindingSummary::sum([two(), one(), one()].into_iter().flatten()).as_ref()
        );
        let counts = [
            count(InUse::Yes, FindingCode::UnreadIndex, 1),
            count(InUse::No, FindingCode::UnreadIndex, 2),
        ];
        assert_eq!(both.counts, counts);
        assert_eq!(&*both.worst[0].repository, "two");
    }

    #[test]
    fn an_archive_that_nothing_uses_is_as_it_should_be() {
        let archived = |in_use| finding(in_use, FindingCode::UnpullableImage, "app");
        assert_eq!(FindingSummary::of(vec![archived(InUse::No)]), None);
        let summary = FindingSummary::of(vec![archived(InUse::No), archived(InUse::Unknown)]);
        let counts = [count(InUse::Unknown, FindingCode::UnpullableImage, 1)];
        assert_eq!(summary.unwrap().counts, counts);
        assert_eq!(FindingSummary::sum([]), None);
    }
}
