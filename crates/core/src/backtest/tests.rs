use std::convert::Infallible;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::testing::{digest, now};

fn day(day: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * day)
}

/// A look on a day at images that were pulled on days, of which some are used and some would go.
fn look(at: i64, images: &[(u8, Option<i64>)], used: &[u8], deletes: &[u8]) -> Look {
    let times = |pulled: Option<i64>| ImageTimes {
        pushed_at: Some(day(-1000)),
        pulled_at: pulled.map(day),
        restored_at: None,
    };
    Look {
        at: day(at),
        images: images.iter().map(|(number, pulled)| (digest(*number), times(*pulled))).collect(),
        used: used.iter().map(|number| digest(*number)).collect(),
        is_whole: true,
        deletes: deletes.iter().map(|number| digest(*number)).collect(),
    }
}

fn afterwards_of(looks: &[Look]) -> Vec<Afterwards> {
    judge_looks(looks).into_iter().map(|it| it.afterwards).collect()
}

#[test]
fn what_nobody_needed_after_it_would_have_gone_was_not_needed() {
    let looks = [look(0, &[(1, Some(-5))], &[], &[1]), look(7, &[(1, Some(-5))], &[], &[1])];
    assert_eq!(afterwards_of(&looks), [Afterwards::NotNeeded]);
}

#[test]
fn what_is_used_pulled_restored_or_pushed_later_is_needed_again() {
    let needed = |need, at| [Afterwards::NeededAgain { need, at, look: 1 }];
    let first = look(0, &[(1, Some(-5))], &[], &[1]);
    let used = look(7, &[(1, Some(-5))], &[1], &[]);
    assert_eq!(afterwards_of(&[first.clone(), used]), needed(Need::Used, day(7)));
    let pulled = look(7, &[(1, Some(3))], &[], &[]);
    assert_eq!(afterwards_of(&[first.clone(), pulled]), needed(Need::Pulled, day(3)));
    let mut restored = look(7, &[(1, None)], &[], &[]);
    restored.images.get_mut(&digest(1)).unwrap().restored_at = Some(day(4));
    assert_eq!(afterwards_of(&[first.clone(), restored]), needed(Need::Restored, day(4)));
    let mut pushed = look(7, &[(1, None)], &[], &[]);
    pushed.images.get_mut(&digest(1)).unwrap().pushed_at = Some(day(5));
    assert_eq!(afterwards_of(&[first, pushed]), needed(Need::PushedAgain, day(5)));
}

#[test]
fn an_image_that_is_gone_and_named_is_needed_again() {
    let looks =
        [look(0, &[(1, None)], &[], &[1]), look(7, &[], &[], &[]), look(14, &[], &[1], &[])];
    let needed = Afterwards::NeededAgain { need: Need::Used, at: day(14), look: 2 };
    assert_eq!(afterwards_of(&looks), [needed]);
}

#[test]
fn what_no_later_look_saw_whole_is_not_known_and_not_unneeded() {
    let first = look(0, &[(1, None)], &[], &[1]);
    assert_eq!(afterwards_of(std::slice::from_ref(&first)), [Afterwards::NotKnown]);
    let mut blind = look(7, &[(1, None)], &[], &[]);
    blind.is_whole = false;
    assert_eq!(afterwards_of(&[first.clone(), blind.clone()]), [Afterwards::NotKnown]);
    // What it did see counts.
    blind.used.insert(digest(1));
    assert!(matches!(afterwards_of(&[first, blind])[..], [Afterwards::NeededAgain { .. }]));
}

/// A policy that deletes so many days after the last pull.
fn idle(looks: &[Look], days: i64) -> Option<Nearest> {
    let deletes_in = |place: usize, later: u32| {
        let look: &Look = &looks[place];
        let at = look.at + SignedDuration::from_hours(24 * i64::from(later));
        let is_idle = |times: &ImageTimes| {
            times.pulled_at.is_none_or(|pulled| at.duration_since(pulled).as_hours() >= 24 * days)
        };
        let idle = look.images.iter().filter(|(_, times)| is_idle(times));
        Ok::<_, Infallible>(idle.map(|(digest, _)| *digest).collect())
    };
    let Ok(nearest) = nearest_need(looks, deletes_in);
    nearest
}

