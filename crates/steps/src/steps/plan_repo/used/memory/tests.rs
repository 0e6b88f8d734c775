//! How one look is added to those before.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(after: i64) -> Timestamp {
    at("2026-11-20T10:20:00Z") + SignedDuration::from_hours(24 * after)
}

fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn usage(arn: &str) -> Usage {
    Usage {
        reference: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:v1".into(),
        kind: "ecs-service".parse().unwrap(),
        arn: arn.into(),
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
        cluster: None,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: None,
    }
}

/// A look that sees all usage: these images in use, of numbers 1 to 9.
fn look(used: &[u8], at: Timestamp) -> Seen {
    let images = used.iter().map(|n| (digest(*n), vec![usage(&format!("service/{n}"))]));
    Seen {
        in_use: SeenInUse { images: images.collect(), is_whole: true },
        there: (1..=9).map(digest).collect(),
        look_back: None,
        at,
    }
}

fn within(days: u32, seen: Seen) -> Seen {
    let age = Age::days(days);
    Seen { look_back: Some(age), ..seen }
}

fn after(looks: impl IntoIterator<Item = Seen>) -> UseMemory {
    let mut memory = UseMemory::default();
    for seen in looks {
        memory.add(&seen);
    }
    memory
}

/// When each image was first and last seen.
fn times(memory: &UseMemory) -> Vec<(u8, Timestamp, Timestamp)> {
    let number = |of: &Digest| (0..=u8::MAX).find(|n| digest(*n) == *of).unwrap();
    let times = memory.images.iter();
    times.map(|(of, used)| (number(of), used.first_seen, used.last_seen)).collect()
}

fn since(memory: &UseMemory) -> Timestamp {
    memory.history.unwrap().since
}

#[test]
fn an_image_is_seen_from_the_first_look_to_the_end_of_the_hour_of_the_last() {
    let memory = after([look(&[1, 2], days(0)), look(&[1], days(1)), look(&[], days(2))]);
    let (first, second) = (at("2026-11-20T11:00:00Z"), at("2026-11-21T11:00:00Z"));
    assert_eq!(times(&memory), [(1, days(0), second), (2, days(0), first)]);
    assert_eq!(&*memory.images[&digest(1)].by[0].arn, "service/1");
    assert_eq!(since(&memory), days(0));
}

#[test]
fn a_second_look_within_the_hour_changes_nothing() {
    let mut memory = after([look(&[1], days(0))]);
    let before = memory.clone();
    let later = days(0) + SignedDuration::from_mins(39);
    assert!(!memory.add(&look(&[1], later)));
    assert_eq!(memory, before);
    assert!(memory.add(&look(&[1, 2], later)));
    assert!(memory.add(&look(&[1], later + SignedDuration::from_mins(1))));
}

#[test]
fn where_nothing_changes_a_look_is_written_down_after_a_day() {
    let mut memory = after([look(&[], days(0))]);
    assert!(!memory.add(&look(&[], days(1))));
    let later = days(1) + SignedDuration::from_secs(1);
    assert!(memory.add(&look(&[], later)));
    assert_eq!(memory.history, Some(UseHistory { since: days(0), looked_at: later }));
}

/// Until when each image that is not in use any more may have been.
fn unused(memory: &UseMemory) -> Vec<Option<Timestamp>> {
    memory.images.values().map(|used| used.unused_at).collect()
}

#[test]
fn until_the_first_look_that_does_not_see_it_an_image_may_have_been_in_use() {
    let mut memory = after([look(&[1, 2], days(0)), look(&[1], days(9)), look(&[], days(12))]);
    let ended = [Some(days(12)), Some(days(9))];
    assert_eq!(unused(&memory), ended);
    assert!(!memory.add(&look(&[], days(12))));
    memory.add(&look(&[], days(20)));
    assert_eq!(unused(&memory), ended, "later looks change nothing");
    memory.add(&look(&[2], days(21)));
    assert_eq!(unused(&memory), [Some(days(12)), None], "it is used again");
}

#[test]
fn an_image_that_is_used_again_within_the_hour_is_in_use() {
    let minutes = |minutes| days(0) + SignedDuration::from_mins(minutes);
    let mut memory = after([look(&[1], days(0)), look(&[], minutes(5))]);
    assert_eq!(unused(&memory), [Some(minutes(5))]);
    assert!(memory.add(&look(&[1], minutes(9))));
    assert_eq!(unused(&memory), [None]);
}

#[test]
fn a_look_that_is_written_down_late_ends_no_use_that_a_later_one_saw_and_begins_none() {
    let mut memory = after([look(&[1], days(0)), look(&[1], days(2)), look(&[2], days(1))]);
    assert_eq!(unused(&memory), [None, None]);
    memory = after([look(&[1], days(0)), look(&[], days(2))]);
    memory.add(&look(&[1], days(1)));
    assert_eq!(unused(&memory), [Some(days(2))]);
}

#[test]
fn what_earlier_versions_saw_unused_is_not_taken_for_used_until_now() {
    let mut memory = after([look(&[1], days(0)), look(&[], days(9))]);
    memory.images.values_mut().for_each(|used| used.unused_at = None);
    memory.add(&look(&[], days(20)));
    assert_eq!(unused(&memory), [None]);
}

