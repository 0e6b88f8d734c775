//! AWS Organizations: every account that may pull.

use std::collections::BTreeSet;

use ecr_sweep_core::{Account, Place, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Sessions;
use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::signed::{Protocol, Reach, Service, SignedClient};

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>
const ANSWERS: Answers = &[
    ("DescribeOrganization", &["Organization.Id", "Organization.MasterAccountId"]),
    ("ListAccounts", &["Accounts[].Id"]),
    ("ListAccountsForParent", &["Accounts[].Id"]),
    ("ListOrganizationalUnitsForParent", &["OrganizationalUnits[].Id"]),
];

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>
pub(crate) const ORGANIZATIONS: Service = Service {
    name: "organizations",
    host: "organizations",
    id: "Organizations",
    reach: Reach::Partition { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.1", target: "AWSOrganizationsV20161128" },
    answers: ANSWERS,
};

/// The most accounts, or units, that a page has.
const ROWS_A_PAGE: i32 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    organization: Option<OrganizationRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationRow {
    id: Option<String>,
    master_account_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<&'p str>,
    max_results: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    accounts: Option<Vec<AccountRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedUnits {
    organizational_units: Option<Vec<UnitRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnitRow {
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountRow {
    id: Option<String>,
    state: Option<String>,
}

/// The organization of the caller's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id, such as `o-exampleorgid`: resource policies name it.
    pub id: Box<str>,
    /// Its accounts, sorted, whatever their state: in one that is suspended something may still
    /// run, and one that was closed can be opened again.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html>
    pub members: Vec<Member>,
}

/// An account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The account.
    pub account: Account,
    /// Where it is between its making and its end, such as `ACTIVE`; none if that is not told.
    pub state: Option<Box<str>>,
}

impl Sessions {
    /// The organization with all its accounts. Only its management account and delegated
    /// administrators may list them.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
    pub async fn organization(&self) -> Result<Organization, AwsError> {
        let (config, home) = (self.config(), self.home());
        let client = &SignedClient::new(&ORGANIZATIONS, config, home);
        let call = &Call::new("organizations", "DescribeOrganization", home);
        let described: Described = client.send(call, &json!({})).await?;
        let organization = call.sent("Organization", described.organization)?;
        let id = call.sent_text("Organization.Id", organization.id.as_deref())?;
        let management = organization.master_account_id.as_deref();
        let management = call.sent_text("Organization.MasterAccountId", management)?;
        let call = &Call::new("organizations", "ListAccounts", home);
        let mut members = list_members(client, call, None).await?;
        members.sort();
        members.dedup();
        let is_member = |name: &str| members.iter().any(|member| member.account.as_str() == name);
        if let Some(absent) =
            [home.account.as_str(), &management].into_iter().find(|it| !is_member(it))
        {
            return Err(call.unreadable(format!("the account {absent} is not in it")));
        }
        tracing::info!(organization = &*id, accounts = members.len(), "listed accounts");
        Ok(Organization { id, members })
    }

    /// The accounts of organizational units and of the units in them, sorted, whatever their state.
    /// One that does not exist is an error.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html>
    pub async fn members_of(&self, units: &BTreeSet<UnitId>) -> Result<Vec<Member>, AwsError> {
        let (config, home) = (self.config(), self.home());
        let client = &SignedClient::new(&ORGANIZATIONS, config, home);
        let mut open: Vec<UnitId> = units.iter().cloned().collect();
        let (mut seen, mut members) = (BTreeSet::new(), BTreeSet::new());
        while let Some(unit) = open.pop() {
            if !seen.insert(unit.clone()) {
                continue;
            }
            let parent = unit.as_str();
            let call = Call::new("organizations", "ListAccountsForParent", home);
            members.extend(list_members(client, &call.about(parent), Some(parent)).await?);
            open.extend(list_units(client, home, parent).await?);
        }
        tracing::info!(units = seen.len(), accounts = members.len(), "listed accounts of units");
        Ok(members.into_iter().collect())
    }
}

/// The accounts of the organization, or those right in one of its units.
async fn list_members(
    client: &SignedClient,
    call: &Call<'_>,
    parent_id: Option<&str>,
) -> Result<Vec<Member>, AwsError> {
    every_page(call, |next_token| {
        let list = List { parent_id, max_results: ROWS_A_PAGE, next_token };
        async move {
            let page: Listed = client.send(call, &list).await?;
            let accounts = call.sent("Accounts", page.accounts)?;
            let read = accounts.iter().map(|account| read(call, account));
            Ok(Page { items: read.collect::<Result<_, _>>()?, next: page.next_token })
        }
    })
    .await
}

/// The units right in a unit.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html>
async fn list_units(
    client: &SignedClient,
    home: &Place,
    parent: &str,
) -> Result<Vec<UnitId>, AwsError> {
    let call = Call::new("organizations", "ListOrganizationalUnitsForParent", home);
    let call = &call.about(parent);
    every_page(call, |next_token| {
        let list = List { parent_id: Some(parent), max_results: ROWS_A_PAGE, next_token };
        async move {
            let page: ListedUnits = client.send(call, &list).await?;
            let units = call.sent("OrganizationalUnits", page.organizational_units)?;
            let read = units.iter().map(|unit| {
                let id = call.sent_text("Id", unit.id.as_deref())?;
                id.parse().map_err(|error| call.unreadable(format!("{error}")))
            });
            Ok(Page { items: read.collect::<Result<_, _>>()?, next: page.next_token })
        }
    })
    .await
}

fn read(call: &Call<'_>, account: &AccountRow) -> Result<Member, AwsError> {
    let id = call.sent_text("Id", account.id.as_deref())?;
    Ok(Member {
        account: id.parse().map_err(|error| call.unreadable(format!("{error}")))?,
        state: account.state.as_deref().map(Into::into),
    })
}
