//! AWS Resource Explorer: what it has indexed of an account, which is what a test says.
//!
//! <https://docs.aws.amazon.com/resource-explorer/latest/apireference/Welcome.html>

use ecr_sweep_core::{Place, Region};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::arn;
use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome};

/// The most of a page, and the rows that it has unless others are asked for.
const MOST: usize = 1000;
const PAGE: usize = 100;

/// What Resource Explorer has indexed.
#[derive(Debug, Clone, Default)]
pub struct Explorer {
    /// The Region of the aggregator index, in every account; none: each Region has an index of its own.
    pub aggregator: Option<Region>,
    /// Where each resource is, and its type and ARN.
    pub resources: Vec<(Place, String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    query_string: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "ListIndexes" => list_indexes(call),
        "Search" => search(call),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// Only the aggregator's.
fn list_indexes(call: &Call<'_>) -> Outcome {
    let aggregator = call.state.explorer().and_then(|explorer| explorer.aggregator.clone());
    let index = |region: Region| {
        let place = Place { region, ..call.caller.place.clone() };
        let id = "index/00000000-0000-0000-0000-000000000001";
        let arn = arn("resource-explorer-2", &place, id);
        json!({ "Arn": arn, "Region": place.region, "Type": "AGGREGATOR" })
    };
    let indexes: Vec<Value> = aggregator.map(index).into_iter().collect();
    Answer::json(&json!({ "Indexes": indexes }))
}

/// What has any of the quoted keywords in its type. Where it is not turned on, nobody is authorized.
fn search(call: &Call<'_>) -> Outcome {
    let Some(explorer) = call.state.explorer() else {
        let message = "Resource Explorer isn't turned on in this Region.";
        return Err(ApiError::new("UnauthorizedException", message).with_status(401));
    };
    let input: Input = call.input()?;
    let own = &call.caller.place;
    let sees_all = explorer.aggregator.as_ref() == Some(&own.region);
    let keywords: Vec<&str> = input.query_string.split('"').filter(|it| it.contains(':')).collect();
    let found = explorer.resources.iter().filter(|(place, of_type, _)| {
        place.account == own.account
            && (sees_all || place.region == own.region)
            && keywords.iter().any(|keyword| of_type.contains(keyword))
    });
    let rows = found.map(|(place, of_type, arn)| {
        let row = json!({
            "Arn": arn,
            "OwningAccountId": place.account,
            "Region": place.region,
            "ResourceType": of_type,
            "Service": of_type.split(':').next(),
        });
        (arn.as_str(), row)
    });
    let size = call.page_size(input.max_results, PAGE, MOST)?;
    let binding = Binding::new(&[&call.operation.name, &input.query_string]);
    let (resources, next) = page_of(rows, size, binding, input.next_token.as_deref())?;
    let mut answer = json!({
        "Resources": resources,
        "Count": { "Complete": true, "TotalResources": explorer.resources.len() },
    });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Answer::json(&answer)
}
