//! Grace: what would go stays until it has been planned for deletion long enough.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::unmet::{Unmet, since};
use super::waiting::Waiting;
use super::{Facts, Reasons};
use crate::{Digest, Image, Reason, ReasonCode};

/// Since when images have been planned for deletion without a break. One that is absent was not
/// planned by the run before.
pub type PlannedSince = BTreeMap<Digest, Timestamp>;

/// Since when an image has been planned for deletion. None where it was not, or was pushed again, pulled or
/// restored after it was: somebody wants it, whatever is remembered, and it starts anew.
#[must_use]
pub fn planned_before(image: &Image, planned_since: &PlannedSince) -> Option<Timestamp> {
    let since = planned_since.get(&image.digest).copied()?;
    let is_before = |at: Timestamp| at <= since;
    let is_unwanted = image.last_needed_at().is_none_or(is_before);
    (is_unwanted && image.pushed_at.is_some_and(is_before)).then_some(since)
}

/// Whether anybody has to know what is planned for deletion: the rule's grace does, or the runs to
/// come, as earlier ones remembered something.
pub(super) fn is_asked_for(facts: &Facts<'_>) -> bool {
    let remembered = |planned_since: &PlannedSince| !planned_since.is_empty();
    facts.planned_since.is_some_and(|since| facts.rule.grace.is_some() || remembered(since))
}

/// Keeps what has not been planned for deletion for the whole grace. Says whether it kept
/// anything. Without a memory, which is offline, it keeps nothing.
///
/// `counts` is whether this plan is one that the time of an image can begin with: nothing unknown
/// blocks it.
pub(super) fn keep(
    facts: &Facts<'_>,
    counts: bool,
    reasons: &mut Reasons,
    waiting: &mut Waiting,
) -> bool {
    let (Some(grace), Some(planned_since)) = (facts.rule.grace, facts.planned_since) else {
        return false;
    };
    let mut has_kept = false;
    for (at, image) in
        facts.graph.images().filter(|(at, _)| reasons[*at].is_empty()).collect::<Vec<_>>()
    {
        let before = planned_before(image, planned_since);
        let since = before.unwrap_or(facts.now);
        if since <= grace.before(facts.now) {
            continue;
        }
        let ends_at = grace.after(since);
        let detail = match (before, counts) {
            (_, false) => {
                format!("its grace of {grace} begins with a plan that nothing unknown blocks")
            }
            (Some(_), true) => format!(
                "planned for deletion since {since}; its grace of {grace} ends at {ends_at}"
            ),
            (None, true) => format!(
                "planned for deletion for the first time; its grace of {grace} ends at {ends_at}"
            ),
        };
        waiting.until(at, counts.then_some(ends_at));
        reasons[at].push(Reason::new(ReasonCode::InGrace, detail));
        has_kept = true;
    }
    has_kept
}

