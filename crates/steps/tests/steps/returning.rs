//! Images that come back while a sweep deletes: what belongs to them stays.

use std::fs;

use ecr_sweep_core::{MediaType, sha256};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, ManifestPack, keys, read};
use ecr_sweep_steps::Phase;
use serde_json::{Value, json};

use crate::world::{
    World, app, definition, draft, id, in_registry, manifest, meanwhile, old, organization, small,
};

fn reason(outcome: &DeletionOutcome) -> &str {
    let DeletionOutcome::Skipped { reason } = outcome else { panic!("{outcome:?}") };
    reason
}

fn signature(number: u32, subject: &str) -> Value {
    let mut signature = old(number, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = subject.into();
    signature
}

/// Somebody pushes this image again once it is deleted, from the copy of its manifest.
fn comes_back(world: &World, number: u32, tag: Option<&'static str>) {
    let (somebody, digest) = (world.somebody(), world.digest(number));
    let pack = world.path(&keys::manifest_pack(&id("r1"), &in_registry("dev/app"), 0, 0));
    let mut is_back = false;
    world.after_each(Phase::DeleteImages, move || {
        if std::mem::replace(&mut is_back, true) {
            return;
        }
        let pack: ManifestPack = read(&fs::read(&pack).unwrap()).unwrap();
        let copy = pack.manifests.into_iter().find(|it| it.digest == digest).unwrap().manifest;
        let somebody = somebody.clone();
        meanwhile(async move { somebody.puts(&copy, tag).await });
    });
}

#[tokio::test]
async fn an_image_that_comes_back_before_the_next_batch_keeps_its_signature() {
    for tag in [Some("v1"), None] {
        let world = World::start(small()).await;
        comes_back(&world, 1, tag);
        let summary = world.sweep("r1").await;
        assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Deleted);
        let signature = world.outcome("r1", 7).await;
        let expected = format!("{} has to go before it, and is still there", world.digest(1));
        assert_eq!(reason(&signature), expected);
        assert!(world.images("dev/app").is_superset(&world.digests(&[1, 7])));
        // What does not belong to it goes.
        assert_eq!(world.outcome("r1", 5).await, DeletionOutcome::Deleted);
        assert_eq!((summary.ending, summary.totals.outcomes.skipped), (Ending::Done, 1));
    }
}

#[tokio::test]
async fn an_archived_signature_stays_with_an_image_that_comes_back() {
    let mut app = app();
    app["images"][6]["status"] = "ARCHIVED".into();
    let world = World::start(organization(&json!([app]), &definition())).await;
    comes_back(&world, 1, Some("v1"));
    world.sweep("r1").await;
    assert!(world.images("dev/app").is_superset(&world.digests(&[1, 7])));
}

#[tokio::test]
async fn a_signature_of_what_was_not_there_stays_once_that_is_pushed() {
    let subject = manifest("late");
    let images = json!([
        old(1, &["v1"]),
        signature(2, &sha256(subject.as_bytes()).to_string()),
        old(3, &[]),
        signature(4, &format!("sha256:{}", "e".repeat(64))),
    ]);
    let world =
        World::start(organization(&json!([{ "name": "dev/app", "images": images }]), &json!({})))
            .await;
    let somebody = world.somebody();
    world.when(Phase::DeleteImages, move || {
        let (somebody, subject) = (somebody.clone(), subject.clone());
        meanwhile(async move { somebody.puts(&subject, None).await });
    });
    let summary = world.sweep("r1").await;
    let signature = world.outcome("r1", 2).await;
    assert!(reason(&signature).contains("has to go before it"), "{signature:?}");
    assert_eq!(world.outcome("r1", 3).await, DeletionOutcome::Deleted);
    assert_eq!(world.outcome("r1", 4).await, DeletionOutcome::Deleted);
    assert_eq!(summary.totals.outcomes.deleted, 2);
}

#[tokio::test]
async fn the_children_of_an_index_that_comes_back_are_not_asked_for() {
    // Without its children no index can be pushed again, but for one of which they stay.
    let mut index = old(4, &[]);
    index["media_type"] = json!(MediaType::OciIndex);
    index["children"] = json!([draft(5)]);
    let images = json!([old(3, &["v3"]), index, old(5, &[])]);
    let world =
        World::start(organization(&json!([{ "name": "dev/app", "images": images }]), &json!({})))
            .await;
    comes_back(&world, 4, Some("again"));
    world.sweep("r1").await;
    let child = world.outcome("r1", 5).await;
    assert!(reason(&child).contains("has to go before it"), "{child:?}");
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 1);
}
