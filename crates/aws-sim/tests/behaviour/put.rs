//! `PutImage`.

use ecr_sweep_core::{Digest, Image, ImageStatus, MediaType};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::world::{INDEX, Refusal, World, assert_refused, now, place, tags};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

fn sha256(text: &str) -> Digest {
    Digest::from_bytes(sha2::Sha256::digest(text.as_bytes()).into())
}

fn manifest(layer_bytes: u64) -> String {
    let nothing = sha256("");
    json!({
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": { "mediaType": CONFIG, "digest": nothing, "size": 2 },
        "layers": [
            { "mediaType": "application/octet-stream", "digest": nothing, "size": layer_bytes },
            { "mediaType": "application/octet-stream", "digest": nothing, "size": 1 },
        ],
    })
    .to_string()
}

fn index(children: &[Digest]) -> String {
    let manifests: Vec<Value> = children
        .iter()
        .map(|digest| json!({ "mediaType": OCI, "digest": digest, "size": 1 }))
        .collect();
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }).to_string()
}

fn put(world: &World, manifest: &str, tag: Option<&str>) -> Result<Value, Refusal> {
    world.app("PutImage", json!({ "imageManifest": manifest, "imageTag": tag }))
}

fn stored(world: &World, digest: Digest) -> Option<Image> {
    world.simulator.image(&place(), "dev/app", digest)
}

fn repository() -> World {
    World::images(json!([]))
}

#[test]
fn the_digest_of_an_image_is_the_hash_of_its_manifest() {
    let world = repository();
    let manifest = manifest(10);
    let answer = put(&world, &manifest, Some("v1")).unwrap();
    let digest = sha256(&manifest);
    assert_eq!(answer["image"]["imageId"], json!({ "imageDigest": digest, "imageTag": "v1" }));
    let image = stored(&world, digest).unwrap();
    assert_eq!(image.pushed_at, Some(now()));
    assert_eq!(image.size_bytes, Some(11));
    assert_eq!(image.artifact_type.as_deref(), Some(CONFIG));
    assert_eq!(image.media_type, MediaType::OciManifest);
    let read = world.app("BatchGetImage", json!({ "imageIds": [{ "imageTag": "v1" }] })).unwrap();
    assert_eq!(read["images"][0]["imageManifest"], manifest);
}

#[test]
fn a_tag_that_moves_leaves_the_old_image_untagged() {
    let world = repository();
    let (old, new) = (manifest(1), manifest(2));
    put(&world, &old, Some("latest")).unwrap();
    put(&world, &new, Some("latest")).unwrap();
    assert_eq!(tags(&stored(&world, sha256(&old)).unwrap()), [] as [&str; 0]);
    assert_eq!(tags(&stored(&world, sha256(&new)).unwrap()), ["latest"]);
}

#[test]
fn the_same_manifest_gets_another_tag_and_keeps_its_push_time() {
    let world = World::images(json!([]));
    let manifest = manifest(1);
    put(&world, &manifest, Some("v1")).unwrap();
    put(&world, &manifest, Some("v2")).unwrap();
    assert_eq!(tags(&stored(&world, sha256(&manifest)).unwrap()), ["v1", "v2"]);
    assert_eq!(world.digests().len(), 1);
}

#[test]
fn the_same_manifest_with_the_same_tag_is_there_already() {
    let world = repository();
    let manifest = manifest(1);
    put(&world, &manifest, Some("v1")).unwrap();
    for tag in [Some("v1"), None] {
        assert_refused(put(&world, &manifest, tag), "ImageAlreadyExistsException");
    }
}

#[test]
fn an_immutable_tag_does_not_move() {
    let world = repository();
    world.app("PutImageTagMutability", json!({ "imageTagMutability": "IMMUTABLE" })).unwrap();
    put(&world, &manifest(1), Some("v1")).unwrap();
    let outcome = put(&world, &manifest(2), Some("v1"));
    assert_refused(outcome, "ImageTagAlreadyExistsException");
    assert_eq!(stored(&world, sha256(&manifest(2))), None);
    put(&world, &manifest(2), Some("v2")).unwrap();
}

