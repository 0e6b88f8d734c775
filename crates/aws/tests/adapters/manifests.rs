use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Digest, MediaType};
use ecr_sweep_protocol::manifest::ManifestProblem;
use serde_json::json;

use crate::world::{World, assert_names, digest, images, place, snapshot};

/// A registry with the repository `dev/app`, empty.
async fn empty() -> World {
    World::start(snapshot(json!([{ "name": "dev/app", "images": [] }]), json!({}))).await
}

async fn put(world: &World, media_type: &MediaType, manifest: &str) -> Digest {
    let put = aws_sdk_ecr::Client::new(world.sessions.config())
        .put_image()
        .repository_name("dev/app")
        .image_manifest(manifest)
        .image_manifest_media_type(media_type.as_str())
        .send()
        .await
        .unwrap();
    put.image().unwrap().image_id().unwrap().image_digest().unwrap().parse().unwrap()
}

fn image(number: u32) -> String {
    let config = "application/vnd.oci.image.config.v1+json";
    let layers = format!(r#"{{"mediaType":"x","digest":"{}","size":{number}}}"#, digest(number));
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"{config}","digest":"{}","size":2}},"layers":[{layers}]}}"#,
        MediaType::OciManifest.as_str(),
        digest(number),
    )
}

#[tokio::test]
async fn an_index_is_read_with_what_it_lists() {
    let world = empty().await;
    let one = put(&world, &MediaType::OciManifest, &image(1)).await;
    let two = put(&world, &MediaType::OciManifest, &image(2)).await;
    let entry = |digest: Digest| json!({ "mediaType": MediaType::OciManifest, "digest": digest, "size": 1 });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::OciIndex,
        "manifests": [entry(two), entry(one), entry(two)],
    });
    let index = put(&world, &MediaType::OciIndex, &index.to_string()).await;

    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &[index, one]).await.unwrap();
    assert_eq!(rows.len(), 2);
    let manifest_of =
        |digest| rows.iter().find(|(of, _)| *of == digest).unwrap().1.as_ref().unwrap();
    assert_eq!(manifest_of(index).media_type, MediaType::OciIndex);
    assert_eq!(manifest_of(index).children().unwrap(), [two, one]);
    assert_eq!(manifest_of(one).bytes, image(1).into_bytes());
    assert_eq!(manifest_of(one).children().unwrap(), []);
}

#[tokio::test]
async fn manifests_come_a_hundred_a_call() {
    let world = empty().await;
    let mut digests = Vec::new();
    for number in 1..=150 {
        digests.push(put(&world, &MediaType::OciManifest, &image(number)).await);
    }
    world.simulator.reset_counts();
    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &digests).await.unwrap();
    digests.sort();
    assert_eq!(rows.iter().map(|(digest, _)| *digest).collect::<Vec<_>>(), digests);
    assert!(rows.iter().all(|(_, manifest)| manifest.is_ok()));
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 2);
    assert_eq!(registry.manifests("dev/app", &[]).await.unwrap(), []);
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 2);
}

/// A hand-written digest is the hash of nothing.
#[tokio::test]
async fn nobody_can_tell_what_a_manifest_of_another_digest_lists() {
    let world = World::start(images(1)).await;
    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &[digest(1)]).await.unwrap();
    let manifest = rows[0].1.as_ref().unwrap();
    assert!(matches!(manifest.children(), Err(ManifestProblem::OtherDigest { .. })));
}

#[tokio::test]
async fn every_failure_is_a_row_of_its_own() {
    let world = empty().await;
    let good = put(&world, &MediaType::OciManifest, &image(1)).await;
    let locked = put(&world, &MediaType::OciManifest, &image(2)).await;
    let failure = Effect::FailImages {
        digests: vec![locked],
        code: "KmsError".to_owned(),
        reason: "the key is disabled".to_owned(),
    };
    world.fault("ecr:BatchGetImage", failure);
    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &[good, locked, digest(9)]).await.unwrap();
    let code_of = |digest| {
        let (_, manifest) = rows.iter().find(|(of, _)| *of == digest).unwrap();
        manifest.as_ref().map_or_else(|why| why.code.to_string(), |_| "good".to_owned())
    };
    assert_eq!(code_of(good), "good");
    assert_eq!(code_of(locked), "KmsError");
    assert_eq!(code_of(digest(9)), "ImageNotFound");
}

#[tokio::test]
async fn a_manifest_that_is_not_answered_is_a_failure() {
    let world = World::start(images(1)).await;
    let body = r#"{ "images": [], "failures": [{ "failureCode": "KmsError" }] }"#.to_owned();
    world.respond("ecr:*", body);
    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &[digest(1)]).await.unwrap();
    let why = rows[0].1.as_ref().unwrap_err();
    assert_eq!(&*why.code, "NotAnswered");
    assert!(why.reason.contains("KmsError"), "{why}");
}

#[tokio::test]
async fn throttled_manifests_are_read_to_the_last() {
    let world = World::throttled(images(300), "ecr:BatchGetImage").await;
    let digests: Vec<_> = (1..=300).map(digest).collect();
    let registry = world.sessions.registry(&place());
    let rows = registry.manifests("dev/app", &digests).await.unwrap();
    assert_eq!(rows.len(), 300);
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 3 + 2);
}

#[tokio::test]
async fn denied_manifests_are_an_error() {
    let world = World::start(images(1)).await;
    world.deny("ecr:BatchGetImage");
    let registry = world.sessions.registry(&place());
    let error = registry.manifests("dev/app", &[digest(1)]).await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:BatchGetImage");
}
