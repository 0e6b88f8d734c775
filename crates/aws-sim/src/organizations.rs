//! AWS Organizations: which accounts there are. The home account is the management account.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>

use ecr_sweep_core::Account;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::partition;
use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch};

/// The organization's id: what seeded resource policies name where they admit the organization.
pub(crate) const ORGANIZATION: &str = "o-simulated1";

/// The most accounts of a page, and as many as it has unless fewer are asked for.
const PAGE: usize = 20;

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "DescribeOrganization" => describe_organization(call),
        "ListAccounts" => list_accounts(call),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html>
fn describe_organization(call: &Call<'_>) -> Outcome {
    let own = &call.caller.place.account;
    if !call.state.members().contains_key(own) {
        return Err(ApiError::new(
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        ));
    }
    let management = &call.state.home().account;
    Answer::json(&json!({ "Organization": {
        "Id": ORGANIZATION,
        "Arn": arn(call, &format!("organization/{ORGANIZATION}")),
        "FeatureSet": "ALL",
        "MasterAccountArn": account_arn(call, management),
        "MasterAccountId": management,
        "MasterAccountEmail": email(management),
    } }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// Of every account its state: `Status` was retired in September 2026. No member account may ask.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
fn list_accounts(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    if call.caller.place.account != call.state.home().account {
        return Err(ApiError::new(
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        ));
    }
    let size = call.page_size(input.max_results, PAGE, PAGE).map_err(invalid)?;
    let rows = call
        .state
        .members()
        .iter()
        .map(|(account, state)| (account.as_str(), described(call, account, state)));
    let binding = Binding::new(&[&call.operation.name]);
    let (accounts, next) =
        page_of(rows, size, binding, input.next_token.as_deref()).map_err(invalid)?;
    let mut answer = json!({ "Accounts": accounts });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Answer::json(&answer)
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
fn described(call: &Call<'_>, account: &Account, state: &str) -> Value {
    json!({
        "Id": account,
        "Arn": account_arn(call, account),
        "Email": email(account),
        "Name": format!("account-{account}"),
        "State": state,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": epoch(jiff::Timestamp::UNIX_EPOCH),
    })
}

fn account_arn(call: &Call<'_>, account: &Account) -> String {
    arn(call, &format!("account/{ORGANIZATION}/{account}"))
}

fn arn(call: &Call<'_>, resource: &str) -> String {
    let home = call.state.home();
    format!("arn:{}:organizations::{}:{resource}", partition(&home.region), home.account)
}

fn email(account: &Account) -> String {
    format!("{account}@example.com")
}

fn invalid(error: ApiError) -> ApiError {
    ApiError::new("InvalidInputException", error.message)
}
