use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::registry::{DeleteOutcome, IDS_A_CALL};
use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Digest, MediaType};
use serde_json::json;

use crate::world::{World, assert_names, digest, images, place, snapshot};

fn code(outcome: &DeleteOutcome) -> &str {
    match outcome {
        DeleteOutcome::Deleted => "deleted",
        DeleteOutcome::Archived => "archived",
        DeleteOutcome::AlreadyGone => "gone",
        DeleteOutcome::Failed { code, .. } => code,
        DeleteOutcome::NotAnswered { .. } => "not answered",
    }
}

async fn outcomes(world: &World, digests: &[Digest]) -> Vec<(Digest, String)> {
    let outcomes =
        world.sessions.registry_deleter(&place()).delete("dev/app", digests).await.unwrap();
    outcomes.iter().map(|(digest, outcome)| (*digest, code(outcome).to_owned())).collect()
}

fn row(number: u32, code: &str) -> (Digest, String) {
    (digest(number), code.to_owned())
}

#[tokio::test]
async fn an_image_with_many_tags_is_deleted_once() {
    let repository = json!([{ "name": "dev/app", "images": [
        { "digest": digest(1), "tags": ["a", "b", "c"] },
        { "digest": digest(2) },
        { "digest": digest(3), "tags": ["d"] },
    ] }]);
    let world = World::start(snapshot(repository, json!({}))).await;
    let deleted = outcomes(&world, &[digest(2), digest(1), digest(2)]).await;
    assert_eq!(deleted, [row(1, "deleted"), row(2, "deleted")]);
    let left = world.simulator.images(&place(), "dev/app").unwrap();
    assert_eq!(left.iter().map(|image| image.digest).collect::<Vec<_>>(), [digest(3)]);
}

#[tokio::test]
async fn an_image_that_is_gone_already_is_no_failure() {
    let world = World::start(images(1)).await;
    let deleted = outcomes(&world, &[digest(1), digest(2)]).await;
    assert_eq!(deleted, [row(1, "deleted"), row(2, "gone")]);
}

#[tokio::test]
async fn a_child_of_an_index_that_goes_in_the_same_call_fails() {
    let repository = json!([{ "name": "dev/app", "images": [
        { "digest": digest(1), "media_type": MediaType::OciIndex, "children": [digest(2)] },
        { "digest": digest(2) },
    ] }]);
    let world = World::start(snapshot(repository, json!({}))).await;
    let deleted = outcomes(&world, &[digest(1), digest(2)]).await;
    assert_eq!(deleted, [row(1, "deleted"), row(2, "ImageReferencedByManifestList")]);
}

#[tokio::test]
async fn every_failure_is_read() {
    let world = World::start(images(3)).await;
    let failure = Effect::FailImages {
        digests: vec![digest(2)],
        code: "KmsError".to_owned(),
        reason: "the key is disabled".to_owned(),
    };
    world.fault("ecr:BatchDeleteImage", failure);
    let deleter = world.sessions.registry_deleter(&place());
    let outcomes = deleter.delete("dev/app", &[digest(1), digest(2), digest(3)]).await.unwrap();
    let failed =
        DeleteOutcome::Failed { code: "KmsError".into(), reason: "the key is disabled".into() };
    assert_eq!(
        outcomes,
        [
            (digest(1), DeleteOutcome::Deleted),
            (digest(2), failed),
            (digest(3), DeleteOutcome::Deleted)
        ]
    );
}

