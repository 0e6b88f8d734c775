//! The rule `used_within`: images that a run of the last age saw in use.

use jiff::Timestamp;

use super::{FieldSpec, KeepRule, Kind, Looking, Needs, Value};
use crate::decide::{Reasons, Recent, since};
use crate::policy::FromValue;
use crate::{Age, Image, Reason, ReasonCode, UseHistory};

/// Images that a run saw in use at most so long ago, or that may have been in use since.
///
/// A look shows what is in use at that moment alone: until the next one, what was in use then may
/// have stayed so. Nothing here depends on the age but how far back it reaches, so a longer one
/// keeps at least as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedWithin(pub Age);

impl UsedWithin {
    /// Why nobody knows what was in use for so long. None where it is known.
    fn unknown(self, looking: &Looking<'_, '_>) -> Option<String> {
        let (facts, age) = (looking.facts, self.0);
        let history = facts.repository.use_history?;
        let first = age.before(facts.now);
        let UseHistory { since, looked_at } = history;
        if history.is_broken_at(facts.now) && facts.now > first {
            let gap = UseHistory::LONGEST_GAP;
            Some(format!(
                "no run has looked at what is used here since {looked_at}, for more than {gap}"
            ))
        } else if since.min(facts.now) > first {
            Some(format!("what was used here is known since {since} alone, not for {age}"))
        } else {
            None
        }
    }

    /// Why an image that no run saw in use for so long may have been.
    fn doubt(self, looking: &Looking<'_, '_>, image: &Image) -> Option<String> {
        let (facts, age) = (looking.facts, self.0);
        let used_at = image.used_at?;
        if let Some(unused_at) = image.unused_at {
            let is_within = unused_at >= age.before(facts.now);
            return is_within.then(|| {
                format!(
                    "seen in use {used_at}, and not any more {unused_at}, within {age}: nobody \
                     looked between"
                )
            });
        }
        let history = facts.repository.use_history?;
        (used_at >= history.looked_at)
            .then(|| format!("seen in use {used_at}, and no run has looked since then"))
    }
}

/// Whether something uses an image now, or an image that it lists.
fn is_in_use(reasons: &[Reason]) -> bool {
    let is_use =
        |code: &ReasonCode| matches!(code, ReasonCode::UsedBy(_) | ReasonCode::IndexOfUsedImage);
    reasons.iter().any(|reason| is_use(&reason.code))
}

impl KeepRule for UsedWithin {
    const FIELD: FieldSpec = FieldSpec::new(
        "used_within",
        Kind::Age,
        "Keeps images that a run saw in use at most so long ago.",
    );

