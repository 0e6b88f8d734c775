//! What a decision saw in use, for the runs to come.

use std::collections::BTreeMap;

use super::Decision;
use crate::{Digest, Reason, Usage};

/// How many of those that name an image are told, one of each kind before all others.
const NAMED: usize = 3;

/// What a run saw in use in a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenInUse {
    /// The images that something names, and the indexes that list one: a roll-back names the index.
    /// Each with some of what names it. What else these need stays with them.
    pub images: BTreeMap<Digest, Vec<Usage>>,
    /// Whether all was looked at that could name an image here.
    pub is_whole: bool,
}

impl Decision<'_> {
    /// What is in use, whatever becomes of it.
    #[must_use]
    pub fn seen_in_use(&self) -> SeenInUse {
        let Self { facts, reasons, .. } = self;
        let is_named = |reasons: &[Reason]| reasons.iter().any(|it| !it.evidence.is_empty());
        let named = (0..facts.graph.len()).filter(|at| is_named(&reasons[*at]));
        let mut open: Vec<(usize, usize)> = named.map(|at| (at, at)).collect();
        let mut by: BTreeMap<usize, usize> = open.iter().copied().collect();
        while let Some((at, named)) = open.pop() {
            for index in facts.graph.listed_by(at) {
                by.entry(*index).or_insert_with(|| {
                    open.push((*index, named));
                    named
                });
            }
        }
        let images = by
            .into_iter()
            .map(|(at, named)| (facts.graph.image(at).digest, some_of(&reasons[named])));
        let (evidence, allows) = (facts.evidence, &facts.repository.allows);
        let mut not_scanned = evidence.not_scanned(facts.registry, allows, facts.policy);
        let is_whole =
            evidence.gaps.is_empty() && evidence.unread.is_none() && not_scanned.next().is_none();
        SeenInUse { images: images.collect(), is_whole }
    }
}

/// Some of what names an image.
fn some_of(reasons: &[Reason]) -> Vec<Usage> {
    let firsts = reasons.iter().filter_map(|reason| reason.evidence.first());
    let others = reasons.iter().flat_map(|reason| reason.evidence.iter().skip(1));
    firsts.chain(others).take(NAMED).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::SeenInUse;
    use crate::testing::{Case, case, digest, image, index, referrer, tagged, usage};
    use crate::{Admitted, CoverageDefault, Digest, Usage};

    fn seen(case: Case) -> SeenInUse {
        case.ask(|facts| facts.decide().seen_in_use())
    }

    fn arns(seen: &SeenInUse) -> BTreeMap<Digest, Vec<&str>> {
        let arns = seen.images.iter();
        arns.map(|(digest, rows)| (*digest, rows.iter().map(|row| &*row.arn).collect())).collect()
    }

    #[test]
    fn what_is_named_is_in_use_and_so_is_each_index_that_lists_it() {
        let images = [
            index(1, 60, &[2]),
            index(2, 60, &[3, 4]),
            image(3, 60),
            image(4, 60),
            referrer(5, 60, 3),
            tagged(6, 60, &["v6"]),
            tagged(7, 1, &["v7"]),
        ];
        let by_digest = format!("HOST/elsewhere@{}", digest(3));
        let case = case(images)
            .used(usage("ecs-task", &by_digest))
            .used(usage("ecs-service", "HOST/app:v6"));
        let (task, service) = (vec!["arn:aws:ecs-task"], vec!["arn:aws:ecs-service"]);
        let seen = seen(case);
        let expected = [
            (digest(1), task.clone()),
            (digest(2), task.clone()),
            (digest(3), task),
            (digest(6), service),
        ];
        assert_eq!(arns(&seen), expected.into());
        assert!(seen.is_whole);
    }

    #[test]
    fn one_of_each_kind_is_told_before_the_others_of_a_kind() {
        let task =
            |n: u8| Usage { arn: format!("task/{n}").into(), ..usage("ecs-task", "HOST/app:v1") };
        let all = (1..=4).map(task).chain([usage("ecs-service", "HOST/app:v1")]);
        let case = all.fold(case([tagged(1, 60, &["v1"])]), Case::used);
        assert_eq!(
            arns(&seen(case)),
            [(digest(1), vec!["arn:aws:ecs-service", "task/1", "task/2"])].into()
        );
    }

    #[test]
    fn what_was_seen_counts_though_not_all_was_looked_at() {
        let images = || case([tagged(1, 60, &["v1"])]).used(usage("ecs-task", "HOST/app:v1"));
        let gap = seen(images().with(|case| case.coverage.default = CoverageDefault::Failed));
        let admitted = seen(images().with(|case| case.repository.allows = vec![Admitted::Public]));
        for seen in [gap, admitted] {
            assert_eq!((seen.images.len(), seen.is_whole), (1, false));
        }
    }
}
