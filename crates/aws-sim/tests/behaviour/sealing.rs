//! Sealed snapshots: digests that are the hashes of the manifests.

use std::collections::BTreeSet;

use ecr_sweep_aws_sim::reseal;
use ecr_sweep_core::{Admitted, Digest, Image};
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::world::{
    ACCOUNT, HOST, INDEX, OTHER, REGION, World, digest, organization, place_of, snapshot, tags,
};

const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

fn sealed(images: Value) -> Snapshot {
    let sealed = reseal(organization(images, json!({})));
    assert_eq!(sealed.unsealed, []);
    sealed.snapshot
}

fn images(snapshot: &Snapshot) -> &[Image] {
    &snapshot.registries[0].repositories[0].images
}

/// Every manifest that a simulator answers has the digest that it is asked for by.
fn assert_verifies(snapshot: Snapshot) {
    let world = World::seeded(snapshot.clone());
    for image in images(&snapshot) {
        let ids = json!({ "imageIds": [{ "imageDigest": image.digest }] });
        let answer = world.app("BatchGetImage", ids).unwrap();
        let manifest = answer["images"][0]["imageManifest"].as_str().unwrap();
        let hash = Digest::from_bytes(sha2::Sha256::digest(manifest.as_bytes()).into());
        assert_eq!(hash, image.digest, "{manifest}");
    }
}

fn every_kind() -> Value {
    json!([
        { "digest": digest(1), "size_bytes": 10 },
        { "digest": digest(2), "size_bytes": 10 },
        { "digest": digest(3) },
        { "digest": digest(4), "media_type": INDEX, "children": [digest(1), digest(2), digest(99)] },
        { "digest": digest(5), "media_type": INDEX, "children": [digest(4), digest(4)], "size_bytes": 7 },
        { "digest": digest(6), "media_type": DOCKER_LIST, "children": [digest(1)] },
        { "digest": digest(7), "subject": digest(4), "artifact_type": "application/spdx+json" },
        { "digest": digest(8), "media_type": INDEX, "children": [], "subject": digest(98) },
        { "digest": digest(9), "media_type": "application/x-new", "children": [digest(3)] },
        { "digest": digest(11), "subject": digest(6), "artifact_type": "application/spdx+json" },
        { "digest": digest(10), "artifact_type": "application/vnd.docker.container.image.v1+json" },
    ])
}

#[test]
fn every_sealed_digest_is_the_hash_of_its_manifest() {
    assert_verifies(sealed(every_kind()));
}

#[test]
fn a_sealed_manifest_stays_the_same_when_tags_and_other_images_change() {
    let snapshot = sealed(every_kind());
    let world = World::seeded(snapshot.clone());
    let read = |number: usize| {
        let ids = json!({ "imageIds": [{ "imageDigest": images(&snapshot)[number].digest }] });
        world.app("BatchGetImage", ids).unwrap()["images"][0]["imageManifest"].clone()
    };
    let before = read(6);
    let ids: Value = [5, 4, 3]
        .iter()
        .map(|number: &usize| json!({ "imageDigest": images(&snapshot)[*number].digest }))
        .collect();
    world.app("BatchDeleteImage", json!({ "imageIds": ids })).unwrap();
    assert_eq!(read(6), before);
}

#[test]
fn distinct_images_stay_distinct_and_sealing_twice_changes_nothing() {
    let alike: Value = (1..=20).map(|number| json!({ "digest": digest(number) })).collect();
    for raw in [alike, every_kind()] {
        let once = sealed(raw.clone());
        let digests: BTreeSet<Digest> = images(&once).iter().map(|image| image.digest).collect();
        assert_eq!(digests.len(), raw.as_array().unwrap().len());
        assert_eq!(reseal(once.clone()).snapshot, once);
    }
}