/// How far an image that goes is from its rule's grace. None without a grace, and for an image that
/// was not planned for deletion before.
pub(super) fn unmet(facts: &Facts<'_>, at: usize) -> Option<Unmet> {
    let grace = facts.rule.grace?;
    let planned_since = facts.planned_since?.get(&facts.graph.image(at).digest).copied();
    let detail = since("planned for deletion", Some(planned_since?), grace, facts.now);
    Some(Unmet { rule: "grace".into(), detail: detail.into() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::policy::OnExceed;
    use crate::testing::{Case, case, digest, image, index, referrer, usage};
    use crate::{Age, CoverageDefault, Image};

    /// Under a grace of 7 days, by a run that remembers.
    fn in_grace(images: impl IntoIterator<Item = Image>, planned: &[(u8, i64)]) -> Case {
        let set = |case: &mut Case| case.policy.repositories[0].grace = Some(Age::days(7));
        case(images).with(set).remembering(planned)
    }

    fn three() -> [Image; 3] {
        [image(1, 60), image(2, 60), image(3, 60)]
    }

    #[test]
    fn what_was_planned_for_the_whole_grace_goes_and_the_rest_waits() {
        let planned = in_grace(three(), &[(1, 8), (2, 7), (3, 6)]);
        assert_eq!(planned.verdicts(), "1: delete, 2: delete, 3: in-grace");
        let planned = in_grace(three(), &[]);
        assert_eq!(planned.verdicts(), "1: in-grace, 2: in-grace, 3: in-grace");
    }

    #[test]
    fn an_image_that_was_pushed_again_starts_anew() {
        let planned = in_grace([image(1, 9), image(2, 10)], &[(1, 10), (2, 10)]);
        let planned = planned.with(|case| case.policy.minimum_age = Age::days(1));
        assert_eq!(planned.verdicts(), "1: in-grace, 2: delete");
    }

    #[test]
    fn an_image_that_was_pulled_or_restored_after_it_was_planned_starts_anew() {
        let at = |days| Some(crate::testing::days_ago(days));
        let pulled = |n, days| Image { pulled_at: at(days), ..image(n, 60) };
        let restored = Image { restored_at: at(9), ..image(3, 60) };
        let images = [pulled(1, 9), pulled(2, 10), restored];
        let planned = in_grace(images, &[(1, 10), (2, 10), (3, 10)]);
        let planned = planned.with(|case| case.policy.minimum_idle = Age::days(1));
        assert_eq!(planned.verdicts(), "1: in-grace, 2: delete, 3: in-grace");
    }

    #[test]
    fn grace_says_since_when_and_until_when() {
        let details = |case: Case| -> Vec<Box<str>> {
            case.plan()
                .plan
                .keep
                .into_iter()
                .flat_map(|it| it.reasons)
                .map(|it| it.detail)
                .collect()
        };
        assert_eq!(
            details(in_grace([image(1, 60), image(2, 70)], &[(1, 6)])),
            [
                "planned for deletion since 2026-11-14T00:00:00Z; its grace of 7d ends at 2026-11-21T00:00:00Z".into(),
                "planned for deletion for the first time; its grace of 7d ends at 2026-11-27T00:00:00Z".into(),
            ] as [Box<str>; 2]
        );
        let uncertain = in_grace([image(1, 60)], &[])
            .with(|case| case.coverage.default = CoverageDefault::Failed);
        let [detail] = &details(uncertain)[..] else { panic!() };
        assert_eq!(&**detail, "its grace of 7d begins with a plan that nothing unknown blocks");
    }

    #[test]
    fn offline_and_without_a_grace_nothing_waits() {
        let mut offline = in_grace([image(1, 60)], &[]);
        offline.planned_since = None;
        assert_eq!(offline.verdicts(), "1: delete");
        assert_eq!(case([image(1, 60)]).remembering(&[]).verdicts(), "1: delete");
        let none = in_grace([image(1, 60)], &[])
            .with(|case| case.policy.repositories[0].grace = Some(Age::days(0)));
        assert_eq!(none.verdicts(), "1: delete");
    }

    #[test]
    fn candidates_are_told_where_a_grace_or_the_runs_to_come_ask_for_them() {
        let candidates = |case: Case| case.plan().candidates;
        let both = BTreeSet::from([digest(1), digest(2)]);
        let images = || [image(1, 60), image(2, 60)];
        assert_eq!(candidates(in_grace(images(), &[])), both);
        // The grace has left the policy, and what it remembered is brought up to date.
        assert_eq!(candidates(case(images()).remembering(&[(2, 3)])), both);
        assert_eq!(candidates(case(images()).remembering(&[])), BTreeSet::new());
        assert_eq!(candidates(case(images())), BTreeSet::new());
        let uncertain =
            in_grace(images(), &[]).with(|case| case.coverage.default = CoverageDefault::Failed);
        assert_eq!(candidates(uncertain), BTreeSet::new());
    }

    #[test]
    fn what_an_image_in_grace_needs_waits_with_it() {
        let images = [index(1, 60, &[2]), image(2, 60), referrer(3, 60, 1), image(4, 60)];
        assert_eq!(
            in_grace(images, &[(1, 1), (2, 30), (3, 30), (4, 30)]).verdicts(),
            "1: in-grace, 2: child-of-kept-index, 3: referrer-of-kept-image, 4: delete"
        );
    }

    /// On which day of November images go that wait, and how many go on each.
    fn told_ahead(case: Case) -> (String, Vec<(String, u64)>) {
        let plan = case.plan().plan;
        let mut days: Vec<(u8, String)> = plan
            .keep
            .iter()
            .map(|kept| {
                let number = (0..=u8::MAX).find(|n| digest(*n) == kept.digest).unwrap();
                let day = kept.goes_at.map_or("-".to_owned(), |at| at.to_string()[8..10].into());
                (number, day)
            })
            .collect();
        days.sort();
        let days: Vec<String> = days.into_iter().map(|(n, day)| format!("{n}: {day}")).collect();
        let on = plan.goes_on.iter().map(|it| (it.on.to_string(), it.images)).collect();
        (days.join(", "), on)
    }

    #[test]
    fn what_waits_is_told_the_day_on_which_it_goes() {
        let planned = in_grace([image(1, 60), image(2, 70), image(3, 80)], &[(1, 6), (2, 2)]);
        let on = [("2026-11-21", 1), ("2026-11-25", 1), ("2026-11-27", 1)];
        let on = on.map(|(day, images)| (day.to_owned(), images)).to_vec();
        assert_eq!(told_ahead(planned), ("1: 21, 2: 25, 3: 27".to_owned(), on));
    }

    #[test]
    fn what_an_image_in_grace_needs_goes_with_the_last_that_needs_it() {
        let images = [
            index(1, 60, &[3, 4]),
            index(2, 61, &[4]),
            image(3, 62),
            image(4, 63),
            referrer(5, 60, 4),
            image(6, 64),
        ];
        let planned = in_grace(images, &[(1, 5), (2, 1), (3, 30), (4, 30), (5, 30), (6, 3)]);
        let (days, on) = told_ahead(planned);
        assert_eq!(days, "1: 22, 2: 26, 3: 22, 4: 26, 5: 26, 6: 24");
        assert_eq!(on.iter().map(|(_, images)| images).sum::<u64>(), 6);
    }

    #[test]
    fn no_day_is_told_of_what_is_kept_anyway_nor_where_the_grace_has_not_begun() {
        let used = in_grace([image(1, 60), image(2, 60)], &[])
            .used(usage("ecs-task", "HOST/app:used"))
            .with(|case| case.repository.images[0].tags.push("used".into()));
        assert_eq!(told_ahead(used).0, "1: -, 2: 27");
        let uncertain = in_grace([index(1, 60, &[2]), image(2, 60)], &[(2, 3)])
            .with(|case| case.coverage.default = CoverageDefault::Failed);
        assert_eq!(told_ahead(uncertain), ("1: -, 2: -".to_owned(), Vec::new()));
    }

    #[test]
    fn who_asks_why_is_told_when() {
        let planned = in_grace([image(1, 60)], &[(1, 6)]);
        let goes_at = planned.explain(1).unwrap().goes_at.unwrap();
        assert_eq!(goes_at.to_string(), "2026-11-21T00:00:00Z");
    }

    #[test]
    fn what_waits_is_no_deletion_for_the_limits() {
        let limited = |on_exceed| {
            in_grace(three(), &[(1, 30), (2, 30)]).with(|case| {
                let limits = &mut case.policy.repositories[0].limits;
                (limits.images, limits.on_exceed) = (Some(1), on_exceed);
            })
        };
        assert_eq!(
            limited(OnExceed::OldestFirst).verdicts(),
            "1: over-limit, 2: delete, 3: in-grace"
        );
        assert_eq!(limited(OnExceed::Block).verdicts(), "3: in-grace, blocked over-limit: 1 2");
        let allowed = limited(OnExceed::Block)
            .with(|case| case.policy.repositories[0].limits.images = Some(2));
        assert_eq!(allowed.verdicts(), "1: delete, 2: delete, 3: in-grace");
    }

    #[test]
    fn what_only_grace_and_limits_hold_back_is_to_be_remembered() {
        let limit = |case: &mut Case| case.policy.repositories[0].limits.images = Some(0);
        let case =
            in_grace(three(), &[(1, 30)]).used(usage("ecs-task", "HOST/app:used")).with(limit);
        let used = case.with(|case| case.repository.images[1].tags.push("used".into()));
        assert_eq!(used.plan().candidates, [digest(1), digest(3)].into());
    }

    #[test]
    fn nothing_is_to_be_remembered_of_a_plan_that_something_unknown_blocks() {
        let uncertain = |planned: &[(u8, i64)]| {
            in_grace(three(), planned).with(|case| case.coverage.default = CoverageDefault::Failed)
        };
        let blocked = uncertain(&[(1, 30), (2, 30), (3, 30)]).plan();
        assert_eq!((blocked.candidates.len(), blocked.plan.blocked.len()), (0, 1));
        let waiting = uncertain(&[]).plan();
        assert_eq!((waiting.candidates.len(), waiting.plan.blocked.len()), (0, 0));
    }

    #[test]
    fn an_image_that_goes_is_told_how_far_it_is_from_its_grace() {
        let unmet = |case: Case| case.explain(1).unwrap().unmet;
        let planned = || in_grace([image(1, 60)], &[(1, 8)]);
        let last = unmet(planned()).pop().unwrap();
        assert_eq!(
            (&*last.rule, &*last.detail),
            (
                "grace",
                "planned for deletion 8 days ago (2026-11-12T00:00:00Z); within 7d would keep it",
            )
        );
        let without = planned().with(|case| case.policy.repositories[0].grace = None);
        assert!(unmet(without).iter().all(|unmet| &*unmet.rule != "grace"));
    }
}
