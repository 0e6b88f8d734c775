//! `DescribeImages` and `ListImages`.

use serde_json::{Value, json};

use crate::world::{World, assert_refused, column, digest};

fn many(count: u32) -> World {
    World::images((1..=count).map(|number| json!({ "digest": digest(number) })).collect())
}

#[test]
fn a_page_of_described_images_is_100_by_default() {
    let world = many(101);
    let first = world.app("DescribeImages", json!({})).unwrap();
    assert_eq!(first["imageDetails"].as_array().unwrap().len(), 100);
    let next = world.app("DescribeImages", json!({ "nextToken": first["nextToken"] })).unwrap();
    assert_eq!(column(&next["imageDetails"], "imageDigest"), [json!(digest(101))]);
    assert_eq!(next.get("nextToken"), None);
}

#[test]
fn a_page_holds_at_most_1000_images() {
    let world = many(1001);
    let page = world.app("DescribeImages", json!({ "maxResults": 1000 })).unwrap();
    assert_eq!(page["imageDetails"].as_array().unwrap().len(), 1000);
    for size in [0, -1, 1001] {
        for operation in ["DescribeImages", "ListImages"] {
            let outcome = world.app(operation, json!({ "maxResults": size }));
            assert_refused(outcome, "InvalidParameterException");
        }
    }
}

#[test]
fn a_full_last_page_has_no_next_token() {
    let page = many(10).app("DescribeImages", json!({ "maxResults": 10 })).unwrap();
    assert_eq!(page["imageDetails"].as_array().unwrap().len(), 10);
    assert_eq!(page.get("nextToken"), None);
}

#[test]
fn pages_together_hold_every_image_once() {
    let world = many(25);
    let mut digests = Vec::new();
    let mut token = Value::Null;
    loop {
        let page =
            world.app("DescribeImages", json!({ "maxResults": 7, "nextToken": token })).unwrap();
        digests.extend(column(&page["imageDetails"], "imageDigest"));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(digests, (1..=25).map(|number| json!(digest(number))).collect::<Vec<_>>());
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 4);
}

#[test]
fn a_token_of_another_request_is_refused() {
    let world = many(3);
    let page = world.app("DescribeImages", json!({ "maxResults": 1 })).unwrap();
    let token = &page["nextToken"];
    let other_filter = json!({ "nextToken": token, "filter": { "tagStatus": "TAGGED" } });
    for outcome in [
        world.app("ListImages", json!({ "nextToken": token })),
        world.app("DescribeImages", other_filter),
        world.app("DescribeImages", json!({ "nextToken": "made up" })),
        world.app("DescribeImages", json!({ "nextToken": "" })),
    ] {
        assert_refused(outcome, "InvalidParameterException");
    }
}

#[test]
fn a_page_goes_on_behind_an_image_that_was_deleted_meanwhile() {
    let world = many(4);
    let page = world.app("DescribeImages", json!({ "maxResults": 2 })).unwrap();
    world.app("BatchDeleteImage", json!({ "imageIds": [{ "imageDigest": digest(2) }] })).unwrap();
    let next = world.app("DescribeImages", json!({ "nextToken": page["nextToken"] })).unwrap();
    let rest = [json!(digest(3)), json!(digest(4))];
    assert_eq!(column(&next["imageDetails"], "imageDigest"), rest);
}

#[test]
fn images_that_are_named_cannot_be_paged() {
    let world = many(1);
    for extra in [json!({ "maxResults": 10 }), json!({ "nextToken": "00" })] {
        let mut input = extra;
        input["imageIds"] = json!([{ "imageDigest": digest(1) }]);
        assert_refused(world.app("DescribeImages", input), "InvalidParameterException");
    }
}

#[test]
fn at_most_100_images_can_be_named() {
    let world = many(101);
    let named = |count: u32| -> Value {
        (1..=count).map(|number| json!({ "imageDigest": digest(number) })).collect()
    };
    let found = world.app("DescribeImages", json!({ "imageIds": named(100) })).unwrap();
    assert_eq!(found["imageDetails"].as_array().unwrap().len(), 100);
    let outcome = world.app("DescribeImages", json!({ "imageIds": named(101) }));
    assert_refused(outcome, "InvalidParameterException");
}

#[test]
fn one_missing_image_fails_the_whole_call() {
    let ids = json!([{ "imageDigest": digest(1) }, { "imageDigest": digest(9) }]);
    let message = assert_refused(
        many(1).app("DescribeImages", json!({ "imageIds": ids })),
        "ImageNotFoundException",
    );
    assert!(message.contains(&digest(9).to_string()), "{message}");
}

#[test]
fn an_image_is_named_by_tag_or_digest_and_shown_once() {
    let world = World::images(json!([{ "digest": digest(1), "tags": ["v1", "latest"] }]));
    let ids = json!([{ "imageTag": "v1" }, { "imageTag": "latest" }, { "imageDigest": digest(1) }]);
    let found = world.app("DescribeImages", json!({ "imageIds": ids })).unwrap();
    assert_eq!(column(&found["imageDetails"], "imageTags"), [json!(["latest", "v1"])]);
}

fn of_every_status() -> World {
    World::images(json!([
        { "digest": digest(1), "tags": ["v1"] },
        { "digest": digest(2), "status": "ARCHIVED" },
        { "digest": digest(3), "status": "ACTIVATING" },
    ]))
}

