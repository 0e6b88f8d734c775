//! AWS Secrets Manager: the addresses and tokens that notices are sent with. What is read is never
//! logged, and no error tells any of it.

use std::fmt;

use ecr_sweep_core::{Place, Region};
use ecr_sweep_protocol::{NextStep, SecretProblem};
use serde_json::{Map, Value, json};

use crate::answer::Answers;
use crate::call::Call;
use crate::signed::{Protocol, Reach, Service, SignedClient};
use crate::{AwsError, Sessions};

/// An answer always has its text or its bytes: which of them, the reader has to see.
const NO_ANSWERS: Answers = &[];

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>
const SECRETS: Service = Service {
    name: "secretsmanager",
    host: "secretsmanager",
    id: "Secrets Manager",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "secretsmanager" },
    answers: NO_ANSWERS,
};

/// What a secret holds. Neither of its ways to be printed shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// The secret itself, for whatever has to be sent with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }
}

/// A secret that was not read, or that holds nothing to be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The call did not give it.
    #[error(transparent)]
    Unread(#[from] AwsError),
    /// It holds no text that could be an address or a token.
    #[error("the secret `{id}` {problem}")]
    NoText {
        /// Its name or ARN.
        id: Box<str>,
        /// What it holds instead.
        problem: &'static str,
    },
}

impl SecretError {
    /// What whoever reads the error can do next, where there is anything.
    #[must_use]
    pub fn next_step(&self) -> Option<NextStep> {
        match self {
            Self::Unread(error) => error.next_step(),
            Self::NoText { id, .. } => {
                Some(NextStep::MendSecret { id: id.clone(), problem: SecretProblem::NoText })
            }
        }
    }
}

/// Reads a secret of the home account by its name, or by its ARN, which says its Region: what its current
/// version holds as text. White space around it is no part of it.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub async fn read(sessions: &Sessions, id: &str) -> Result<Secret, SecretError> {
    let answer = ask(sessions, "GetSecretValue", id).await?;
    text_of(&answer).map_err(|problem| SecretError::NoText { id: id.into(), problem })
}

/// What is known of a secret without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedSecret {
    /// Its ARN, with what Secrets Manager adds to its name.
    pub arn: Box<str>,
    /// Its KMS key, by ARN, id or alias; none: the one that AWS manages.
    pub key: Option<Box<str>>,
    /// Whether it is to be deleted, so that nobody can read it any more.
    pub is_marked_to_be_deleted: bool,
    /// Whether it has a current version.
    pub has_value: bool,
}

/// What is known of a secret; nothing of what it holds.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
pub async fn describe(sessions: &Sessions, id: &str) -> Result<DescribedSecret, AwsError> {
    let answer = ask(sessions, "DescribeSecret", id).await?;
    let text =
        |member: &str| answer.get(member).and_then(Value::as_str).filter(|it| !it.is_empty());
    let has = |member: &str| answer.get(member).is_some_and(|it| !it.is_null());
    let stages = answer.get("VersionIdsToStages").and_then(Value::as_object);
    let is_current = |stages: &Value| {
        stages.as_array().is_some_and(|them| them.iter().any(|it| it == "AWSCURRENT"))
    };
    let call = Call::new(SECRETS.name, "DescribeSecret", sessions.home()).about(id);
    Ok(DescribedSecret {
        arn: call.sent_text("ARN", text("ARN"))?,
        key: text("KmsKeyId").map(Into::into),
        is_marked_to_be_deleted: has("DeletedDate"),
        has_value: stages.is_some_and(|it| it.values().any(is_current)),
    })
}

/// Asks one thing about a secret.
async fn ask(sessions: &Sessions, operation: &'static str, id: &str) -> Result<Value, AwsError> {
    let home = sessions.home();
    let region = region_of(id)
        .map_err(|problem| Call::new(SECRETS.name, operation, home).about(id).refused(problem))?;
    let region = region.unwrap_or_else(|| home.region.clone());
    let place = Place { account: home.account.clone(), region };
    let call = Call::new(SECRETS.name, operation, &place).about(id);
    let client = SignedClient::of_secrets(&SECRETS, &sessions.reading_config(&place), &place);
    let members = Map::from_iter([("SecretId".to_owned(), json!(id))]);
    client.ask(&call, "", members).await
}

/// The Region in the ARN of a secret; none in a name.
fn region_of(id: &str) -> Result<Option<Region>, &'static str> {
    const NO_ARN: &str = "it is no ARN of a secret, such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf";
    if !id.starts_with("arn:") {
        return Ok(None);
    }
    match id.split(':').collect::<Vec<_>>()[..] {
        [_, _, "secretsmanager", region, _, "secret", name] if !name.is_empty() => {
            region.parse().map(Some).map_err(|_| NO_ARN)
        }
        _ => Err(NO_ARN),
    }
}

/// What an answer says. That there is no text is never the same as an empty one.
fn text_of(answer: &Value) -> Result<Secret, &'static str> {
    let text = match (answer.get("SecretString"), answer.get("SecretBinary")) {
        (Some(Value::String(text)), _) => text.trim(),
        (None | Some(Value::Null), Some(Value::String(_))) => {
            return Err("holds bytes and no text");
        }
        _ => return Err("holds no text"),
    };
    if text.is_empty() { Err("is empty") } else { Ok(Secret(text.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_text_is_no_secret() {
        for (answer, problem) in [
            (json!({}), "holds no text"),
            (json!({ "SecretString": null }), "holds no text"),
            (json!({ "SecretString": 1 }), "holds no text"),
            (json!({ "SecretBinary": "eG94Yg==" }), "holds bytes and no text"),
            (json!({ "SecretString": " \n" }), "is empty"),
        ] {
            assert_eq!(text_of(&answer), Err(problem), "{answer}");
        }
        let text = text_of(&json!({ "SecretString": " xoxb-1\n" }));
        assert_eq!(text.unwrap().reveal(), "xoxb-1");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = text_of(&json!({ "SecretString": "xoxb-1" })).unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "a secret Secret(..)");
    }

    #[test]
    fn an_arn_says_its_region_and_a_name_says_none() {
        let arn = "arn:aws:secretsmanager:eu-west-3:111122223333:secret:a/b-AbCdEf";
        assert_eq!(region_of(arn), Ok(Some("eu-west-3".parse().unwrap())));
        assert_eq!(region_of("notices/slack"), Ok(None));
        for other in ["arn:aws:s3:::bucket", "arn:aws:secretsmanager:eu-west-3:1:secret:", "arn:"] {
            assert!(region_of(other).is_err(), "{other}");
        }
    }
}