#[test]
fn the_nearest_is_what_would_have_gone_soonest_had_nobody_needed_it() {
    // Pulled last on day -60 and again on day 21: 90 days of idleness would have been over on day 30.
    let looks = [
        look(0, &[(1, Some(-60)), (2, Some(-1))], &[], &[]),
        look(28, &[(1, Some(21)), (2, Some(20))], &[], &[]),
    ];
    let nearest = idle(&looks, 90).unwrap();
    assert_eq!((nearest.digest, nearest.days_short), (digest(1), 9));
    assert_eq!((nearest.look, nearest.needed_at), (0, day(21)));
    // What nothing but a year of idleness deletes came near to nothing.
    assert_eq!(idle(&looks, 600), None);
    // What nobody needed is near to nothing either.
    assert_eq!(idle(&[looks[0].clone(), looks[0].clone()], 90), None);
}

#[derive(Debug, Clone)]
struct Drawn {
    whole: bool,
    /// Of each image: there, days since its last pull, used, deleted.
    images: Vec<(bool, Option<i64>, bool, bool)>,
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let image = (any::<bool>(), proptest::option::of(0..30_i64), any::<bool>(), any::<bool>());
    let one = (any::<bool>(), proptest::collection::vec(image, 3))
        .prop_map(|(whole, images)| Drawn { whole, images });
    proptest::collection::vec(one, 0..6)
}

fn looks_of(drawn: &[Drawn]) -> Vec<Look> {
    let looks = drawn.iter().enumerate().map(|(place, drawn)| {
        let at = 7 * i64::try_from(place).unwrap();
        let numbered = || (0..).zip(&drawn.images);
        let there: Vec<_> = numbered()
            .filter(|(_, image)| image.0)
            .map(|(number, image)| (number, image.1.map(|ago| at - ago)))
            .collect();
        let used: Vec<u8> = numbered().filter(|(_, it)| it.2).map(|(number, _)| number).collect();
        let goes = numbered().filter(|(_, it)| it.0 && !it.2 && it.3);
        let goes: Vec<u8> = goes.map(|(number, _)| number).collect();
        Look { is_whole: drawn.whole, ..look(at, &there, &used, &goes) }
    });
    looks.collect()
}

proptest! {
    #[test]
    fn a_naive_reading_of_the_looks_agrees(drawn in drawn()) {
        let looks = looks_of(&drawn);
        let judged = judge_looks(&looks);
        for number in 0..3 {
            let wanted = digest(number);
            let found = judged.iter().find(|it| it.digest == wanted);
            let first = (0..looks.len()).find(|place| looks[*place].deletes.contains(&wanted));
            prop_assert_eq!(found.map(|it| it.look), first);
            let Some(first) = first else { continue };
            let mut needed = None;
            let mut whole = false;
            for place in first + 1..looks.len() {
                whole |= looks[place].is_whole;
                let pulled = looks[place].images.get(&wanted).and_then(|it| it.pulled_at);
                let is_pulled = pulled.is_some_and(|at| at > looks[first].at);
                if needed.is_none() && (looks[place].used.contains(&wanted) || is_pulled) {
                    needed = Some(place);
                }
            }
            match (needed, whole, found.unwrap().afterwards) {
                (Some(place), _, Afterwards::NeededAgain { look, .. }) => prop_assert_eq!(place, look),
                (None, true, Afterwards::NotNeeded) | (None, false, Afterwards::NotKnown) => {}
                odd => prop_assert!(false, "{odd:?}"),
            }
        }
    }

    #[test]
    fn the_nearest_is_found_as_by_trying_every_day(drawn in drawn(), days in 1..60_i64) {
        let looks = looks_of(&drawn);
        let mut least: Option<u32> = None;
        let mut gone: BTreeSet<Digest> = BTreeSet::new();
        for place in 1..looks.len() {
            let (look, next) = (&looks[place - 1], &looks[place]);
            gone.extend(&look.deletes);
            for (wanted, times) in &look.images {
                if gone.contains(wanted) || look.used.contains(wanted) {
                    continue;
                }
                let pulled = next.images.get(wanted).and_then(|it| it.pulled_at);
                let pulled = pulled.filter(|at| *at > look.at);
                let used = next.used.contains(wanted).then_some(next.at);
                let Some(needed) = used.or(pulled) else { continue };
                let goes = (1..=366).find(|later| {
                    let at = look.at + SignedDuration::from_hours(24 * later);
                    times.pulled_at.is_none_or(|it| at.duration_since(it).as_hours() >= 24 * days)
                });
                let Some(goes) = goes else { continue };
                let at = look.at + SignedDuration::from_hours(24 * goes);
                let short = u32::try_from(at.duration_since(needed).as_hours() / 24).unwrap_or(0);
                least = Some(least.map_or(short, |least| least.min(short)));
            }
        }
        prop_assert_eq!(idle(&looks, days).map(|it| it.days_short), least);
    }
}
