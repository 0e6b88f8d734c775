//! Secrets Manager: a secret is found by name and ARN, and read unless it is marked to be deleted.

use ecr_sweep_aws_sim::{GivenSecret, SecretValue, SimulatorOptions};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World, assert_refused, now, place};

fn world() -> World {
    let of = |name: &str, value| GivenSecret { name: name.to_owned(), value, ..<_>::default() };
    World::with(SimulatorOptions {
        home: Some(place()),
        secrets: vec![
            GivenSecret::text("notices/slack", "xoxb-1"),
            of("bytes", SecretValue::Binary("eG94Yg==".to_owned())),
            of("nothing", SecretValue::None),
            GivenSecret {
                deleted_at: Some(now()),
                kms_key_id: Some("alias/notices".to_owned()),
                ..GivenSecret::text("going", "xoxb-2")
            },
        ],
        ..SimulatorOptions::default()
    })
}

fn value(world: &World, id: &str) -> Result<Value, crate::world::Refusal> {
    world.secrets("GetSecretValue", json!({ "SecretId": id }))
}

#[test]
fn a_secret_is_found_by_name_and_by_arn_with_and_without_its_end() {
    let world = world();
    let whole = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:notices/slack-AbCdEf");
    for id in ["notices/slack", &whole, whole.strip_suffix("-AbCdEf").unwrap()] {
        let answer = value(&world, id).unwrap();
        assert_eq!(answer["SecretString"], "xoxb-1", "{id}");
        assert_eq!((&answer["ARN"], &answer["Name"]), (&json!(whole), &json!("notices/slack")));
        assert_eq!(answer["VersionStages"], json!(["AWSCURRENT"]));
    }
    // A name is without what ends its ARN.
    for id in ["notices/slack-AbCdEf", "notices", "Notices/slack"] {
        assert_refused(value(&world, id), "ResourceNotFoundException");
    }
}

#[test]
fn a_secret_has_text_or_bytes_or_nothing_to_be_read() {
    let world = world();
    let bytes = value(&world, "bytes").unwrap();
    assert_eq!(
        (&bytes["SecretBinary"], &bytes["SecretString"]),
        (&json!("eG94Yg=="), &Value::Null)
    );
    let message = assert_refused(value(&world, "nothing"), "ResourceNotFoundException");
    assert!(message.contains("AWSCURRENT"), "{message}");
    let other = json!({ "SecretId": "notices/slack", "VersionStage": "AWSPREVIOUS" });
    assert_refused(world.secrets("GetSecretValue", other), "ResourceNotFoundException");
}

#[test]
fn a_secret_that_is_to_be_deleted_is_described_and_not_read() {
    let world = world();
    let message = assert_refused(value(&world, "going"), "InvalidRequestException");
    assert!(message.contains("marked for deletion"), "{message}");
    let described = world.secrets("DescribeSecret", json!({ "SecretId": "going" })).unwrap();
    assert!(described["DeletedDate"].is_number(), "{described}");
    assert_eq!(described["KmsKeyId"], "alias/notices");
    assert_eq!(described.get("SecretString"), None);
    let other = world.secrets("DescribeSecret", json!({ "SecretId": "notices/slack" })).unwrap();
    assert_eq!((other.get("DeletedDate"), other.get("KmsKeyId")), (None, None));
}

#[test]
fn another_region_has_other_secrets_and_what_is_no_id_is_refused() {
    let mut world = world();
    assert_refused(value(&world, ""), "InvalidParameterException");
    assert_refused(value(&world, &"x".repeat(2049)), "InvalidParameterException");
    assert_refused(world.secrets("GetSecretValue", json!({})), "InvalidParameterException");
    assert_refused(world.secrets("ListSecrets", json!({})), "UnknownOperationException");
    world.region = "us-east-1".to_owned();
    assert_refused(value(&world, "notices/slack"), "ResourceNotFoundException");
}
