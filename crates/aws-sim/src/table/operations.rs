//! The operations, and which of them a request asks for.

use std::sync::LazyLock;

use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire::{self, ApiError, Call};

/// An operation, as far as it is served.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// The service, as signatures name it.
    pub(crate) service: String,
    pub(crate) operation: String,
    /// Whether it lists what there is.
    pub(super) is_list: bool,
    /// The member with what was asked for; none: all of the answer is.
    pub(super) items: String,
    /// The member of the request with the names of what is asked for.
    pub(super) batch: Option<String>,
    pub(super) pages: Option<Pages>,
    /// One of what it tells: `#` is its number, `REGISTRY` the registry of its place, `REPOSITORIES`
    /// the ARN of its repositories.
    pub(super) sample: Value,
    /// The kind of usage that it tells of, if it does.
    pub(super) kind: Option<String>,
    /// The operations that are asked about each of what it tells.
    pub(super) then: Vec<String>,
    /// The method and the path, with labels.
    http: Option<String>,
    /// The header that names it.
    target: Option<String>,
    /// The version of the API that forms name.
    version: Option<String>,
    /// The name of a list's items in XML.
    pub(super) item: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
    pub(super) given: String,
    pub(super) got: String,
}

/// All of them; none, if the file cannot be read: a test sees to that.
pub(super) static KNOWN: LazyLock<Vec<Known>> =
    LazyLock::new(|| serde_json::from_str(include_str!("operations.json")).unwrap_or_default());

impl Known {
    /// The service and the name, as requests are counted.
    pub(super) fn key(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// How requests and answers are written.
    pub(crate) const fn is_query(&self) -> bool {
        self.version.is_some()
    }

    /// The same, of those with paths.
    pub(crate) const fn is_rest(&self) -> bool {
        self.http.is_some()
    }
}

/// The operation that a request asks for, and the labels of its path.
pub(crate) fn find(parts: &Parts, body: &[u8]) -> Option<(&'static Known, Vec<String>)> {
    let service = wire::service(parts)?;
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let target = header("x-amz-target");
    let form: Vec<_> = form_urlencoded::parse(body).collect();
    let in_form = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    KNOWN.iter().filter(|known| known.service == service).find_map(|known| {
        if let Some(wanted) = &known.target {
            return (target == Some(wanted)).then(|| (known, Vec::new()));
        }
        if let Some(http) = &known.http {
            let labels = target.is_none().then(|| labels(http, parts))??;
            return Some((known, labels));
        }
        let is_it = known.version.as_deref() == in_form("Version").map(|it| &**it)
            && in_form("Action").is_some_and(|action| **action == known.operation);
        is_it.then(|| (known, Vec::new()))
    })
}

/// The labels of a path that fits a pattern.
fn labels(http: &str, parts: &Parts) -> Option<Vec<String>> {
    let (method, pattern) = http.split_once(' ')?;
    if method != parts.method.as_str() {
        return None;
    }
    let segments = |path: &str| path.split('/').map(ToOwned::to_owned).collect::<Vec<_>>();
    let (pattern, path) = (segments(pattern), segments(parts.uri.path()));
    if pattern.len() != path.len() {
        return None;
    }
    let mut labels = Vec::new();
    for (wanted, segment) in pattern.iter().zip(path) {
        let segment = percent_decode_str(&segment).decode_utf8_lossy().into_owned();
        if wanted.starts_with('{') {
            labels.push(segment);
        } else if *wanted != segment {
            return None;
        }
    }
    Some(labels)
}

/// The members of a request, wherever they are.
pub(super) fn members(call: &Call<'_>, known: &Known) -> Result<Map<String, Value>, ApiError> {
    let text = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        (name.into_owned(), Value::String(value.into_owned()))
    };
    if known.is_query() {
        return Ok(form_urlencoded::parse(call.body).map(text).collect());
    }
    let mut members: Map<String, Value> =
        if call.body.is_empty() { Map::new() } else { call.input()? };
    members.extend(form_urlencoded::parse(call.query.as_bytes()).map(text));
    let labels = call.operation.labels.iter().enumerate();
    members.extend(labels.map(|(at, label)| (format!("label {at}"), label.clone().into())));
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_can_be_asked_for_in_one_way() {
        assert!(!KNOWN.is_empty());
        for known in KNOWN.iter() {
            let ways = [&known.http, &known.target, &known.version];
            assert_eq!(ways.iter().filter(|way| way.is_some()).count(), 1, "{known:?}");
            assert_eq!(known.is_query(), known.item.is_some(), "{known:?}");
        }
    }
}
