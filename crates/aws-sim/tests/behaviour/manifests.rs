//! `BatchGetImage`, `ListImageReferrers` and `UpdateImageStorageClass`.

use ecr_sweep_core::ImageStatus;
use serde_json::{Value, json};

use crate::world::{INDEX, World, assert_refused, column, digest, now};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

fn get(world: &World, ids: Value) -> Value {
    world.app("BatchGetImage", json!({ "imageIds": ids })).unwrap()
}

fn manifest(answer: &Value) -> Value {
    serde_json::from_str(answer["images"][0]["imageManifest"].as_str().unwrap()).unwrap()
}

#[test]
fn reading_a_manifest_moves_the_pull_time_of_what_is_answered_only() {
    let world = World::images(json!([
        { "digest": digest(1), "pulled_at": "2026-01-01T00:00:00Z" },
        { "digest": digest(2) },
        { "digest": digest(3), "status": "ARCHIVED" },
    ]));
    get(&world, json!([{ "imageDigest": digest(1) }, { "imageDigest": digest(3) }]));
    assert_eq!(world.image(1).unwrap().pulled_at, Some(now()));
    assert_eq!(world.image(2).unwrap().pulled_at, None);
    assert_eq!(world.image(3).unwrap().pulled_at, None);
}

#[test]
fn describing_an_image_is_no_pull() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    world.app("DescribeImages", json!({})).unwrap();
    assert_eq!(world.image(1).unwrap().pulled_at, None);
}

#[test]
fn an_archived_image_cannot_be_pulled() {
    for status in ["ARCHIVED", "ACTIVATING"] {
        let world = World::images(json!([{ "digest": digest(1), "status": status }]));
        let answer = get(&world, json!([{ "imageDigest": digest(1) }]));
        assert_eq!(column(&answer["failures"], "failureCode"), [json!("ImageInaccessible")]);
        assert_eq!(answer["images"], json!([]));
    }
}

#[test]
fn a_manifest_is_read_by_tag_by_digest_and_by_both() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1"] }]));
    for id in [
        json!({ "imageTag": "v1" }),
        json!({ "imageDigest": digest(1) }),
        json!({ "imageDigest": digest(1), "imageTag": "v1" }),
    ] {
        let answer = get(&world, json!([id]));
        let mut expected = id.clone();
        expected["imageDigest"] = json!(digest(1));
        assert_eq!(answer["images"][0]["imageId"], expected);
        assert_eq!(answer["images"][0]["imageManifestMediaType"], OCI);
    }
}

#[test]
fn images_that_are_not_there_are_failures_beside_those_that_are() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    let answer = get(&world, json!([{ "imageDigest": digest(1) }, { "imageDigest": digest(9) }]));
    assert_eq!(answer["images"].as_array().unwrap().len(), 1);
    assert_eq!(column(&answer["failures"], "failureCode"), [json!("ImageNotFound")]);
}

#[test]
fn a_batch_of_manifests_holds_1_to_100_ids() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    for count in [0, 101] {
        let ids = vec![json!({ "imageDigest": digest(1) }); count];
        let outcome = world.app("BatchGetImage", json!({ "imageIds": ids }));
        assert_refused(outcome, "InvalidParameterException");
    }
}

#[test]
fn by_tag_a_media_type_that_is_not_accepted_is_not_found() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1"] }]));
    let ask = |id: Value, accepted: &str| {
        let input = json!({ "imageIds": [id], "acceptedMediaTypes": [accepted] });
        world.app("BatchGetImage", input).unwrap()["images"].as_array().unwrap().len()
    };
    assert_eq!(ask(json!({ "imageTag": "v1" }), INDEX), 0);
    assert_eq!(ask(json!({ "imageTag": "v1" }), OCI), 1);
    assert_eq!(ask(json!({ "imageDigest": digest(1) }), INDEX), 1);
}

