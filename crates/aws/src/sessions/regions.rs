//! AWS Account Management: the Regions of an account.

use ecr_sweep_core::{Account, Place, Region};
use serde::{Deserialize, Serialize};

use super::Sessions;
use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::signed::{Protocol, Reach, Service};

/// <https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html>
const ANSWERS: Answers = &[("ListRegions", &["Regions[].RegionName"])];

/// <https://docs.aws.amazon.com/accounts/latest/reference/welcome.html>
pub(crate) const ACCOUNT: Service = Service {
    name: "account",
    host: "account",
    id: "Account",
    reach: Reach::Partition { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: ANSWERS,
};

/// The most Regions that a page has.
const REGIONS_A_PAGE: i32 = 50;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListRegions {
    max_results: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    regions: Option<Vec<RegionRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RegionRow {
    region_name: Option<String>,
    region_opt_status: Option<String>,
}

impl Sessions {
    /// The Regions in which an account can have anything, sorted. Those that are being enabled or
    /// disabled count: something may run there.
    ///
    /// <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>
    pub async fn enabled_regions(&self, account: &Account) -> Result<Vec<Region>, AwsError> {
        let place = Place { account: account.clone(), region: self.home().region.clone() };
        let call = &Call::new("account", "ListRegions", &place);
        let clients = self.clients(&place);
        let client = clients.account();
        let mut regions = every_page(call, |next_token| {
            let list = ListRegions { max_results: REGIONS_A_PAGE, next_token };
            async move {
                let page: Listed = client.send(call, &list).await?;
                let mut items = Vec::new();
                for region in call.sent("Regions", page.regions)? {
                    if region.region_opt_status.as_deref() == Some("DISABLED") {
                        continue;
                    }
                    let name = call.sent_text("RegionName", region.region_name.as_deref())?;
                    let name = name.parse::<Region>();
                    items.push(name.map_err(|error| call.unreadable(error.to_string()))?);
                }
                Ok(Page { items, next: page.next_token })
            }
        })
        .await?;
        regions.sort();
        regions.dedup();
        let home = self.home();
        if *account == home.account && !regions.contains(&home.region) {
            return Err(
                call.unreadable(format!("the caller's own Region {} is not in it", home.region))
            );
        }
        if regions.is_empty() {
            return Err(call.unreadable("no account is without Regions"));
        }
        tracing::info!(%account, regions = regions.len(), "listed Regions");
        Ok(regions)
    }
}
