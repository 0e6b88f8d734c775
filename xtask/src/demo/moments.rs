//! Moving a recorded organization in time.

use jiff::{SignedDuration, Timestamp};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;

/// The snapshot with every moment moved, so that it was taken at `now`.
pub(crate) fn as_of(snapshot: &[u8], now: Timestamp) -> miette::Result<Vec<u8>> {
    let mut snapshot: Value =
        serde_json::from_slice(snapshot).into_diagnostic().wrap_err("cannot read the snapshot")?;
    let taken_at = snapshot["taken_at"].as_str().and_then(moment);
    let taken_at =
        taken_at.ok_or_else(|| miette!("the snapshot does not say when it was taken"))?;
    shift(&mut snapshot, now.duration_since(taken_at));
    serde_json::to_vec(&snapshot).into_diagnostic()
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Moves every RFC 3339 text, and every number under a key that ends in `At`: the APIs' seconds.
fn shift(value: &mut Value, by: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Some(moment) = moment(text) {
                *text = (moment + by).to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_f64() {
                    Some(seconds) if name.ends_with("At") => {
                        *value = (seconds + by.as_secs_f64()).into();
                    }
                    _ => shift(value, by),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
