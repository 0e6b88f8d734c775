//! `BatchDeleteImage`.

use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, INDEX, OTHER, World, assert_refused, column, digest, place_of, snapshot, tags,
};

fn delete(world: &World, ids: Value) -> Value {
    world.app("BatchDeleteImage", json!({ "imageIds": ids })).unwrap()
}

#[track_caller]
fn assert_failure(answer: &Value, id: &Value, code: &str) {
    let failures = answer["failures"].as_array().unwrap();
    let found = failures.iter().find(|failure| failure["imageId"] == *id);
    assert_eq!(found.unwrap()["failureCode"], code, "{answer}");
}

#[test]
fn deleting_by_digest_takes_all_tags_and_answers_a_row_for_each() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1", "latest"] }]));
    let answer = delete(&world, json!([{ "imageDigest": digest(1) }]));
    let rows = json!([
        { "imageDigest": digest(1), "imageTag": "latest" },
        { "imageDigest": digest(1), "imageTag": "v1" },
    ]);
    assert_eq!(answer, json!({ "imageIds": rows, "failures": [] }));
    assert_eq!(world.image(1), None);
}

#[test]
fn deleting_an_untagged_image_answers_a_row_without_a_tag() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    let answer = delete(&world, json!([{ "imageDigest": digest(1) }]));
    assert_eq!(answer["imageIds"], json!([{ "imageDigest": digest(1) }]));
}

#[test]
fn deleting_by_tag_takes_the_image_with_its_last_tag_only() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1", "latest"] }]));
    let answer = delete(&world, json!([{ "imageTag": "v1" }]));
    assert_eq!(answer["imageIds"], json!([{ "imageDigest": digest(1), "imageTag": "v1" }]));
    assert_eq!(tags(&world.image(1).unwrap()), ["latest"]);
    delete(&world, json!([{ "imageTag": "latest" }]));
    assert_eq!(world.image(1), None);
}

#[test]
fn a_tag_that_does_not_match_the_digest_deletes_nothing() {
    let world = World::images(json!([
        { "digest": digest(1), "tags": ["v1"] },
        { "digest": digest(2), "tags": ["v2"] },
    ]));
    let id = json!({ "imageDigest": digest(1), "imageTag": "v2" });
    let answer = delete(&world, json!([id]));
    assert_failure(&answer, &id, "ImageTagDoesNotMatchDigest");
    assert_eq!(world.digests(), [digest(1), digest(2)]);
}

#[test]
fn every_id_that_cannot_be_deleted_is_a_failure_of_its_own() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    let cases = [
        (json!({ "imageDigest": digest(9) }), "ImageNotFound"),
        (json!({ "imageTag": "v9" }), "ImageNotFound"),
        (json!({ "imageDigest": "sha256:12" }), "InvalidImageDigest"),
        (json!({ "imageTag": "no tag" }), "InvalidImageTag"),
        (json!({}), "MissingDigestAndTag"),
    ];
    let mut ids: Vec<Value> = cases.iter().map(|(id, _)| id.clone()).collect();
    ids.push(json!({ "imageDigest": digest(1) }));
    let answer = delete(&world, Value::Array(ids));
    for (id, code) in &cases {
        assert_failure(&answer, id, code);
    }
    assert_eq!(answer["imageIds"], json!([{ "imageDigest": digest(1) }]));
    assert!(
        answer["failures"].as_array().unwrap().iter().all(|it| it["failureReason"].is_string())
    );
}

#[test]
fn a_batch_holds_1_to_100_ids() {
    let world =
        World::images((1..=101).map(|number| json!({ "digest": digest(number) })).collect());
    let ids = |count: u32| -> Value {
        (1..=count).map(|it| json!({ "imageDigest": digest(it) })).collect()
    };
    for count in [0, 101] {
        let outcome = world.app("BatchDeleteImage", json!({ "imageIds": ids(count) }));
        assert_refused(outcome, "InvalidParameterException");
    }
    assert_refused(world.app("BatchDeleteImage", json!({})), "InvalidParameterException");
    assert_eq!(world.digests().len(), 101);
    assert_eq!(delete(&world, ids(100))["imageIds"].as_array().unwrap().len(), 100);
    assert_eq!(world.digests(), [digest(101)]);
}

fn index_with_children() -> World {
    World::images(json!([
        { "digest": digest(1), "tags": ["child"] },
        { "digest": digest(2) },
        { "digest": digest(3), "tags": ["v1"], "media_type": INDEX, "children": [digest(1), digest(2)] },
    ]))
}

#[test]
fn a_child_of_a_living_index_is_refused() {
    let world = index_with_children();
    let by_tag = json!({ "imageTag": "child" });
    let by_digest = json!({ "imageDigest": digest(2) });
    let answer = delete(&world, json!([by_tag, by_digest]));
    assert_failure(&answer, &by_tag, "ImageReferencedByManifestList");
    assert_failure(&answer, &by_digest, "ImageReferencedByManifestList");
    assert!(answer["failures"][0]["failureReason"].as_str().unwrap().contains(&digest(3).hex()));
    assert_eq!(world.digests().len(), 3);
}

