use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::registry::ExactImages;
use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Image, ImageStatus, MediaType};
use serde_json::json;

use crate::world::{World, assert_names, digest, error, images, place, snapshot};

#[tokio::test]
async fn an_image_comes_with_everything_that_the_registry_says() {
    let repository = json!([{ "name": "dev/app", "images": [
        {
            "digest": digest(1),
            "tags": ["v1", "latest"],
            "pushed_at": "2026-08-01T00:00:00Z",
            "pulled_at": "2026-09-01T00:00:00Z",
            "archived_at": "2026-10-01T00:00:00Z",
            "restored_at": "2026-10-02T00:00:00Z",
            "size_bytes": 52_428_800,
            "media_type": MediaType::OciIndex,
            "artifact_type": "application/vnd.oci.image.config.v1+json",
            "children": [digest(2)],
            "subject": digest(3),
        },
        { "digest": digest(2), "status": "ARCHIVED", "media_type": "text/plain" },
        { "digest": digest(3), "status": "ACTIVATING" },
    ] }]);
    let world = World::start(snapshot(repository, json!({}))).await;
    let images = world.sessions.registry(&place()).images("dev/app").await.unwrap();
    let time = |text: &str| Some(text.parse().unwrap());
    let expected = Image {
        tags: vec!["latest".into(), "v1".into()],
        pushed_at: time("2026-08-01T00:00:00Z"),
        pulled_at: time("2026-09-01T00:00:00Z"),
        archived_at: time("2026-10-01T00:00:00Z"),
        restored_at: time("2026-10-02T00:00:00Z"),
        size_bytes: Some(52_428_800),
        media_type: MediaType::OciIndex,
        artifact_type: Some("application/vnd.oci.image.config.v1+json".into()),
        subject: Some(digest(3)),
        ..Image::new(digest(1))
    };
    assert_eq!(images[0], expected);
    assert_eq!(images[1].media_type, MediaType::Other("text/plain".into()));
    let statuses: Vec<_> = images.iter().map(|image| image.status).collect();
    assert_eq!(statuses, [ImageStatus::Active, ImageStatus::Archived, ImageStatus::Activating]);
}

#[tokio::test]
async fn a_repository_of_n_images_takes_one_call_a_thousand() {
    for (count, calls) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (2500, 3)] {
        let world = World::start(images(count)).await;
        let images = world.sessions.registry(&place()).images("dev/app").await.unwrap();
        assert_eq!(images.len(), usize::try_from(count).unwrap());
        assert!(images.is_sorted_by_key(|image| image.digest));
        assert_eq!(world.simulator.count("ecr:DescribeImages"), calls, "{count} images");
    }
}

#[tokio::test]
async fn a_throttled_list_of_images_is_read_to_its_end() {
    let world = World::throttled(images(2001), "ecr:DescribeImages").await;
    let images = world.sessions.registry(&place()).images("dev/app").await.unwrap();
    assert_eq!(images.len(), 2001);
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 3 + 2);
}

#[tokio::test]
async fn a_list_that_stops_half_way_is_an_error_and_not_a_part() {
    let world = World::start(images(2001)).await;
    world.faults(&json!({ "operation": "ecr:DescribeImages", "after": 2, "effect": { "error": { "code": "AccessDeniedException" } } }));
    let error = world.sessions.registry(&place()).images("dev/app").await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:DescribeImages");
    assert_eq!(error.object.as_deref(), Some("dev/app"));
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_not_found() {
    let world = World::start(images(1)).await;
    let registry = world.sessions.registry(&place());
    let error = registry.images("dev/other").await.unwrap_err();
    assert_names(&error, AwsErrorKind::NotFound, "ecr:DescribeImages");
    assert_eq!(error.code(), Some("RepositoryNotFoundException"));
    let error = registry.images_exactly("dev/other", &[digest(1)]).await.unwrap_err();
    assert_eq!(error.code(), Some("RepositoryNotFoundException"));
}

#[tokio::test]
async fn an_answer_that_says_what_nobody_knows_is_an_error() {
    let world = World::start(images(1)).await;
    for body in [
        r#"{ "imageDetails": [{}] }"#.to_owned(),
        r#"{ "imageDetails": [{ "imageDigest": "sha256:short" }] }"#.to_owned(),
        format!(
            r#"{{ "imageDetails": [{{ "imageDigest": "{}", "imageStatus": "LOST" }}] }}"#,
            digest(1)
        ),
        format!(
            r#"{{ "imageDetails": [{{ "imageDigest": "{}", "imageSizeInBytes": -1 }}] }}"#,
            digest(1)
        ),
        format!(
            r#"{{ "imageDetails": [{{ "imageDigest": "{}", "imagePushedAt": 1e300 }}] }}"#,
            digest(1)
        ),
        "{".to_owned(),
    ] {
        let shown = body.clone();
        world.respond("ecr:*", body);
        let error = world.sessions.registry(&place()).images("dev/app").await.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::Internal, "{shown}: {error}");
        assert_names(&error, AwsErrorKind::Internal, "ecr:DescribeImages");
    }
}

