//! AWS Resource Explorer: what it has indexed of an account. It need not know all that is there, nor
//! lately: what it knows is there, and its silence says nothing.

use std::collections::BTreeSet;

use ecr_sweep_core::{Account, Place, Region};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::AwsError;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::sessions::Sessions;
use crate::signed::{Protocol, Reach, Service, SignedClient};

/// <https://docs.aws.amazon.com/resource-explorer/latest/apireference/Welcome.html>
const EXPLORER: Service = Service {
    name: "resource-explorer-2",
    host: "resource-explorer-2",
    id: "Resource Explorer 2",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    // Each item is read.
    answers: &[],
};

/// The most that a search finds, and that a page has.
const MOST: u32 = 1000;

/// The longest query.
///
/// <https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_Search.html>
const LONGEST: usize = 1280;

/// A resource that is there, or was lately.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Indexed {
    /// Where it is.
    pub region: Region,
    /// Its type, as Resource Explorer spells it: `batch:job-definition`.
    pub resource_type: Box<str>,
    /// Its ARN.
    pub arn: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Indexes {
    indexes: Option<Vec<IndexRow>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexRow {
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SearchResult {
    resources: Option<Vec<ResourceRow>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceRow {
    arn: Option<String>,
    owning_account_id: Option<String>,
    region: Option<String>,
    resource_type: Option<String>,
}

impl Sessions {
    /// What Resource Explorer knows of resources of these types in an account: of all Regions where it
    /// has an aggregator index, else of the caller's Region. Of more than a thousand, no more is told.
    ///
    /// An account without an index, or of which nobody may ask, is an error.
    pub async fn search_resources(
        &self,
        account: &Account,
        types: &BTreeSet<&str>,
    ) -> Result<Vec<Indexed>, AwsError> {
        let near = Place { account: account.clone(), region: self.home().region.clone() };
        let place = match self.aggregator_region(&near).await? {
            Some(region) => Place { region, ..near },
            None => near,
        };
        let client = &SignedClient::new(&EXPLORER, &self.reading_config(&place), &place);
        let call = &Call::new(EXPLORER.name, "Search", &place);
        let mut found = Vec::new();
        for query in queries(types) {
            let rows = every_page(call, |token| {
                let mut members =
                    members([("QueryString", json!(query)), ("MaxResults", json!(MOST))]);
                members.extend(token.map(|token| ("NextToken".to_owned(), token.into())));
                async move {
                    let page: SearchResult = read(client, call, "POST /Search", members).await?;
                    let items = call.sent("Resources", page.resources)?;
                    Ok(Page { items, next: page.next_token })
                }
            });
            found.extend(rows.await?);
        }
        let mut indexed = BTreeSet::new();
        for row in found {
            // Keywords find more than what they are meant for, and a view may show other accounts.
            let resource_type = call.sent_text("ResourceType", row.resource_type.as_deref())?;
            let is_others = row.owning_account_id.is_some_and(|owner| owner != account.as_str());
            if is_others || !types.contains(&*resource_type) {
                continue;
            }
            let arn = call.sent_text("Arn", row.arn.as_deref())?;
            let region = call.sent_text("Region", row.region.as_deref())?;
            let region = region
                .parse()
                .map_err(|error| call.about(&arn).unreadable(format!("`{region}`: {error}")))?;
            indexed.insert(Indexed { region, resource_type, arn });
        }
        Ok(indexed.into_iter().collect())
    }

    /// <https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_ListIndexes.html>
    async fn aggregator_region(&self, place: &Place) -> Result<Option<Region>, AwsError> {
        let client = &SignedClient::new(&EXPLORER, &self.reading_config(place), place);
        let call = &Call::new(EXPLORER.name, "ListIndexes", place);
        let members = members([("Type", json!("AGGREGATOR"))]);
        let listed: Indexes = read(client, call, "POST /ListIndexes", members).await?;
        let indexes = call.sent("Indexes", listed.indexes)?;
        let Some(index) = indexes.into_iter().next() else { return Ok(None) };
        let region = call.sent_text("Region", index.region.as_deref())?;
        region.parse().map(Some).map_err(|error| call.unreadable(format!("{error}")))
    }
}

async fn read<T: DeserializeOwned>(
    client: &SignedClient,
    call: &Call<'_>,
    http: &str,
    members: Map<String, Value>,
) -> Result<T, AwsError> {
    let answer = client.ask(call, http, members).await?;
    serde_json::from_value(answer).map_err(|error| call.unreadable(error.to_string()))
}

fn members<const N: usize>(of: [(&str, Value); N]) -> Map<String, Value> {
    of.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Keywords, of which any has to fit; no query is too long.
///
/// <https://docs.aws.amazon.com/resource-explorer/latest/userguide/using-search-query-syntax.html>
fn queries(types: &BTreeSet<&str>) -> Vec<String> {
    let mut queries: Vec<String> = Vec::new();
    for keyword in types.iter().map(|it| format!("\"{it}\"")) {
        match queries.last_mut() {
            Some(query) if query.len() + 1 + keyword.len() <= LONGEST => {
                query.push(' ');
                query.push_str(&keyword);
            }
            _ => queries.push(keyword),
        }
    }
    queries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_asked_for_together_as_long_as_the_query_may_be() {
        assert_eq!(queries(&["a:b", "c:d"].into()), ["\"a:b\" \"c:d\""]);
        assert!(queries(&BTreeSet::new()).is_empty());
        let long: Vec<String> =
            (0..100).map(|number| format!("service:resource-{number}")).collect();
        let split = queries(&long.iter().map(String::as_str).collect());
        assert!(split.len() > 1 && split.iter().all(|query| query.len() <= LONGEST));
        assert_eq!(split.iter().flat_map(|query| query.split(' ')).count(), 100);
    }
}