#[tokio::test]
async fn an_image_that_is_not_answered_is_told_apart() {
    let world = World::start(images(2)).await;
    let answered = format!(r#"{{ "imageIds": [{{ "imageDigest": "{}" }}] }}"#, digest(1));
    let nameless =
        r#"{ "failures": [{ "failureCode": "KmsError", "failureReason": "some key" }] }"#
            .to_owned();
    world.respond("ecr:*", answered);
    let rows = outcomes(&world, &[digest(1), digest(2)]).await;
    assert_eq!(rows, [row(1, "deleted"), row(2, "not answered")]);

    world.respond("ecr:*", nameless);
    let deleter = world.sessions.registry_deleter(&place());
    let outcomes = deleter.delete("dev/app", &[digest(1)]).await.unwrap();
    let DeleteOutcome::NotAnswered { reason } = &outcomes[0].1 else { panic!("{outcomes:?}") };
    assert!(reason.contains("KmsError"), "{reason}");
}

#[tokio::test]
async fn a_failure_outweighs_a_success_of_the_same_image() {
    let world = World::start(images(1)).await;
    let id = format!(r#"{{ "imageDigest": "{}" }}"#, digest(1));
    let body = format!(
        r#"{{ "imageIds": [{id}], "failures": [{{ "imageId": {id}, "failureCode": "KmsError" }}] }}"#
    );
    world.respond("ecr:*", body);
    assert_eq!(outcomes(&world, &[digest(1)]).await, [row(1, "KmsError")]);
}

#[tokio::test]
async fn a_hundred_images_go_in_one_call_and_more_in_none() {
    let world = World::start(images(101)).await;
    let deleter = world.sessions.registry_deleter(&place());
    let all: Vec<_> = (1..=101).map(digest).collect();
    let error = deleter.delete("dev/app", &all).await.unwrap_err();
    assert_names(&error, AwsErrorKind::InvalidRequest, "ecr:BatchDeleteImage");
    assert_eq!(deleter.delete("dev/app", &[]).await.unwrap(), []);
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);

    let outcomes = deleter.delete("dev/app", &all[..IDS_A_CALL]).await.unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == DeleteOutcome::Deleted));
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 1);
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_asked_for_again() {
    let world = World::start(images(1)).await;
    world.faults(
        &json!({ "operation": "ecr:BatchDeleteImage", "times": 1, "effect": "drop_answer" }),
    );
    assert_eq!(outcomes(&world, &[digest(1)]).await, [row(1, "gone")]);
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 2);
}

#[tokio::test]
async fn a_throttled_deletion_is_asked_for_again() {
    let world = World::throttled(images(3), "ecr:BatchDeleteImage").await;
    for number in 1..=3 {
        assert_eq!(outcomes(&world, &[digest(number)]).await, [row(number, "deleted")]);
    }
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 3 + 2);
}

#[tokio::test]
async fn a_denied_deletion_is_an_error_and_nothing_is_gone() {
    let world = World::start(images(1)).await;
    world.deny("ecr:BatchDeleteImage");
    let deleter = world.sessions.registry_deleter(&place());
    let error = deleter.delete("dev/app", &[digest(1)]).await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:BatchDeleteImage");
    assert_eq!(error.object.as_deref(), Some("dev/app"));
    assert_eq!(world.simulator.images(&place(), "dev/app").unwrap().len(), 1);
}

async fn archived(world: &World, number: u32) -> String {
    let deleter = world.sessions.registry_deleter(&place());
    code(&deleter.archive("dev/app", digest(number)).await.unwrap().1).to_owned()
}

#[tokio::test]
async fn an_image_is_archived_and_what_ecr_does_not_archive_is_an_outcome() {
    let world = World::start(images(2)).await;
    assert_eq!(archived(&world, 1).await, "archived");
    assert_eq!(archived(&world, 9).await, "gone");
    assert_eq!(archived(&world, 1).await, "ImageStorageClassUpdateNotSupportedException");
    assert_eq!(world.simulator.count("ecr:UpdateImageStorageClass"), 3);
}

#[tokio::test]
async fn who_may_not_archive_is_told_which_image_it_was() {
    let world = World::start(images(1)).await;
    world.deny("ecr:UpdateImageStorageClass");
    let deleter = world.sessions.registry_deleter(&place());
    let error = deleter.archive("dev/app", digest(1)).await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:UpdateImageStorageClass");
    assert!(error.to_string().contains(&digest(1).to_string()), "{error}");
}

#[tokio::test]
async fn an_image_that_is_something_else_after_it_was_to_be_archived_is_not_archived() {
    let world = World::start(images(1)).await;
    let body = json!({ "imageId": { "imageDigest": digest(1) }, "imageStatus": "ACTIVE" });
    let effect = Effect::Respond { status: 200, headers: [].into(), body: body.to_string() };
    world.fault("ecr:UpdateImageStorageClass", effect);
    assert_eq!(archived(&world, 1).await, "NotArchived");
}
