//! The rule `used_within`: images that a run of the last age saw in use.

use super::{FieldSpec, KeepRule, Kind, Looking, Needs, LookBack, Value};
use crate::decide::{Reasons, Recent, since};
use crate::policy::FromValue;
use crate::{Age, ReasonCode, UseHistory};

/// Images that a run saw in use at most so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedWithin(pub Age);

impl UsedWithin {
    /// Why nobody knows what was in use for so long. None where it is known.
    fn unknown(self, looking: &Looking<'_, '_>) -> Option<String> {
        let (facts, age) = (looking.facts, self.0);
        let UseHistory { since, looked_at } = facts.repository.use_history?;
        let first = age.before(facts.now);
        if since > first {
            Some(format!("what was used here is known since {since} alone, not for {age}"))
        } else if looked_at < first {
            Some(format!("no run has looked at what is used here since {looked_at}, for {age}"))
        } else {
            None
        }
    }
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
        let recent = Recent::used(self.0, looking.facts.now);
        let unknown = self.unknown(looking);
        for (at, image) in looking.images() {
            if let Some(detail) = recent.tell(image) {
                looking.keep::<Self>(reasons, at, detail);
            } else if let Some(detail) = &unknown {
                looking.keep_as(ReasonCode::LastUseUnknown, reasons, at, detail.clone());
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        Some(since("seen in use", facts.graph.image(at).used_at, self.0, facts.now))
    }

    fn needs(&self) -> Needs {
        let use_history = Some(LookBack { shortest: self.0, longest: self.0 });
        Needs { use_history, ..Needs::default() }
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
            (400, 30, goes),
            (400, 31, told),
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
        let looked = "no run has looked at what is used here since 2026-10-11T00:00:00Z, for 30d";
        assert_eq!(detail(90, 40), looked);
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
        assert_eq!(used.verdicts(), "1: used-by-ecs-task");
    }

    #[test]
    fn the_shortest_and_the_longest_look_back_are_told_apart() {
        let needs = |days| UsedWithin(Age::days(days)).needs();
        let both = needs(30).and(needs(7)).and(Needs::default()).and(needs(9));
        let LookBack { shortest, longest } = both.use_history.unwrap();
        assert_eq!((shortest, longest), (Age::days(7), Age::days(30)));
    }
}