#[test]
fn everything_that_names_a_digest_is_rewritten() {
    let d1 = digest(1);
    let ecs = json!({ "account": ACCOUNT, "region": REGION, "tasks": [{
        "taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/prod/a",
        "containers": [{ "image": format!("{HOST}/dev/app@{d1}"), "imageDigest": d1 }],
    }] });
    let lambda = json!({ "account": ACCOUNT, "region": REGION, "functions": [{
        "Configuration": { "FunctionName": "f" },
        "Code": { "ResolvedImageUri": format!("{HOST}/dev/app@{d1}") },
    }] });
    let images_in = json!([
        { "digest": d1, "tags": ["v1"] },
        { "digest": digest(2), "tags": [format!("sha256-{}.sig", d1.hex()), "v2"] },
        { "digest": digest(3), "subject": d1 },
        { "digest": digest(4), "media_type": INDEX, "children": [d1, digest(99)] },
    ]);
    let mut raw = organization(images_in, json!({ "ecs": [ecs], "lambda": [lambda] }));
    raw.usage = serde_json::from_value(json!([{
        "reference": format!("{HOST}/dev/app:v1@{d1}"),
        "source": "ecs-task",
        "arn": "task",
        "account": ACCOUNT,
        "region": REGION,
        "resolved": d1,
    }]))
    .unwrap();
    let sealed = reseal(raw);
    let new = sealed.renamed[&d1];
    let snapshot = sealed.snapshot;
    assert_ne!(new, d1);
    let images = images(&snapshot);
    assert_eq!(images[0].digest, new);
    assert_eq!(tags(&images[1]), [&*format!("sha256-{}.sig", new.hex()), "v2"]);
    assert_eq!(images[2].subject, Some(new));
    assert_eq!(images[3].children, Some(vec![new, digest(99)]), "what is absent stays");
    assert_eq!(*snapshot.usage[0].reference, format!("{HOST}/dev/app:v1@{new}"));
    assert_eq!(snapshot.usage[0].resolved, Some(new));
    let text = serde_json::to_string(&snapshot.workloads).unwrap();
    assert_eq!(text.matches(&new.hex()).count(), 3);
    assert!(!text.contains(&d1.hex()));
}

#[test]
fn copies_of_a_digest_keep_sharing_it() {
    let repository = |name: &str, extra: Value| {
        let mut image = extra;
        image["digest"] = json!(digest(2));
        image["media_type"] = INDEX.into();
        json!({ "name": name, "images": [image] })
    };
    let registry = json!({ "account": ACCOUNT, "region": REGION, "repositories": [
        repository("a/app", json!({ "pushed_at": "2026-01-01T00:00:00Z" })),
        repository("b/app", json!({ "children": [digest(1)], "size_bytes": 5 })),
    ] });
    let sealed = reseal(snapshot(json!([registry]), json!({}))).snapshot;
    let copies: Vec<&Image> =
        sealed.registries[0].repositories.iter().map(|it| &it.images[0]).collect();
    assert_eq!(copies[0].digest, copies[1].digest);
    assert_eq!(copies[0].children, copies[1].children, "one copy knows, so both do");
    assert_ne!(copies[0].pushed_at, copies[1].pushed_at, "each was pushed in its own time");
}

#[test]
fn a_cycle_stays_as_it_is_and_is_reported() {
    let raw = json!([
        { "digest": digest(1), "media_type": INDEX, "children": [digest(2)] },
        { "digest": digest(2), "media_type": INDEX, "children": [digest(1)] },
        { "digest": digest(3), "media_type": INDEX, "children": [digest(3)] },
        { "digest": digest(4), "subject": digest(1) },
        { "digest": digest(5) },
    ]);
    let sealed = reseal(organization(raw, json!({})));
    assert_eq!(sealed.unsealed, [digest(1), digest(2), digest(3), digest(4)]);
    assert_eq!(images(&sealed.snapshot)[0].digest, digest(1));
    assert_ne!(images(&sealed.snapshot)[4].digest, digest(5));
}

#[test]
fn sealing_leaves_whom_a_repository_admits_and_where_deletions_go() {
    let mut unsealed = organization(json!([{ "digest": digest(1) }]), json!({}));
    let registry = &mut unsealed.registries[0];
    registry.deletes_replicate_to = vec![place_of(OTHER, "eu-west-2")];
    registry.repositories[0].allows = vec![Admitted::Public];
    let sealed = reseal(unsealed).snapshot;
    assert_eq!(sealed.registries[0].deletes_replicate_to, [place_of(OTHER, "eu-west-2")]);
    assert_eq!(sealed.registries[0].repositories[0].allows, [Admitted::Public]);
}