#[test]
fn excluded_tags_are_as_mutable_as_the_others_are_not() {
    let filters = json!([{ "filterType": "WILDCARD", "filter": "dev-*" }]);
    for (mutability, moving, fixed) in
        [("IMMUTABLE_WITH_EXCLUSION", "dev-1", "v1"), ("MUTABLE_WITH_EXCLUSION", "v1", "dev-1")]
    {
        let world = repository();
        let input = json!({
            "imageTagMutability": mutability, "imageTagMutabilityExclusionFilters": filters,
        });
        world.app("PutImageTagMutability", input).unwrap();
        for tag in [moving, fixed] {
            put(&world, &manifest(1), Some(tag)).unwrap();
        }
        put(&world, &manifest(2), Some(moving)).unwrap();
        let outcome = put(&world, &manifest(2), Some(fixed));
        assert_refused(outcome, "ImageTagAlreadyExistsException");
    }
}

#[test]
fn an_index_needs_its_children() {
    let world = repository();
    let child = sha256(&manifest(7));
    let index = index(&[child]);
    let message =
        assert_refused(put(&world, &index, Some("v1")), "ReferencedImagesNotFoundException");
    assert!(message.contains(&child.to_string()), "{message}");
    put(&world, &manifest(7), None).unwrap();
    put(&world, &index, Some("v1")).unwrap();
    let image = stored(&world, sha256(&index)).unwrap();
    assert_eq!(image.children, Some(vec![child]));
    assert_eq!(image.size_bytes, Some(8), "as large as its largest child");
    let answer =
        world.app("BatchDeleteImage", json!({ "imageIds": [{ "imageDigest": child }] })).unwrap();
    assert_eq!(answer["failures"][0]["failureCode"], "ImageReferencedByManifestList");
}

#[test]
fn the_subject_is_taken_from_the_manifest() {
    let world = repository();
    let subject = sha256("somewhere");
    let mut manifest: Value = serde_json::from_str(&manifest(1)).unwrap();
    manifest["artifactType"] = "application/spdx+json".into();
    manifest["subject"] = json!({ "mediaType": OCI, "digest": subject, "size": 1 });
    let manifest = manifest.to_string();
    put(&world, &manifest, None).unwrap();
    let image = stored(&world, sha256(&manifest)).unwrap();
    assert_eq!(image.subject, Some(subject));
    assert_eq!(image.artifact_type.as_deref(), Some("application/spdx+json"));
}

#[test]
fn a_digest_that_does_not_match_is_refused() {
    let world = repository();
    let input = json!({ "imageManifest": manifest(1), "imageDigest": sha256("another") });
    assert_refused(world.app("PutImage", input), "ImageDigestDoesNotMatchException");
    assert_eq!(world.digests(), []);
}

#[test]
fn a_manifest_without_a_media_type_needs_one_in_the_request() {
    let world = repository();
    let mut manifest: Value = serde_json::from_str(&manifest(1)).unwrap();
    manifest.as_object_mut().unwrap().remove("mediaType");
    let manifest = manifest.to_string();
    assert_refused(put(&world, &manifest, None), "InvalidParameterException");
    let input = json!({ "imageManifest": manifest, "imageManifestMediaType": OCI });
    world.app("PutImage", input).unwrap();
    assert_eq!(stored(&world, sha256(&manifest)).unwrap().media_type, MediaType::OciManifest);
}

#[test]
fn what_is_no_manifest_is_refused() {
    let world = repository();
    for text in ["", "{", "[]", r#"{"manifests":[{"digest":"sha256:12"}]}"#] {
        assert_refused(put(&world, text, None), "InvalidParameterException");
    }
    assert_refused(put(&world, &manifest(1), Some("no tag")), "InvalidParameterException");
}

#[test]
fn pushing_an_archived_image_again_restores_it_at_once() {
    let world = repository();
    let manifest = manifest(1);
    put(&world, &manifest, Some("v1")).unwrap();
    let id = json!({ "imageTag": "v1" });
    let input = json!({ "imageId": id, "targetStorageClass": "ARCHIVE" });
    world.app("UpdateImageStorageClass", input).unwrap();
    put(&world, &manifest, Some("v1")).unwrap();
    let image = stored(&world, sha256(&manifest)).unwrap();
    assert_eq!((image.status, image.restored_at), (ImageStatus::Active, Some(now())));
}

#[test]
fn an_image_that_was_deleted_can_be_pushed_again() {
    let world = repository();
    let manifest = manifest(1);
    put(&world, &manifest, Some("v1")).unwrap();
    world.app("BatchDeleteImage", json!({ "imageIds": [{ "imageTag": "v1" }] })).unwrap();
    assert_eq!(world.digests(), []);
    put(&world, &manifest, Some("v1")).unwrap();
    assert_eq!(world.digests(), [sha256(&manifest)]);
}