#[test]
fn a_made_up_index_lists_exactly_its_children_with_their_media_types() {
    let world = World::images(json!([
        { "digest": digest(1) },
        { "digest": digest(2), "media_type": INDEX, "children": [] },
        { "digest": digest(9), "media_type": INDEX,
          "children": [digest(2), digest(1), digest(7), digest(1)] },
    ]));
    let manifest = manifest(&get(&world, json!([{ "imageDigest": digest(9) }])));
    assert_eq!(manifest["mediaType"], INDEX);
    let digests = [2, 1, 7, 1].map(|number| json!(digest(number)));
    assert_eq!(column(&manifest["manifests"], "digest"), digests);
    let types = [INDEX, OCI, OCI, OCI].map(|it| json!(it));
    assert_eq!(column(&manifest["manifests"], "mediaType"), types);
}

#[test]
fn a_made_up_manifest_has_its_subject_and_its_types() {
    let config = "application/vnd.docker.container.image.v1+json";
    let world = World::images(json!([
        { "digest": digest(1), "artifact_type": "application/spdx+json", "subject": digest(5) },
        { "digest": digest(2), "artifact_type": config },
    ]));
    let artifact = manifest(&get(&world, json!([{ "imageDigest": digest(1) }])));
    assert_eq!(artifact["artifactType"], "application/spdx+json");
    assert_eq!(artifact["subject"]["digest"], json!(digest(5)));
    let image = manifest(&get(&world, json!([{ "imageDigest": digest(2) }])));
    assert_eq!(image["config"]["mediaType"], config);
    assert_eq!(image.get("artifactType"), None);
}

#[test]
fn an_index_whose_children_nobody_knows_cannot_be_read() {
    let world = World::images(json!([{ "digest": digest(1), "media_type": INDEX }]));
    let answer = get(&world, json!([{ "imageDigest": digest(1) }]));
    assert_eq!(column(&answer["failures"], "failureCode"), [json!("KmsError")]);
}

#[test]
fn referrers_are_listed_by_subject_whether_that_is_there_or_not() {
    let world = World::images(json!([
        { "digest": digest(2), "subject": digest(1), "artifact_type": "text/a" },
        { "digest": digest(3), "subject": digest(1), "artifact_type": "text/b" },
        { "digest": digest(4), "subject": digest(1), "status": "ARCHIVED" },
        { "digest": digest(5), "subject": digest(2) },
    ]));
    let list = |filter: Value, size: u32| {
        let input = json!({
            "subjectId": { "imageDigest": digest(1) }, "filter": filter, "maxResults": size,
        });
        world.app("ListImageReferrers", input)
    };
    let all = list(json!({}), 50).unwrap();
    assert_eq!(column(&all["referrers"], "digest"), [json!(digest(2)), json!(digest(3))]);
    assert_eq!(all["referrers"][0]["artifactType"], "text/a");
    let of_type = list(json!({ "artifactTypes": ["text/b"] }), 50).unwrap();
    assert_eq!(column(&of_type["referrers"], "digest"), [json!(digest(3))]);
    let archived = list(json!({ "artifactStatus": "ARCHIVED" }), 50).unwrap();
    assert_eq!(column(&archived["referrers"], "artifactStatus"), [json!("ARCHIVED")]);
    assert!(list(json!({}), 1).unwrap()["nextToken"].is_string());
    assert_refused(list(json!({}), 51), "InvalidParameterException");
}

fn move_to(world: &World, target: &str) -> Result<Value, crate::world::Refusal> {
    let id = json!({ "imageDigest": digest(1) });
    let input = json!({ "imageId": id, "targetStorageClass": target });
    world.app("UpdateImageStorageClass", input)
}

#[test]
fn an_image_is_archived_and_restored() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    assert_eq!(move_to(&world, "ARCHIVE").unwrap()["imageStatus"], "ARCHIVED");
    let image = world.image(1).unwrap();
    assert_eq!((image.status, image.archived_at), (ImageStatus::Archived, Some(now())));
    assert_eq!(move_to(&world, "STANDARD").unwrap()["imageStatus"], "ACTIVATING");
    let image = world.image(1).unwrap();
    assert_eq!((image.status, image.restored_at), (ImageStatus::Active, Some(now())));
}

#[test]
fn an_image_cannot_be_moved_to_where_it_is() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    let outcome = move_to(&world, "STANDARD");
    assert_refused(outcome, "ImageStorageClassUpdateNotSupportedException");
    assert_refused(move_to(&world, "GLACIER"), "InvalidParameterException");
}
