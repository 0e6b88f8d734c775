use std::collections::BTreeMap;

use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use ecr_sweep_aws::{AwsErrorKind, SessionError, Sessions};
use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Place, Region, Source};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::{ACCOUNT, World, assert_names, digest, error, images, place, snapshot};

#[tokio::test]
async fn the_enabled_regions_are_listed_in_order() {
    let workloads = json!({ "regions": ["us-east-1", "eu-west-1", "ap-southeast-2"] });
    let world = World::start(snapshot(json!([]), workloads)).await;
    let regions = world.sessions.enabled_regions(&place().account).await.unwrap();
    let names: Vec<_> = regions.iter().map(Region::as_str).collect();
    assert_eq!(names, ["ap-southeast-2", "eu-west-1", "us-east-1"]);
}

#[tokio::test]
async fn denied_regions_are_an_error() {
    let world = World::start(images(1)).await;
    world.deny("account:*");
    let error = world.sessions.enabled_regions(&place().account).await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "account:ListRegions");
}

#[tokio::test]
async fn a_session_knows_whose_it_is() {
    let world = World::start(images(1)).await;
    let config = world.sessions.config().clone();
    let sessions = Sessions::connect(config, 4).await.unwrap();
    assert_eq!(sessions.home(), &place());
    assert!(sessions.caller_arn().contains(ACCOUNT), "{}", sessions.caller_arn());
    assert_eq!(sessions.concurrency(), 4);
}

#[tokio::test]
async fn a_session_is_not_opened_by_a_clock_that_is_wrong() {
    let world = World::start(images(1)).await;
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let mut opened = Vec::new();
    for minutes in [-60 * 24 * 40, -20, -10, 10, 20, 60 * 24 * 40] {
        let there = Timestamp::now() + SignedDuration::from_mins(minutes);
        let date = there.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers = [("date".to_owned(), date)].into();
        world.fault("sts:*", Effect::Respond { status: 200, headers, body: body.to_owned() });
        match Sessions::connect(world.sessions.config().clone(), 4).await {
            Ok(_) => opened.push(minutes),
            Err(SessionError::Clock(clocks)) => {
                assert!(clocks.to_string().starts_with("it is 20"), "{clocks}");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(opened, [-10, 10]);
}

#[tokio::test]
async fn a_session_without_a_region_says_so() {
    let world = World::start(images(1)).await;
    let config = world.sessions.config().to_builder().region(None).build();
    let error = Sessions::connect(config, 4).await.unwrap_err();
    assert!(matches!(error, SessionError::NoRegion));
    assert!(error.to_string().contains("no AWS Region is set"), "{error}");
}

#[tokio::test]
async fn credentials_that_expired_are_told_from_a_denied_call() {
    let world = World::start(images(1)).await;
    world.fault("sts:*", error("ExpiredToken"));
    let failed = Sessions::connect(world.sessions.config().clone(), 4).await.unwrap_err();
    let SessionError::Aws(failed) = failed else { panic!("{failed:?}") };
    assert_eq!(failed.kind, AwsErrorKind::Credentials, "{failed}");
    assert!(failed.next_step().unwrap().to_string().contains("renew the credentials"));
    assert!(failed.to_string().starts_with("sts:GetCallerIdentity in eu-west-1"), "{failed}");
}

#[tokio::test]
async fn credentials_that_are_not_there_are_told_from_no_answer() {
    let world = World::start(images(1)).await;
    let none = provide_credentials_fn(|| async { Err(CredentialsError::not_loaded("none")) });
    let config = world.sessions.config().to_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(none)).build();
    let failed = Sessions::connect(config, 4).await.unwrap_err();
    let SessionError::Aws(failed) = failed else { panic!("{failed:?}") };
    assert_eq!(failed.kind, AwsErrorKind::Credentials, "{failed}");
    assert_eq!(world.simulator.counts(), BTreeMap::new());
}

#[tokio::test]
async fn nobody_at_the_other_end_is_no_answer() {
    let world = World::start(images(1)).await;
    let sessions = Sessions::simulated(&world.simulator.endpoint(), place());
    drop(world.simulator);
    let failed = sessions.registry(&place()).images("dev/app").await.unwrap_err();
    assert_names(&failed, AwsErrorKind::Unavailable, "ecr:DescribeImages");
    assert!(std::error::Error::source(&failed).is_some());
}

#[tokio::test]
async fn accounts_and_regions_are_apart() {
    let world = World::start(images(1)).await;
    let elsewhere = Place { region: "us-east-1".parse().unwrap(), ..place() };
    assert_eq!(world.sessions.registry(&place()).repositories().await.unwrap().len(), 1);
    assert_eq!(world.sessions.registry(&elsewhere).repositories().await.unwrap().len(), 0);
}

/// Steps run many of these at once, on any thread.
#[tokio::test]
async fn every_act_can_move_between_threads() {
    fn moves(_: impl Send + 'static) {}
    let world = World::start(images(1)).await;
    let (sessions, registry) = (world.sessions.clone(), world.sessions.registry(&place()));
    moves(async move {
        let digests = [digest(1)];
        registry.repositories().await.map(drop)?;
        registry.images("dev/app").await.map(drop)?;
        registry.images_exactly("dev/app", &digests).await.map(drop)?;
        registry.manifests("dev/app", &digests).await.map(drop)?;
        sessions.registry_deleter(&place()).delete("dev/app", &digests).await.map(drop)?;
        sessions.enabled_regions(&place().account).await.map(drop)
    });
    moves(async move {
        world.scan(Source::Ecs).await.map(drop)?;
        world.scan(Source::Lambda).await.map(drop)
    });
}
