//! AWS STS: who calls, and roles of other accounts.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

use ecr_sweep_core::{Account, Place};
use jiff::{SignedDuration, Timestamp};

use crate::arn::partition;
use crate::wire::{Answer, ApiError, Call, Outcome, escape};

/// What session tokens begin with; what follows is the assumed role's ARN.
const SESSION: &str = "simulated-session:";

/// Every operation that is known; the others of the service are an `InvalidAction`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "AssumeRole" => assume_role(call),
        "GetCallerIdentity" => Ok(get_caller_identity(call)),
        other => Err(ApiError::new(
            "InvalidAction",
            format!("Could not find operation {other} for version 2011-06-15"),
        )),
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
fn get_caller_identity(call: &Call<'_>) -> Answer {
    let account = &call.caller.place.account;
    let arn = caller_arn(call);
    answer(
        "GetCallerIdentity",
        &format!(
            "<Arn>{}</Arn><UserId>{}</UserId><Account>{account}</Account>",
            escape(&arn),
            escape(&call.caller.access_key)
        ),
    )
}

/// Who calls: a session of a role, or the user that everybody else is.
pub(crate) fn caller_arn(call: &Call<'_>) -> String {
    let Place { account, region } = &call.caller.place;
    match call.caller.session.as_deref().and_then(|it| it.strip_prefix(SESSION)) {
        Some(arn) => arn.to_owned(),
        None => format!("arn:{}:iam::{account}:user/simulated", partition(region)),
    }
}

/// Credentials of the role's account: its 12 digits as the access key id. A role that is not there
/// is denied as one that does not trust the caller; no other trust is checked. They expire by the system's clock, as clients compare with it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn assume_role(call: &Call<'_>) -> Outcome {
    let field = |name: &str| {
        form_urlencoded::parse(call.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .ok_or_else(|| invalid(&format!("Value null at '{name}' must not be null")))
    };
    let role = field("RoleArn")?;
    let session = field("RoleSessionName")?;
    let (account, name) =
        account_and_name(&role).ok_or_else(|| invalid(&format!("{role} is invalid")))?;
    if !call.state.has_role(&account, name) {
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
            caller_arn(call)
        );
        return Err(ApiError::new("AccessDenied", message).with_status(403));
    }
    let seconds = match field("DurationSeconds") {
        Err(_) => 3600,
        Ok(text) => text
            .parse()
            .ok()
            .filter(|seconds| (900..=43_200).contains(seconds))
            .ok_or_else(|| invalid("DurationSeconds must be between 900 and 43200"))?,
    };
    let arn = format!(
        "arn:{}:sts::{account}:assumed-role/{name}/{session}",
        partition(&call.caller.place.region)
    );
    let expiration =
        Timestamp::now().checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let arn = escape(&arn);
    Ok(answer(
        "AssumeRole",
        &format!(
            "<Credentials><AccessKeyId>{account}</AccessKeyId>\
             <SecretAccessKey>simulated</SecretAccessKey>\
             <SessionToken>{SESSION}{arn}</SessionToken>\
             <Expiration>{expiration:.0}</Expiration></Credentials>\
             <AssumedRoleUser><AssumedRoleId>AROASIMULATED:{session}</AssumedRoleId>\
             <Arn>{arn}</Arn></AssumedRoleUser>",
            session = escape(&session),
        ),
    ))
}

fn account_and_name(role: &str) -> Option<(Account, &str)> {
    let mut parts = role.splitn(6, ':').skip(2);
    let ("iam", "", account) = (parts.next()?, parts.next()?, parts.next()?) else { return None };
    let name = parts.next()?.strip_prefix("role/")?;
    Some((account.parse().ok()?, name.rsplit_once('/').map_or(name, |(_, name)| name)))
}

fn invalid(message: &str) -> ApiError {
    ApiError::new("ValidationError", message)
}

fn answer(operation: &str, result: &str) -> Answer {
    Answer::xml(format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId>\
         </ResponseMetadata></{operation}Response>"
    ))
}