    fn of(value: &Value) -> Option<Self> {
        Age::from_value(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let now = looking.facts.now;
        let recent = Recent::used(self.0, now);
        let unknown = self.unknown(looking);
        for (at, image) in looking.images() {
            // This run looks, too.
            let seen: Option<Timestamp> =
                if is_in_use(&reasons[at]) { Some(now) } else { image.used_at };
            if let Some(detail) = seen.and_then(|seen| recent.tell_at(seen)) {
                looking.keep::<Self>(reasons, at, detail);
            } else if let Some(detail) = unknown.clone().or_else(|| self.doubt(looking, image)) {
                looking.keep_as(ReasonCode::LastUseUnknown, reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        Some(since("seen in use", facts.graph.image(at).used_at, self.0, facts.now))
    }

    fn needs(&self) -> Needs {
        Needs { use_history: Some(self.0), ..Needs::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Image;
    use crate::policy::Clause;
    use crate::testing::{Case, case, days_ago, image, index, now, referrer, usage};

    fn used(n: u8, days: i64) -> Image {
        Image { used_at: Some(days_ago(days)), ..image(n, 60) }
    }

    fn within_30(images: impl IntoIterator<Item = Image>) -> Case {
        case(images).keeping(|keep| keep.set(UsedWithin(Age::days(30))))
    }

    fn known(case: Case, since: i64, looked: i64) -> Case {
        let history = UseHistory { since: days_ago(since), looked_at: days_ago(looked) };
        case.with(|case| case.repository.use_history = Some(history))
    }

    #[test]
    fn what_was_seen_in_use_is_kept_within_the_age_its_last_second_included() {
        let second = jiff::SignedDuration::from_secs(1);
        let just_before = Image { used_at: Some(days_ago(30) - second), ..image(3, 60) };
        let to_come = Image { used_at: Some(now() + second), ..image(5, 60) };
        let images = [used(1, 29), used(2, 30), just_before, image(4, 60), to_come];
        assert_eq!(
            within_30(images).verdicts(),
            "1: used-within, 2: used-within, 3: delete, 4: delete, 5: used-within"
        );
    }

    #[test]
    fn what_it_keeps_keeps_what_that_needs() {
        let roll_back = Image { used_at: Some(days_ago(3)), ..index(1, 60, &[2]) };
        let images = [roll_back, image(2, 60), referrer(3, 60, 1)];
        assert_eq!(
            within_30(images).verdicts(),
            "1: used-within, 2: child-of-kept-index, 3: referrer-of-kept-image"
        );
    }

    #[test]
    fn where_it_is_not_known_so_far_back_everything_is_kept() {
        let images = || [used(1, 3), image(2, 60)];
        let told = "1: used-within, 2: last-use-unknown";
        let goes = "1: used-within, 2: delete";
        for (since, looked, verdicts) in [
            (-400, 0, told),
            (0, 0, told),
            (29, 1, told),
            (30, 1, goes),
            (400, 35, goes),
            (400, 36, told),
        ] {
            let case = known(within_30(images()), since, looked);
            assert_eq!(case.verdicts(), verdicts, "since {since}, looked at {looked}");
        }
        let detail = |since, looked| {
            let explained = known(within_30(images()), since, looked).explain(2).unwrap();
            explained.reasons[0].detail.to_string()
        };
        let since = "what was used here is known since 2026-11-11T00:00:00Z alone, not for 30d";
        assert_eq!(detail(9, 1), since);
        let looked = "no run has looked at what is used here since 2026-10-11T00:00:00Z, for more than 35d";
        assert_eq!(detail(90, 40), looked);
    }

    #[test]
    fn what_was_in_use_when_a_run_last_looked_is_kept_and_a_longer_age_keeps_as_much() {
        let images = || [used(1, 20), used(2, 25), image(3, 60)];
        let within = |days| {
            let case = case(images()).keeping(|keep| keep.set(UsedWithin(Age::days(days))));
            known(case, 400, 20).verdicts()
        };
        assert_eq!(within(0), "1: last-use-unknown, 2: delete, 3: delete");
        assert_eq!(within(19), "1: last-use-unknown, 2: delete, 3: delete");
        assert_eq!(within(20), "1: used-within, 2: delete, 3: delete");
        assert_eq!(within(25), "1: used-within, 2: used-within, 3: delete");
        let explained = known(within_30([used(1, 33)]), 400, 34).explain(1).unwrap();
        assert_eq!(
            &*explained.reasons[0].detail,
            "seen in use 2026-10-18T00:00:00Z, and no run has looked since then"
        );
    }

    #[test]
    fn until_a_run_saw_that_it_was_not_in_use_any_more_an_image_may_have_been() {
        let unused = |n, used_days, days| Image {
            unused_at: Some(days_ago(days)),
            ..used(n, used_days)
        };
        let images = [unused(1, 50, 30), unused(2, 50, 31), used(3, 50), unused(4, 20, 40)];
        let never_used = Image { unused_at: Some(days_ago(1)), ..image(5, 60) };
        let case = within_30(images.into_iter().chain([never_used]));
        let verdicts = "1: last-use-unknown, 2: delete, 3: delete, 4: used-within, 5: delete";
        assert_eq!(known(case, 400, 1).verdicts(), verdicts);
        let explained = within_30([unused(1, 50, 30)]).explain(1).unwrap();
        assert_eq!(
            &*explained.reasons[0].detail,
            "seen in use 2026-10-01T00:00:00Z, and not any more 2026-10-21T00:00:00Z, within 30d: \
             nobody looked between"
        );
    }

    #[test]
    fn what_is_in_use_now_was_seen_in_use_now_and_so_was_an_index_that_lists_it() {
        let images = [index(1, 60, &[2]), crate::testing::tagged(2, 60, &["v2"]), image(3, 60)];
        let used = within_30(images).used(usage("ecs-task", "HOST/app:v2"));
        let explained = used.explain(1).unwrap();
        let detail = |code: ReasonCode| {
            explained.reasons.iter().find(|it| it.code == code).unwrap().detail.to_string()
        };
        assert_eq!(
            detail(ReasonCode::Rule(crate::rules::RuleName::UsedWithin)),
            "seen in use 2026-11-20T00:00:00Z, within 30d"
        );
        detail(ReasonCode::IndexOfUsedImage);
    }

    #[test]
    fn only_what_its_clause_looks_at_is_kept_for_what_is_not_known() {
        let untagged = crate::policy::LooksAt::Images(crate::policy::OfImages::Untagged);
        let clause = Clause::default().with(UsedWithin(Age::days(30))).over(untagged);
        let images = [crate::testing::tagged(1, 60, &["v1"]), image(2, 60)];
        let kept = known(case(images).keeping(|keep| *keep = clause), 9, 1);
        assert_eq!(kept.verdicts(), "1: delete, 2: last-use-unknown");
    }

    #[test]
    fn what_was_used_before_says_how_far_it_is_from_the_rule() {
        let detail = |case: Case, n| {
            let unmet = case.explain(n).unwrap().unmet;
            unmet.into_iter().find(|it| &*it.rule == "keep.used_within").unwrap().detail
        };
        assert_eq!(
            &*detail(within_30([used(1, 40)]), 1),
            "seen in use 40 days ago (2026-10-11T00:00:00Z); within 30d would keep it"
        );
        assert_eq!(
            &*detail(within_30([image(1, 60)]), 1),
            "never seen in use; within 30d would keep it"
        );
    }

    #[test]
    fn a_history_that_says_less_frees_nothing_that_is_used() {
        let none = within_30([crate::testing::tagged(1, 60, &["v1"])]);
        let used = none.used(usage("ecs-task", "HOST/app:v1"));
        let used_too = known(used, 400, 400).verdicts();
        assert_eq!(used_too, "1: used-by-ecs-task used-within");
    }

    #[test]
    fn of_several_rules_the_one_that_looks_back_furthest_says_what_is_needed() {
        let needs = |days| UsedWithin(Age::days(days)).needs();
        let both = needs(7).and(needs(30)).and(Needs::default()).and(needs(9));
        assert_eq!(both.use_history, Some(Age::days(30)));
    }
}