#[test]
fn a_child_of_an_archived_index_is_refused() {
    let world = World::images(json!([
        { "digest": digest(1) },
        { "digest": digest(2), "status": "ARCHIVED", "media_type": INDEX, "children": [digest(1)] },
    ]));
    let id = json!({ "imageDigest": digest(1) });
    assert_failure(&delete(&world, json!([id])), &id, "ImageReferencedByManifestList");
}

#[test]
fn one_call_with_an_index_and_its_children_deletes_the_index_only() {
    for order in [[1, 2, 3], [3, 2, 1], [1, 3, 2]] {
        let world = index_with_children();
        let ids: Value = order.iter().map(|it| json!({ "imageDigest": digest(*it) })).collect();
        let answer = delete(&world, ids.clone());
        assert_eq!(column(&answer["imageIds"], "imageDigest"), [json!(digest(3))], "{order:?}");
        assert_eq!(answer["failures"].as_array().unwrap().len(), 2, "{order:?}");
        assert_eq!(world.digests(), [digest(1), digest(2)]);
        assert_eq!(delete(&world, ids)["imageIds"].as_array().unwrap().len(), 2, "{order:?}");
        assert_eq!(world.digests(), []);
    }
}

#[test]
fn a_child_of_two_indexes_goes_after_both() {
    let world = World::images(json!([
        { "digest": digest(1) },
        { "digest": digest(2), "media_type": INDEX, "children": [digest(1)] },
        { "digest": digest(3), "media_type": INDEX, "children": [digest(1)] },
    ]));
    let child = json!({ "imageDigest": digest(1) });
    delete(&world, json!([{ "imageDigest": digest(2) }]));
    assert_failure(&delete(&world, json!([child])), &child, "ImageReferencedByManifestList");
    delete(&world, json!([{ "imageDigest": digest(3) }]));
    delete(&world, json!([child]));
    assert_eq!(world.digests(), []);
}

#[test]
fn a_tag_of_a_child_can_go_unless_it_is_the_last() {
    let world = World::images(json!([
        { "digest": digest(1), "tags": ["a", "b"] },
        { "digest": digest(2), "media_type": INDEX, "children": [digest(1)] },
    ]));
    delete(&world, json!([{ "imageTag": "a" }]));
    assert_eq!(tags(&world.image(1).unwrap()), ["b"]);
    let id = json!({ "imageTag": "b" });
    assert_failure(&delete(&world, json!([id])), &id, "ImageReferencedByManifestList");
}

#[test]
fn a_subject_goes_and_its_referrers_stay() {
    let world = World::images(json!([
        { "digest": digest(1) },
        { "digest": digest(2), "subject": digest(1) },
    ]));
    delete(&world, json!([{ "imageDigest": digest(1) }]));
    assert_eq!(world.digests(), [digest(2)]);
}

#[test]
fn an_immutable_tag_does_not_keep_its_image_from_being_deleted() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1"] }]));
    world.app("PutImageTagMutability", json!({ "imageTagMutability": "IMMUTABLE" })).unwrap();
    delete(&world, json!([{ "imageDigest": digest(1) }]));
    assert_eq!(world.digests(), []);
}

#[test]
fn deletions_are_replicated_to_the_destinations_and_not_from_there_on() {
    let registry = |region: &str, destinations: Value| {
        json!({
            "account": ACCOUNT,
            "region": region,
            "deletes_replicate_to": destinations,
            "repositories": [{ "name": "dev/app", "images": [
                { "digest": digest(1), "tags": ["v1"] },
                { "digest": digest(2), "tags": ["v2", "latest"] },
                { "digest": digest(3) },
            ] }],
        })
    };
    let to = |region: &str| json!([{ "account": ACCOUNT, "region": region }]);
    let world = World::seeded(snapshot(
        json!([
            registry("eu-west-1", to("eu-west-2")),
            registry("eu-west-2", to("eu-west-3")),
            registry("eu-west-3", json!([])),
        ]),
        json!({}),
    ));
    delete(&world, json!([{ "imageDigest": digest(1) }, { "imageTag": "latest" }]));
    let left = |region| world.simulator.images(&place_of(ACCOUNT, region), "dev/app").unwrap();
    assert_eq!(left("eu-west-2").len(), 2);
    assert_eq!(tags(&left("eu-west-2")[0]), ["v2"]);
    assert_eq!(left("eu-west-3").len(), 3);
}

#[test]
fn another_accounts_images_are_deleted_by_registry_id_alone() {
    let registry = |account: &str| {
        json!({ "account": account, "region": "eu-west-1", "repositories": [
            { "name": "dev/app", "images": [{ "digest": digest(1) }] },
        ] })
    };
    let world = World::seeded(snapshot(json!([registry(ACCOUNT), registry(OTHER)]), json!({})));
    let ids = json!([{ "imageDigest": digest(1) }]);
    let input = json!({ "registryId": OTHER, "imageIds": ids });
    world.app("BatchDeleteImage", input).unwrap();
    assert_eq!(world.digests(), [digest(1)]);
    let other = place_of(OTHER, "eu-west-1");
    assert_eq!(world.simulator.images(&other, "dev/app").unwrap(), []);
}
