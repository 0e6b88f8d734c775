//! What differs between two plans, in lines that a person can read.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// Every place where the two differ; none where they are equal.
pub(super) fn between(expected: &Value, planned: &Value) -> Option<String> {
    let mut text = String::new();
    compare("", Some(expected), Some(planned), &mut text);
    (!text.is_empty()).then_some(text)
}

fn compare(path: &str, expected: Option<&Value>, planned: Option<&Value>, text: &mut String) {
    if expected == planned {
        return;
    }
    if let (Some(expected), Some(planned)) = (expected.and_then(parts), planned.and_then(parts)) {
        let before = text.len();
        let names: std::collections::BTreeSet<&String> =
            expected.keys().chain(planned.keys()).collect();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path} > {name}") };
            compare(&path, expected.get(name).copied(), planned.get(name).copied(), text);
        }
        if text.len() == before {
            let _ = writeln!(text, "  {path}: the same, in another order");
        }
        return;
    }
    let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), ToString::to_string);
    let _ = writeln!(
        text,
        "  {path}:\n    expected {}\n    planned  {}",
        show(expected),
        show(planned)
    );
}

/// The parts of an object by key, of a list by what names its items.
fn parts(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(members) => {
            Some(members.iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(items) => {
            let mut parts = BTreeMap::new();
            for (at, item) in items.iter().enumerate() {
                let name = name_of(item).filter(|name| !parts.contains_key(name));
                parts.insert(name.unwrap_or_else(|| format!("number {at}")), item);
            }
            Some(parts)
        }
        _ => None,
    }
}

fn name_of(item: &Value) -> Option<String> {
    let member = |key: &str| item.get(key).and_then(Value::as_str);
    match (member("repository"), member("digest"), member("code")) {
        (Some(repository), ..) => {
            Some(format!("{}/{}/{repository}", member("account")?, member("region")?))
        }
        (_, Some(digest), _) => Some(digest.to_owned()),
        (.., Some(code)) => Some(code.to_owned()),
        _ => item.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_image_and_what_was_planned() {
        let plan = |code: &str| {
            serde_json::json!({ "keep": [
                { "digest": "sha256:1", "reasons": [{ "code": code }] },
                { "digest": "sha256:2", "reasons": [{ "code": "tags" }] },
            ] })
        };
        assert_eq!(between(&plan("tags"), &plan("tags")), None);
        let difference = between(&plan("tags"), &plan("newest")).unwrap();
        assert_eq!(
            difference,
            "  keep > sha256:1 > reasons > newest:\n    expected nothing\n    planned  {\"code\":\"newest\"}\n  \
               keep > sha256:1 > reasons > tags:\n    expected {\"code\":\"tags\"}\n    planned  nothing\n"
        );
    }

    #[test]
    fn another_order_is_a_difference() {
        let (one, other) = (serde_json::json!(["a", "b"]), serde_json::json!(["b", "a"]));
        assert_eq!(between(&one, &other).unwrap(), "  : the same, in another order\n");
    }
}
