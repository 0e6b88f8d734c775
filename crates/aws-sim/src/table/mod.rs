//! Services of which no more is served than what the rows of a source read: lists, which have what
//! the snapshot's usage tells, or two samples of each thing with all that it can say of images.
//!
//! What the operations are called, where they are and how a sample looks is in `operations.json`,
//! which `tests/models` writes from AWS's own models.

mod operations;
mod served;
mod xml;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome};
pub(crate) use operations::{Known, find};
pub(crate) use served::Served;
pub use served::{as_served, served_kinds, services_of};

/// How many samples there are of each thing, and within each thing that has others.
const SAMPLES: usize = 2;

/// Before a text that is told in base64.
const ENCODED: &str = "base64:";

pub(crate) fn call(call: &Call<'_>, known: &'static Known) -> Outcome {
    let request = operations::members(call, known)?;
    let answer = if known.is_list {
        list(call, known, &request)?
    } else if let Some(batch) = &known.batch {
        let ids = request.get(batch).and_then(Value::as_array).cloned().unwrap_or_default();
        let named = ids.iter().filter_map(Value::as_str).filter_map(suffix);
        inside(&known.items, named.filter_map(|suffix| thing(call, known, suffix)).collect())
    } else {
        let thing = suffix_of(&request).and_then(|suffix| thing(call, known, suffix));
        inside(&known.items, thing.ok_or_else(|| not_found(known))?)
    };
    match &known.item {
        None => Answer::json(&answer),
        Some(item) => Ok(Answer::xml(xml::write(&known.operation, item, &answer))),
    }
}

fn not_found(known: &Known) -> ApiError {
    ApiError::new("ResourceNotFoundException", format!("{} knows no such thing", known.service))
        .with_status(404)
}

fn list(call: &Call<'_>, known: &Known, request: &Map<String, Value>) -> Result<Value, ApiError> {
    let of = suffix_of(request).unwrap_or_default();
    let suffixes: Vec<String> = if call.has_samples {
        (1..=SAMPLES).map(|number| format!("{of}.{number}")).collect()
    } else if of.is_empty() {
        (0..call.state.served().len()).map(|number| format!(".{number:06}")).collect()
    } else {
        vec![of.to_owned()]
    };
    let rows = suffixes
        .into_iter()
        .filter_map(|suffix| Some((suffix.clone(), thing(call, known, &suffix)?)));
    let Some(pages) = &known.pages else {
        return Ok(inside(&known.items, rows.map(|(_, row)| row).collect()));
    };
    let place = call.caller.place.to_string();
    let mut bound_to = request.clone();
    let token = bound_to.remove(&pages.given);
    // A token is good for the same request, whatever the order of its members.
    bound_to.sort_keys();
    let binding = Binding::new(&[&known.operation, &place, &Value::Object(bound_to).to_string()]);
    let size = call.rows_of(100);
    let (rows, next) = page_of(rows, size, binding, token.as_ref().and_then(Value::as_str))?;
    let mut answer = inside(&known.items, rows.into_iter().collect());
    if let Some(next) = next {
        answer[&*pages.got] = next.into();
    }
    Ok(answer)
}

/// A value in the member that a path names; itself, where it names none.
fn inside(path: &str, value: Value) -> Value {
    if path.is_empty() {
        return value;
    }
    path.rsplit('.').fold(value, |value, name| json!({ name: value }))
}

/// The numbers at the end of a sample's name: of what it was found for, and its own.
fn suffix(name: &str) -> Option<&str> {
    name.starts_with("s-").then(|| name.find('.').map_or("", |at| &name[at..]))
}

/// The longest of those in a request.
fn suffix_of(request: &Map<String, Value>) -> Option<&str> {
    request.values().filter_map(Value::as_str).filter_map(suffix).max_by_key(|it| it.len())
}

/// The thing with these numbers, if there is one: a sample, or what the snapshot tells.
fn thing(call: &Call<'_>, known: &Known, suffix: &str) -> Option<Value> {
    if call.has_samples {
        return Some(sample(call, known, suffix));
    }
    let number: usize = suffix.strip_prefix('.')?.parse().ok()?;
    let served = call.state.served().get(number)?;
    let is_here = served.place == call.caller.place && served.is_told_by(known);
    is_here.then(|| served.thing(known, suffix))
}

/// A thing with these numbers, whose images are in the registry of its place.
fn sample(call: &Call<'_>, known: &Known, suffix: &str) -> Value {
    let place = &call.caller.place;
    let (account, region) = (&place.account, &place.region);
    let names = [
        ("#", suffix.to_owned()),
        ("REGISTRY", format!("{account}.dkr.ecr.{region}.amazonaws.com")),
        ("REPOSITORIES", format!("arn:aws:ecr:{region}:{account}:repository")),
    ];
    filled(&known.sample, &names)
}

/// A sample with what these names stand for.
fn filled(sample: &Value, names: &[(&str, String)]) -> Value {
    let fill = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, (name, stands_for)| text.replace(name, stands_for))
    };
    match sample {
        Value::String(text) if text.starts_with(ENCODED) => {
            STANDARD.encode(fill(text.trim_start_matches(ENCODED))).into()
        }
        Value::String(text) => fill(text).into(),
        Value::Array(items) => items.iter().map(|item| filled(item, names)).collect(),
        Value::Object(members) => {
            let filled = |(name, value): (&String, &Value)| (name.clone(), filled(value, names));
            Value::Object(members.iter().map(filled).collect())
        }
        other => other.clone(),
    }
}
