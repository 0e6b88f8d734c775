//! Secrets are read whole or not at all, in the Region that their ARN says, and no error tells any
//! of one.

use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::secrets::{DescribedSecret, Secret, SecretError, describe, read};
use ecr_sweep_aws_sim::{GivenSecret, SecretValue, SimulatorOptions};
use ecr_sweep_test_world::error;
use serde_json::json;

use crate::world::{ACCOUNT, REGION, World, assert_names, now, place};

const TOKEN: &str = "xoxb-not-to-be-told";

async fn world() -> World {
    let with = |name: &str, value| GivenSecret { name: name.to_owned(), value, ..<_>::default() };
    World::with(SimulatorOptions {
        home: Some(place()),
        secrets: vec![
            GivenSecret::text("slack", TOKEN),
            GivenSecret::text("empty", ""),
            with("bytes", SecretValue::Binary("eG94Yg==".to_owned())),
            with("nothing", SecretValue::None),
            GivenSecret { deleted_at: Some(now()), ..GivenSecret::text("going", TOKEN) },
        ],
        ..SimulatorOptions::default()
    })
    .await
}

async fn failed(world: &World, id: &str) -> SecretError {
    let error = read(&world.sessions, id).await.unwrap_err();
    let text = format!("{error} {error:?} {}", error.next_step().unwrap());
    assert!(!text.contains("not-to-be-told"), "{text}");
    assert!(text.contains(id), "{text}");
    error
}

#[tokio::test]
async fn a_secret_is_read_by_name_and_by_arn_in_one_call() {
    let world = world().await;
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack-AbCdEf");
    for id in ["slack", &arn] {
        let secret: Secret = read(&world.sessions, id).await.unwrap();
        assert_eq!(secret.reveal(), TOKEN, "{id}");
    }
    assert_eq!(world.simulator.count("secretsmanager:GetSecretValue"), 2);
}

#[tokio::test]
async fn the_region_of_an_arn_is_where_it_is_read() {
    let world = world().await;
    let arn = format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf");
    let error = failed(&world, &arn).await;
    assert!(error.to_string().contains(&format!("{ACCOUNT}/us-east-1 found nothing")), "{error}");
    let error = read(&world.sessions, "arn:aws:s3:::slack").await.unwrap_err();
    assert!(error.to_string().contains("no ARN of a secret"), "{error}");
    assert_eq!(world.simulator.count("secretsmanager:GetSecretValue"), 1);
}

#[tokio::test]
async fn what_holds_no_text_is_told_from_what_is_not_there() {
    let world = world().await;
    for (id, problem, next) in [
        ("bytes", "holds bytes and no text", "put-secret-value --secret-id bytes"),
        ("empty", "is empty", "put-secret-value --secret-id empty"),
        ("nothing", "staging label: AWSCURRENT", "create-secret --name nothing"),
        ("absent", "can't find the specified secret", "create-secret --name absent"),
        ("going", "marked for deletion", "restore-secret --secret-id going"),
    ] {
        let error = failed(&world, id).await;
        assert!(error.to_string().contains(problem), "{error}");
        let told = error.next_step().unwrap().to_string();
        assert!(told.contains(next), "{told}");
    }
}

#[tokio::test]
async fn who_may_not_read_a_secret_or_use_its_key_is_told_so() {
    let world = world().await;
    for (code, kind, next) in [
        (
            "AccessDeniedException",
            AwsErrorKind::AccessDenied,
            "allow secretsmanager:GetSecretValue",
        ),
        ("DecryptionFailure", AwsErrorKind::InvalidRequest, "whether the secret's key is enabled"),
    ] {
        world.fault("secretsmanager:*", error(code));
        let error = read(&world.sessions, "slack").await.unwrap_err();
        let told = error.next_step().unwrap().to_string();
        assert!(told.contains(next), "{told}");
        let SecretError::Unread(error) = error else { panic!("{error:?}") };
        assert_names(&error, kind, "secretsmanager:GetSecretValue of `slack`");
    }
}

#[tokio::test]
async fn an_error_of_the_service_is_asked_again_and_an_answer_that_is_no_json_tells_nothing_of_it()
{
    let world = world().await;
    world.faults(&json!({
        "operation": "secretsmanager:GetSecretValue",
        "times": 1,
        "effect": { "error": { "code": "InternalServiceError", "status": 500 } },
    }));
    assert_eq!(read(&world.sessions, "slack").await.unwrap().reveal(), TOKEN);
    assert_eq!(world.simulator.count("secretsmanager:GetSecretValue"), 2);
    for body in [format!("{{\"SecretString\":\"{TOKEN}"), format!("\"{TOKEN}\"")] {
        world.respond("secretsmanager:GetSecretValue", body);
        let error = read(&world.sessions, "slack").await.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("not-to-be-told"), "{error:?}");
    }
}

#[tokio::test]
async fn a_secret_is_described_without_being_read() {
    let world = world().await;
    for (id, is_marked_to_be_deleted, has_value) in
        [("slack", false, true), ("going", true, true), ("nothing", false, false)]
    {
        let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{id}-AbCdEf").into();
        let expected = DescribedSecret { arn, key: None, is_marked_to_be_deleted, has_value };
        assert_eq!(describe(&world.sessions, id).await.unwrap(), expected, "{id}");
    }
    let error = describe(&world.sessions, "absent").await.unwrap_err();
    assert_names(&error, AwsErrorKind::NotFound, "secretsmanager:DescribeSecret of `absent`");
    assert_eq!(world.simulator.count("secretsmanager:GetSecretValue"), 0);
}