#[tokio::test]
async fn exactly_the_images_that_are_asked_for_are_described() {
    let world = World::start(images(250)).await;
    let asked: Vec<_> = (1..=230).rev().chain([7]).map(digest).collect();
    let registry = world.sessions.registry(&place());
    let exact = registry.images_exactly("dev/app", &asked).await.unwrap();
    let found: Vec<_> = exact.found.iter().map(|image| image.digest).collect();
    assert_eq!(found, (1..=230).map(digest).collect::<Vec<_>>());
    assert_eq!(exact.missing, []);
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 3);
    assert_eq!(
        registry.images_exactly("dev/app", &[]).await.unwrap(),
        ExactImages { found: vec![], missing: vec![] }
    );
}

#[tokio::test]
async fn an_image_that_is_gone_is_told_from_those_that_are_there() {
    let world = World::start(images(60)).await;
    let asked: Vec<_> = (31..=130).map(digest).collect();
    let registry = world.sessions.registry(&place());
    let exact = registry.images_exactly("dev/app", &asked).await.unwrap();
    let found: Vec<_> = exact.found.iter().map(|image| image.digest).collect();
    assert_eq!(found, (31..=60).map(digest).collect::<Vec<_>>());
    assert_eq!(exact.missing, (61..=130).map(digest).collect::<Vec<_>>());

    world.simulator.reset_counts();
    let asked: Vec<_> = (1..=60).chain([99]).map(digest).collect();
    let exact = registry.images_exactly("dev/app", &asked).await.unwrap();
    assert_eq!((exact.found.len(), exact.missing), (60, vec![digest(99)]));
    assert!(world.simulator.count("ecr:DescribeImages") <= 13);
}

#[tokio::test]
async fn an_archived_image_is_not_missing() {
    let repository =
        json!([{ "name": "dev/app", "images": [{ "digest": digest(1), "status": "ARCHIVED" }] }]);
    let world = World::start(snapshot(repository, json!({}))).await;
    let registry = world.sessions.registry(&place());
    let exact = registry.images_exactly("dev/app", &[digest(1)]).await.unwrap();
    assert_eq!(exact.found[0].status, ImageStatus::Archived);
}

#[tokio::test]
async fn an_image_that_is_not_answered_is_an_error_and_not_missing() {
    let world = World::start(images(1)).await;
    let body = r#"{ "imageDetails": [] }"#.to_owned();
    world.respond("ecr:*", body);
    let registry = world.sessions.registry(&place());
    let error = registry.images_exactly("dev/app", &[digest(1)]).await.unwrap_err();
    assert_names(&error, AwsErrorKind::Internal, "ecr:DescribeImages");
}

#[tokio::test]
async fn an_error_says_what_was_done_to_what_and_where_and_what_came_of_it() {
    let world = World::start(images(1)).await;
    world.deny("ecr:*");
    let error = world.sessions.registry(&place()).images("dev/app").await.unwrap_err();
    let text = "ecr:DescribeImages of `dev/app` in 111122223333/eu-west-1 was denied: \
                AccessDeniedException: not this time";
    let request = error.request_id().unwrap();
    assert_eq!(error.to_string(), format!("{text} (request {request})"));
}

#[tokio::test]
async fn every_kind_of_error_is_told_apart() {
    let world = World::start(images(1)).await;
    for (effect, kind) in [
        (error("AccessDeniedException"), AwsErrorKind::AccessDenied),
        (error("ThrottlingException"), AwsErrorKind::Throttled),
        (error("ExpiredTokenException"), AwsErrorKind::Credentials),
        (error("UnrecognizedClientException"), AwsErrorKind::Credentials),
        (error("InvalidParameterException"), AwsErrorKind::InvalidRequest),
        (error("UnknownOperationException"), AwsErrorKind::Internal),
        (error("NobodyKnowsException"), AwsErrorKind::InvalidRequest),
        (
            Effect::Error { code: "ServerException".into(), status: 500, message: String::new() },
            AwsErrorKind::Unavailable,
        ),
        (Effect::Drop, AwsErrorKind::Unavailable),
    ] {
        let shown = format!("{effect:?}");
        world.fault("ecr:*", effect);
        let failed = world.sessions.registry(&place()).images("dev/app").await.unwrap_err();
        assert_eq!(failed.kind, kind, "{shown}: {failed}");
        assert_names(&failed, kind, "ecr:DescribeImages");
    }
}