#[test]
fn only_active_images_are_described_unless_another_status_is_asked_for() {
    let world = of_every_status();
    for operation in ["DescribeImages", "ListImages"] {
        for (status, expected) in [
            (json!(null), vec![1]),
            (json!("ACTIVE"), vec![1]),
            (json!("ARCHIVED"), vec![2]),
            (json!("ACTIVATING"), vec![3]),
            (json!("ANY"), vec![1, 2, 3]),
        ] {
            let page =
                world.app(operation, json!({ "filter": { "imageStatus": status } })).unwrap();
            let rows = page.get("imageDetails").unwrap_or(&page["imageIds"]);
            let expected: Vec<Value> = expected.into_iter().map(|it| json!(digest(it))).collect();
            assert_eq!(column(rows, "imageDigest"), expected, "{operation} {status}");
        }
        let outcome = world.app(operation, json!({ "filter": { "imageStatus": "GONE" } }));
        assert_refused(outcome, "InvalidParameterException");
    }
}

#[test]
fn an_archived_image_is_not_found_by_its_digest_unless_its_status_is_asked_for() {
    let world = of_every_status();
    let mut input = json!({ "imageIds": [{ "imageDigest": digest(2) }] });
    assert_refused(world.app("DescribeImages", input.clone()), "ImageNotFoundException");
    input["filter"] = json!({ "imageStatus": "ANY" });
    let found = world.app("DescribeImages", input).unwrap();
    assert_eq!(column(&found["imageDetails"], "imageStatus"), [json!("ARCHIVED")]);
}

#[test]
fn images_are_listed_by_whether_they_have_a_tag() {
    let world = World::images(json!([
        { "digest": digest(1), "tags": ["v1"] },
        { "digest": digest(2) },
    ]));
    for (status, expected) in [("TAGGED", vec![1]), ("UNTAGGED", vec![2]), ("ANY", vec![1, 2])] {
        let filter = json!({ "filter": { "tagStatus": status } });
        let page = world.app("DescribeImages", filter).unwrap();
        let expected: Vec<Value> = expected.into_iter().map(|it| json!(digest(it))).collect();
        assert_eq!(column(&page["imageDetails"], "imageDigest"), expected, "{status}");
    }
}

#[test]
fn an_image_is_described_by_the_names_of_the_api() {
    let world = World::images(json!([{
        "digest": digest(1),
        "tags": ["v1"],
        "pushed_at": "2026-08-01T00:00:00Z",
        "pulled_at": "2026-09-01T00:00:00.5Z",
        "restored_at": "2026-09-02T00:00:00Z",
        "archived_at": "2026-08-15T00:00:00Z",
        "size_bytes": 52_428_800,
        "artifact_type": "application/vnd.oci.image.config.v1+json",
        "subject": digest(2),
    }]));
    let page = world.app("DescribeImages", json!({})).unwrap();
    let expected = json!({
        "registryId": "111122223333",
        "repositoryName": "dev/app",
        "imageDigest": digest(1),
        "imageTags": ["v1"],
        "imageSizeInBytes": 52_428_800,
        "imagePushedAt": 1_785_542_400,
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactMediaType": "application/vnd.oci.image.config.v1+json",
        "lastRecordedPullTime": 1_788_220_800.5,
        "subjectManifestDigest": digest(2),
        "imageStatus": "ACTIVE",
        "lastArchivedAt": 1_786_752_000,
        "lastActivatedAt": 1_788_307_200,
    });
    assert_eq!(page["imageDetails"][0], expected);
}

#[test]
fn what_is_not_known_of_an_image_is_left_out() {
    let page = many(1).app("DescribeImages", json!({})).unwrap();
    let expected = json!({
        "registryId": "111122223333",
        "repositoryName": "dev/app",
        "imageDigest": digest(1),
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        "imageStatus": "ACTIVE",
    });
    assert_eq!(page["imageDetails"][0], expected);
}

#[test]
fn an_image_is_listed_once_for_each_tag_and_once_without_any() {
    let world = World::images(json!([
        { "digest": digest(1), "tags": ["b", "a", "c"] },
        { "digest": digest(2) },
        { "digest": digest(3), "tags": ["d"] },
    ]));
    let expected = json!([
        { "imageDigest": digest(1), "imageTag": "a" },
        { "imageDigest": digest(1), "imageTag": "b" },
        { "imageDigest": digest(1), "imageTag": "c" },
        { "imageDigest": digest(2) },
        { "imageDigest": digest(3), "imageTag": "d" },
    ]);
    assert_eq!(world.app("ListImages", json!({})).unwrap(), json!({ "imageIds": expected }));
    for size in 1..=5 {
        let mut rows = Vec::new();
        let mut token = Value::Null;
        loop {
            let page =
                world.app("ListImages", json!({ "maxResults": size, "nextToken": token })).unwrap();
            rows.extend(page["imageIds"].as_array().unwrap().clone());
            token = page["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(Value::Array(rows), expected, "pages of {size}");
    }
}

#[test]
fn images_of_a_repository_that_is_not_there_are_an_error() {
    for operation in ["DescribeImages", "ListImages"] {
        let outcome = many(1).ecr(operation, json!({ "repositoryName": "dev/gone" }));
        let message = assert_refused(outcome, "RepositoryNotFoundException");
        assert_eq!(
            message,
            "The repository with name 'dev/gone' does not exist in the registry with id \
             '111122223333'"
        );
    }
}
