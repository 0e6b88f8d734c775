//! AWS Secrets Manager: reading the secrets of the home account and Region.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wire::{Answer, ApiError, Call, Outcome, epoch};

/// What Secrets Manager puts at the end of ARNs, after a hyphen; here the same for all.
const SUFFIX: &str = "AbCdEf";

/// The longest name or ARN that is asked for.
const LONGEST_ID: usize = 2048;

/// The id of the only version of a secret.
const VERSION: &str = "00000000-0000-4000-8000-000000000001";

/// A secret of the home account and Region, with one version.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct GivenSecret {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: SecretValue,
    /// When it was marked to be deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    /// The key that it is encrypted with, if that is not the one that AWS manages.
    pub kms_key_id: Option<String>,
}

/// What a secret holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// It was created without a value.
    #[default]
    None,
    /// Text.
    Text(String),
    /// Bytes, in base64.
    Binary(String),
}

impl GivenSecret {
    /// A secret that holds a text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), value: SecretValue::Text(text.to_owned()), ..Self::default() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "GetSecretValue" => get_secret_value(call),
        "DescribeSecret" => describe_secret(call),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// The current version; a secret that is marked to be deleted gives none.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
fn get_secret_value(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let secret = find(call, &input)?;
    // "The secret is scheduled for deletion", among the causes that the page above has.
    if secret.deleted_at.is_some() {
        let message =
            "You can't perform this operation on the secret because it was marked for deletion.";
        return Err(ApiError::new("InvalidRequestException", message));
    }
    let stage = input.version_stage.as_deref().unwrap_or("AWSCURRENT");
    let is_there = stage == "AWSCURRENT" && input.version_id.is_none_or(|id| id == VERSION);
    let (member, value) = match &secret.value {
        SecretValue::Text(text) if is_there => ("SecretString", text),
        SecretValue::Binary(bytes) if is_there => ("SecretBinary", bytes),
        _ => {
            let message = format!(
                "Secrets Manager can't find the specified secret value for staging label: {stage}"
            );
            return Err(ApiError::new("ResourceNotFoundException", message));
        }
    };
    let mut answer = described(call, secret);
    answer[member] = value.as_str().into();
    answer["VersionId"] = VERSION.into();
    answer["VersionStages"] = json!(["AWSCURRENT"]);
    Answer::json(&answer)
}

/// Everything but what it holds, also of a secret that is marked to be deleted.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
fn describe_secret(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let secret = find(call, &input)?;
    let mut answer = described(call, secret);
    if let Some(at) = secret.deleted_at {
        answer["DeletedDate"] = epoch(at);
    }
    if let Some(key) = &secret.kms_key_id {
        answer["KmsKeyId"] = key.as_str().into();
    }
    if secret.value != SecretValue::None {
        answer["VersionIdsToStages"] = json!({ VERSION: ["AWSCURRENT"] });
    }
    Answer::json(&answer)
}

fn described(call: &Call<'_>, secret: &GivenSecret) -> Value {
    json!({
        "ARN": arn(call, secret),
        "Name": secret.name,
        "CreatedDate": epoch(Timestamp::UNIX_EPOCH),
    })
}

fn arn(call: &Call<'_>, secret: &GivenSecret) -> String {
    let home = call.state.home();
    let GivenSecret { name, .. } = secret;
    format!("arn:aws:secretsmanager:{}:{}:secret:{name}-{SUFFIX}", home.region, home.account)
}

/// By its name, its ARN, or its ARN without what Secrets Manager puts at the end.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen>
fn find<'a>(call: &'a Call<'_>, input: &Input) -> Result<&'a GivenSecret, ApiError> {
    let id = input.secret_id.as_deref().unwrap_or_default();
    if id.is_empty() || id.len() > LONGEST_ID {
        let message = "Invalid secretId: it has 1 to 2048 characters.";
        return Err(ApiError::new("InvalidParameterException", message));
    }
    let is_home = call.caller.place == *call.state.home();
    let is_it = |secret: &&GivenSecret| {
        let arn = arn(call, secret);
        secret.name == id || arn == id || arn.strip_suffix(&format!("-{SUFFIX}")) == Some(id)
    };
    call.secrets.iter().filter(|_| is_home).find(is_it).ok_or_else(|| {
        let message = "Secrets Manager can't find the specified secret.";
        ApiError::new("ResourceNotFoundException", message)
    })
}
