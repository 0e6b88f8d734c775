//! AWS `CloudTrail`: the event history of an account and Region.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::paging::{Binding, page_of};
use crate::rate::Rate;
use crate::wire::{Answer, ApiError, Call, Outcome, epoch};

/// The most events of a page, and as many as it has unless fewer are asked for.
const PAGE: usize = 50;

/// How long events can be looked up.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Two lookups a second for each account and Region; more are a `ThrottlingException`.
pub(crate) fn rate() -> Option<Rate> {
    "cloudtrail:LookupEvents=2".parse().ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    start_time: Option<f64>,
    end_time: Option<f64>,
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_key: String,
    attribute_value: String,
}

/// The one operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "LookupEvents" => lookup_events(call),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// The newest first. Of the attributes only the event's name is known.
fn lookup_events(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let now = call.now.as_second() as f64;
    let oldest = now - KEPT_FOR.as_secs_f64();
    let (start, end) = (input.start_time.unwrap_or(oldest), input.end_time.unwrap_or(now));
    if start > end {
        return Err(ApiError::new(
            "InvalidTimeRangeException",
            "The start time is after the end time.",
        ));
    }
    let name = match &input.lookup_attributes[..] {
        [] => None,
        [one] if one.attribute_key == "EventName" => Some(&one.attribute_value),
        _ => {
            return Err(ApiError::new(
                "InvalidLookupAttributesException",
                "Specify one lookup attribute, of a key that is known.",
            ));
        }
    };
    let size = call
        .page_size(input.max_results, PAGE, PAGE)
        .map_err(|error| ApiError::new("InvalidMaxResultsException", error.message))?;
    let mut events: Vec<(Timestamp, &Value)> = call
        .events
        .iter()
        .filter(|event| is_of(event, call) && name.is_none_or(|name| event["eventName"] == **name))
        .filter_map(|event| Some((event["eventTime"].as_str()?.parse().ok()?, event)))
        .filter(|(at, _): &(Timestamp, _)| {
            let at = at.as_second() as f64;
            at >= start.max(oldest) && at <= end
        })
        .collect();
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let rows = events
        .into_iter()
        .enumerate()
        .map(|(number, (at, event))| (format!("{number:08}"), row(number, at, event)));
    let parts = [start.to_string(), end.to_string(), name.cloned().unwrap_or_default()];
    let binding = Binding::new(&[&call.operation.name, &parts[0], &parts[1], &parts[2]]);
    let (events, next) = page_of(rows, size, binding, input.next_token.as_deref())
        .map_err(|error| ApiError::new("InvalidNextTokenException", error.message))?;
    let mut answer = json!({ "Events": events });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Answer::json(&answer)
}

fn is_of(event: &Value, call: &Call<'_>) -> bool {
    let place = &call.caller.place;
    event["awsRegion"] == *place.region.as_str()
        && event["recipientAccountId"] == *place.account.as_str()
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html>
fn row(number: usize, at: Timestamp, event: &Value) -> Value {
    json!({
        "EventId": format!("00000000-0000-4000-9000-{number:012x}"),
        "EventName": event["eventName"],
        "EventSource": event["eventSource"],
        "EventTime": epoch(at),
        "ReadOnly": "true",
        "Resources": [],
        "CloudTrailEvent": event.to_string(),
    })
}
