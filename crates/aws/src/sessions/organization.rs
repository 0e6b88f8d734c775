//! AWS Organizations: every account that may pull.

use ecr_sweep_core::Account;
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

/// The most accounts that a page has.
const ACCOUNTS_A_PAGE: i32 = 20;

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
struct ListAccounts {
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
        let mut members = every_page(call, |next_token| {
            let list = ListAccounts { max_results: ACCOUNTS_A_PAGE, next_token };
            async move {
                let page: Listed = client.send(call, &list).await?;
                let accounts = call.sent("Accounts", page.accounts)?;
                let read = accounts.iter().map(|account| read(call, account));
                Ok(Page { items: read.collect::<Result<_, _>>()?, next: page.next_token })
            }
        })
        .await?;
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
}

fn read(call: &Call<'_>, account: &AccountRow) -> Result<Member, AwsError> {
    let id = call.sent_text("Id", account.id.as_deref())?;
    Ok(Member {
        account: id.parse().map_err(|error| call.unreadable(format!("{error}")))?,
        state: account.state.as_deref().map(Into::into),
    })
}
