//! AWS Organizations: which accounts there are, and in which units. The home account is the management account.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>

use ecr_sweep_core::{Account, UnitId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::partition;
use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch};

/// The organization's id: what seeded resource policies name where they admit the organization.
pub(crate) const ORGANIZATION: &str = "o-simulated1";

/// The id of its root.
const ROOT: &str = "r-simu";

/// The most accounts of a page, and as many as it has unless fewer are asked for.
const PAGE: usize = 20;

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "DescribeOrganization" => describe_organization(call),
        "ListAccounts" => list_accounts(call),
        "ListAccountsForParent" => list_accounts_for_parent(call),
        "ListOrganizationalUnitsForParent" => list_organizational_units_for_parent(call),
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
    parent_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// What a list is of: all, or what is right in the root or a unit.
enum Parent {
    All,
    Root,
    Unit(UnitId),
}

impl Input {
    /// No member account may ask.
    fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        if call.caller.place.account == call.state.home().account {
            return call.input();
        }
        Err(ApiError::new(
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        ))
    }

    fn parent(&self, call: &Call<'_>) -> Result<Parent, ApiError> {
        let id = self.parent_id.as_deref().ok_or_else(|| {
            ApiError::new("InvalidInputException", "You specified an invalid value: ParentId")
        })?;
        if id == ROOT {
            return Ok(Parent::Root);
        }
        let unit = call.state.units().keys().find(|unit| unit.as_str() == id);
        unit.cloned().map(Parent::Unit).ok_or_else(|| {
            ApiError::new("ParentNotFoundException", "You specified parent that doesn't exist.")
        })
    }

    fn page(
        &self,
        call: &Call<'_>,
        list: &'static str,
        rows: impl Iterator<Item = (String, Value)>,
    ) -> Outcome {
        let size = call.page_size(self.max_results, PAGE, PAGE).map_err(invalid)?;
        let parent = self.parent_id.as_deref().unwrap_or_default();
        let binding = Binding::new(&[&call.operation.name, parent]);
        let (rows, next) =
            page_of(rows, size, binding, self.next_token.as_deref()).map_err(invalid)?;
        let mut answer = json!({ list: rows });
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Answer::json(&answer)
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
fn list_accounts(call: &Call<'_>) -> Outcome {
    accounts(call, &Input::of(call)?, &Parent::All)
}

/// Not those of units in it.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html>
fn list_accounts_for_parent(call: &Call<'_>) -> Outcome {
    let input = Input::of(call)?;
    accounts(call, &input, &input.parent(call)?)
}

/// Of every account its state: `Status` was retired in September 2026.
fn accounts(call: &Call<'_>, input: &Input, parent: &Parent) -> Outcome {
    let is_in = |account: &Account| match (parent, call.state.unit_of(account)) {
        (Parent::All, _) | (Parent::Root, None) => true,
        (Parent::Unit(unit), Some(own)) => unit == own,
        (Parent::Root, Some(_)) | (Parent::Unit(_), None) => false,
    };
    let members = call.state.members().iter().filter(|(account, _)| is_in(account));
    let rows =
        members.map(|(account, state)| (account.to_string(), described(call, account, state)));
    input.page(call, "Accounts", rows)
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html>
fn list_organizational_units_for_parent(call: &Call<'_>) -> Outcome {
    let input = Input::of(call)?;
    let parent = input.parent(call)?;
    let is_in = |own: &Option<UnitId>| match (&parent, own) {
        (Parent::Unit(unit), Some(own)) => unit == own,
        (Parent::Root, None) => true,
        _ => false,
    };
    let units = call.state.units().iter().filter(|(_, own)| is_in(own));
    let rows = units.map(|(unit, _)| {
        let resource = format!("ou/{ORGANIZATION}/{unit}");
        let row =
            json!({ "Id": unit, "Arn": arn(call, &resource), "Name": format!("unit-{unit}") });
        (unit.to_string(), row)
    });
    input.page(call, "OrganizationalUnits", rows)
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
