//! AWS Account Management: which Regions are enabled.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html>

use ecr_sweep_core::{Account, Region};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    account_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    region_name: Option<String>,
    #[serde(default)]
    region_opt_status_contains: Vec<String>,
}

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    match call.operation.name.as_str() {
        "ListRegions" => list_regions(call, &input),
        "GetRegionOptStatus" => get_region_opt_status(call, &input),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// The caller's account; or another one of the organization, for its management account.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>
fn account(call: &Call<'_>, input: &Input) -> Result<Account, ApiError> {
    let own = &call.caller.place.account;
    let Some(id) = &input.account_id else { return Ok(own.clone()) };
    let account: Account = id
        .parse()
        .map_err(|_| ApiError::new("ValidationException", "accountId must be 12 digits"))?;
    // The management account's own has to be left out.
    if *own == call.state.home().account
        && account != *own
        && call.state.members().contains_key(&account)
    {
        return Ok(account);
    }
    let message = format!("User is not authorized to perform: account:{}", call.operation.name);
    Err(ApiError::new("AccessDeniedException", message).with_status(403))
}

/// 50 a page.
fn list_regions(call: &Call<'_>, input: &Input) -> Outcome {
    let account = account(call, input)?;
    let wanted = &input.region_opt_status_contains;
    let rows = call
        .state
        .regions(&account)
        .iter()
        .filter(|region| wanted.is_empty() || wanted.iter().any(|wanted| wanted == status(region)))
        .map(|region| (region.as_str(), described(region)));
    let size = call.page_size(input.max_results, 50, 50).map_err(validation)?;
    let binding = Binding::new(&[&call.operation.name, account.as_str(), &wanted.join(",")]);
    let (regions, next) =
        page_of(rows, size, binding, input.next_token.as_deref()).map_err(validation)?;
    let mut answer = json!({ "Regions": regions });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Answer::json(&answer)
}

fn get_region_opt_status(call: &Call<'_>, input: &Input) -> Outcome {
    let account = account(call, input)?;
    let name = required(input.region_name.as_deref(), "RegionName").map_err(validation)?;
    match call.state.regions(&account).iter().find(|region| region.as_str() == name) {
        Some(region) => Answer::json(&described(region)),
        None => Answer::json(&json!({ "RegionName": name, "RegionOptStatus": "DISABLED" })),
    }
}

fn described(region: &Region) -> Value {
    json!({ "RegionName": region, "RegionOptStatus": status(region) })
}

/// The Regions that every account has enabled. Those since 2019 are opt-in.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
pub const REGIONS_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

fn status(region: &Region) -> &'static str {
    if REGIONS_BY_DEFAULT.contains(&region.as_str()) { "ENABLED_BY_DEFAULT" } else { "ENABLED" }
}

fn validation(error: ApiError) -> ApiError {
    ApiError::new("ValidationException", error.message)
}