#[test]
fn a_look_that_did_not_see_all_adds_what_it_saw_and_begins_no_history() {
    let partly = |used: &[u8], at| {
        let mut seen = look(used, at);
        seen.in_use.is_whole = false;
        seen
    };
    let memory = after([partly(&[1], days(0))]);
    assert_eq!((times(&memory).len(), memory.history), (1, None));
    let memory = after([look(&[], days(0)), partly(&[2], days(40))]);
    assert_eq!(times(&memory).len(), 1);
    assert_eq!(memory.history, Some(UseHistory { since: days(0), looked_at: days(0) }));
}

#[test]
fn a_history_begins_anew_where_no_run_has_looked_for_too_long_whatever_a_rule_asks_for() {
    for back in [7, 35, 400] {
        for (day, begins) in [(35, 0), (36, 36)] {
            let looks = [within(back, look(&[1], days(0))), within(back, look(&[1], days(day)))];
            let memory = after(looks);
            assert_eq!(since(&memory), days(begins));
            assert_eq!(times(&memory)[0].1, days(0), "what was seen stays seen");
        }
    }
    let memory = after([look(&[], days(0)), look(&[], days(35)), look(&[], days(71))]);
    assert_eq!(since(&memory), days(71));
}

#[test]
fn a_history_from_the_future_begins_anew() {
    let wrong = UseHistory { since: days(-90), looked_at: days(400) };
    for history in [wrong, UseHistory { since: days(3), looked_at: days(0) }] {
        let mut memory = UseMemory { history: Some(history), ..UseMemory::default() };
        assert!(memory.add(&look(&[], days(0))));
        assert_eq!(since(&memory), days(0));
    }
    let ahead = UseHistory { since: days(-9), looked_at: days(0) + SignedDuration::from_mins(9) };
    let mut memory = UseMemory { history: Some(ahead), ..UseMemory::default() };
    memory.add(&look(&[], days(0)));
    assert_eq!(since(&memory), days(-9), "clocks differ by minutes");
}

#[test]
fn a_clock_that_goes_back_takes_nothing_away() {
    let memory = after([look(&[1], days(3)), look(&[1], days(1))]);
    assert_eq!(times(&memory), [(1, days(3), at("2026-11-23T11:00:00Z"))]);
}

#[test]
fn an_image_that_is_gone_is_forgotten_once_no_rule_can_ask_for_it() {
    let look_after = |day, back: Option<u32>| {
        let mut seen = look(&[], days(day));
        seen.there = [digest(1)].into();
        match back {
            Some(back) => within(back, seen),
            None => seen,
        }
    };
    let numbers = |day, back| {
        let memory = after([look(&[1, 2], days(0)), look_after(day, back)]);
        times(&memory).iter().map(|(n, ..)| *n).collect::<Vec<_>>()
    };
    assert_eq!(numbers(89, None), [1, 2]);
    assert_eq!(numbers(91, None), [1]);
    assert_eq!(numbers(91, Some(7)), [1]);
    assert_eq!(numbers(91, Some(365)), [1, 2]);
    assert_eq!(numbers(366, Some(365)), [1]);
}

#[test]
fn what_is_forgotten_for_its_number_is_not_taken_for_never_used() {
    let looks = [look(&[1, 2, 3, 4], days(0)), look(&[2, 3, 4], days(1)), look(&[4], days(2))];
    let mut memory = after(looks);
    let there = [digest(1), digest(2), digest(4)].into();
    let seen = Seen { there, ..look(&[4], days(2)) };
    assert!(!memory.forget_beyond(4, &seen));
    assert!(memory.forget_beyond(3, &seen), "what is gone goes first");
    assert_eq!(times(&memory).iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(since(&memory), days(0));
    assert!(memory.forget_beyond(1, &seen));
    assert_eq!(times(&memory).iter().map(|it| it.0).collect::<Vec<_>>(), [4]);
    assert_eq!(since(&memory), at("2026-11-22T10:20:01Z"), "until then it may have been in use");
}

#[test]
fn a_document_reads_as_it_is_written_and_of_two_rows_the_later_counts() {
    let place = ecr_sweep_core::Place {
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    };
    let memory = after([look(&[2, 1], days(0))]);
    let mut document = memory.clone().into_document(&RepositoryId::new(&place, "app"));
    assert!(document.images.is_sorted_by_key(|used| used.digest));
    let earlier = UsedImage { last_seen: days(-9), ..document.images[0].clone() };
    document.images.push(earlier);
    assert_eq!(UseMemory::from(document), memory);
}

#[test]
fn what_names_a_resource_is_cut_where_it_is_very_long() {
    let arn = "é".repeat(LONGEST_ARN);
    assert_eq!(&*consumer(&usage(&format!("x{arn}"))).arn, format!("x{}", "é".repeat(255)));
}

#[test]
fn the_end_of_an_hour_is_after_all_of_it() {
    for (text, end) in [
        ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"),
        ("2026-11-20T10:59:59.9Z", "2026-11-20T11:00:00Z"),
        ("1969-12-31T23:30:00Z", "1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(end_of_hour(at(text)), at(end));
    }
}
