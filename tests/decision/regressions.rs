//! Minimal cases in which the decision and the model, or an invariant, once disagreed.

use ecr_sweep_core::policy::{Limits, OnExceed, RepositoryRule};
use ecr_sweep_core::{Digest, Image, MediaType, Policy, deletion_waves};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::random::now;
use jiff::SignedDuration;

use super::agreement::differences;
use super::plan;

fn digest(nth: u8) -> Digest {
    Digest::from_bytes([nth; 32])
}

fn image(nth: u8, days: i64) -> Image {
    Image {
        pushed_at: now().checked_sub(SignedDuration::from_hours(24 * days)).ok(),
        ..Image::new(digest(nth))
    }
}

fn index(nth: u8, days: i64, children: &[u8]) -> Image {
    Image {
        media_type: MediaType::OciIndex,
        children: Some(children.iter().copied().map(digest).collect()),
        ..image(nth, days)
    }
}

fn referrer(nth: u8, days: i64, subject: u8) -> Image {
    Image { subject: Some(digest(subject)), ..image(nth, days) }
}

/// An image whose fallback tag says that it refers to another.
fn by_tag(mut image: Image, subject: u8) -> Image {
    image.tags.push(format!("sha256-{}.x", digest(subject).hex()).into());
    image
}

fn organization(images: Vec<Image>) -> Snapshot {
    let mut snapshot: Snapshot = serde_json::from_value(serde_json::json!({
        "schema_version": 1,
        "taken_at": now(),
        "home": { "account": "111122223333", "region": "eu-west-1" },
        "registries": [{
            "account": "111122223333",
            "region": "eu-west-1",
            "repositories": [{ "name": "app", "images": [] }]
        }],
        "usage": [],
        "coverage": "complete"
    }))
    .unwrap();
    snapshot.registries[0].repositories[0].images = images;
    snapshot
}

/// A policy that keeps nothing old, and deletes so many images in a run, the oldest first.
fn oldest_of_a_run(images: u64) -> Policy {
    let limits = Limits { images: Some(images), share: None, on_exceed: OnExceed::OldestFirst };
    let mut policy = Policy { limits, ..Policy::default() };
    policy.repositories.push(RepositoryRule::default());
    policy
}

#[track_caller]
fn agrees(images: Vec<Image>, policy: &Policy) {
    let differences = differences(&organization(images), policy);
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn a_runs_limit_keeps_the_child_of_an_index_that_waits_for_it_in_turn() {
    // The index lists the image, and its tag says that it refers to it.
    agrees(vec![by_tag(index(1, 60, &[2]), 2), image(2, 90)], &oldest_of_a_run(1));
}

#[test]
fn a_runs_limit_tells_why_a_child_of_what_it_keeps_is_kept() {
    agrees(vec![index(1, 60, &[2]), image(2, 90), image(3, 80)], &oldest_of_a_run(2));
}

#[test]
fn a_runs_limit_adds_its_reasons_to_what_was_kept_before() {
    agrees(vec![image(1, 1), index(2, 60, &[1])], &oldest_of_a_run(0));
}

#[test]
fn a_run_limited_plan_lists_what_it_keeps_newest_first() {
    let images = vec![Image { pulled_at: Some(now()), ..image(1, 90) }, image(2, 60)];
    let plans = plan(&organization(images), &oldest_of_a_run(0)).plans;
    let kept: Vec<Digest> = plans[0].keep.iter().map(|kept| kept.digest).collect();
    assert_eq!(kept, [digest(2), digest(1)]);
}

#[test]
fn what_refers_to_a_circle_goes_after_it() {
    // Two images whose tags say that each refers to the other, and a signature of one of them.
    let images = [by_tag(image(1, 60), 2), by_tag(image(2, 60), 1), referrer(3, 60, 1)];
    let waves = deletion_waves(&images, &[digest(1), digest(2), digest(3)]);
    let waves: Vec<Vec<Digest>> =
        waves.iter().map(|wave| wave.iter().map(|queued| queued.digest).collect()).collect();
    assert_eq!(waves, [vec![digest(1), digest(2)], vec![digest(3)]]);
}
