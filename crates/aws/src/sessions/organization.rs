//! AWS Organizations: every account that may pull.

use ecr_sweep_core::Account;

use super::Sessions;
use super::clients::client;
use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>
const ANSWERS: Answers = &[
    ("DescribeOrganization", &["Organization.Id", "Organization.MasterAccountId"]),
    ("ListAccounts", &["Accounts[].Id"]),
];

/// The most accounts that a page has.
const ACCOUNTS_A_PAGE: i32 = 20;

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
        let client = client!(aws_sdk_organizations, config, home, "organizations", ANSWERS);
        let call = &Call::new("organizations", "DescribeOrganization", home);
        let described = client.describe_organization().send().await;
        let described = described.map_err(|error| call.failed(error))?;
        let organization = call.sent("Organization", described.organization())?;
        let id = call.sent_text("Organization.Id", organization.id())?;
        let management = organization.master_account_id();
        let management = call.sent_text("Organization.MasterAccountId", management)?;
        let call = &Call::new("organizations", "ListAccounts", home);
        let mut members = every_page(call, |token| {
            let list = client.list_accounts().max_results(ACCOUNTS_A_PAGE).set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
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
        tracing::debug!(organization = &*id, accounts = members.len(), "listed accounts");
        Ok(Organization { id, members })
    }
}

fn read(
    call: &Call<'_>,
    account: &aws_sdk_organizations::types::Account,
) -> Result<Member, AwsError> {
    let id = call.sent_text("Id", account.id())?;
    Ok(Member {
        account: id.parse().map_err(|error| call.unreadable(format!("{error}")))?,
        state: account.state().map(|state| state.as_str().into()),
    })
}
