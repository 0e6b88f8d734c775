//! Paths into an answer: `jobs[].container.image`; `{}` behind a name is each value of a map.

use serde_json::Value;

/// What is there that is not `null`: nothing, one value, or what is in all lists on the way.
pub(super) fn find<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, each) = part.find(['[', '{']).map_or((part, ""), |at| part.split_at(at));
        found = found
            .into_iter()
            .filter_map(|value| if name.is_empty() { Some(value) } else { value.get(name) })
            .flat_map(|value| inside(value, each))
            .filter(|value| !value.is_null())
            .collect();
    }
    found
}

/// A value, or what is in it, as deep as these marks say.
fn inside<'v>(value: &'v Value, each: &str) -> Vec<&'v Value> {
    let mut values = vec![value];
    for mark in each.split_inclusive([']', '}']) {
        values = values
            .into_iter()
            .flat_map(|value| match (mark, value) {
                ("[]", Value::Array(items)) => items.iter().collect::<Vec<_>>(),
                ("{}", Value::Object(members)) => members.values().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    values
}

/// The items of an answer: each of a list that is there, or the one that is. None of them is
/// `null`. In XML a list that is empty is an empty text.
pub(super) fn items<'v>(answer: &'v Value, path: &str, is_xml: bool) -> Option<Vec<&'v Value>> {
    let is_item = |value: &&Value| value.is_object() || value.is_string();
    let Some(list) = path.strip_suffix("[]") else {
        let item = one(answer, path).filter(|value| value.is_object())?;
        return Some(vec![item]);
    };
    let all = match one(answer, list)? {
        Value::Array(items) => items.iter().collect::<Vec<_>>(),
        Value::String(text) if is_xml && text.is_empty() => Vec::new(),
        _ => return None,
    };
    all.iter().all(is_item).then_some(all)
}

/// The one value at a path without lists.
pub(super) fn one<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut found = value;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        found = found.get(name)?;
    }
    (!found.is_null()).then_some(found)
}

/// What is there is no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText;

/// The text at a path without lists, if anything is there. An empty text is none; whatever is no text
/// is not taken for none.
pub(super) fn text_if_any(value: &Value, path: &str) -> Result<Option<String>, NotText> {
    match one(value, path) {
        Some(Value::Array(_) | Value::Object(_) | Value::Bool(_)) => Err(NotText),
        _ => Ok(text(value, path)),
    }
}

/// The text at a path without lists, if there is one that is not empty. Numbers are texts, too.
pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    match one(value, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_goes_through_lists_and_maps() {
        let answer = json!({
            "jobs": [{ "c": { "image": "a" } }, { "c": { "image": "b" } }, { "c": null }],
            "map": { "x": { "image": "c" } },
            "lists": [["d"], ["e", "f"]],
        });
        for (path, found) in [
            ("jobs[].c.image", vec!["a", "b"]),
            ("map{}.image", vec!["c"]),
            ("lists[][]", vec!["d", "e", "f"]),
            ("jobs.c", vec![]),
            ("none[].image", vec![]),
        ] {
            assert_eq!(find(&answer, path), found, "{path}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_taken_for_none() {
        let answer =
            json!({ "a": "b", "n": 1, "e": "", "z": null, "o": {}, "l": ["a"], "t": true });
        for (path, text) in
            [("a", Some("b")), ("n", Some("1")), ("e", None), ("z", None), ("absent", None)]
        {
            assert_eq!(text_if_any(&answer, path), Ok(text.map(Into::into)), "{path}");
        }
        for path in ["o", "l", "t"] {
            assert_eq!(text_if_any(&answer, path), Err(NotText), "{path}");
        }
    }

    #[test]
    fn items_are_there_or_the_answer_says_nothing() {
        let some = json!({ "ids": ["a"], "jobs": [{}], "one": {}, "empty": [] });
        for (path, count) in [("ids[]", 1), ("jobs[]", 1), ("one", 1), ("empty[]", 0), ("", 1)] {
            assert_eq!(items(&some, path, false).map(|it| it.len()), Some(count), "{path}");
        }
        for (answer, path) in [
            (json!({}), "ids[]"),
            (json!({ "ids": null }), "ids[]"),
            (json!({ "ids": [null] }), "ids[]"),
            (json!({ "ids": {} }), "ids[]"),
            (json!({ "ids": "" }), "ids[]"),
            (json!(null), ""),
            (json!({ "one": "text" }), "one"),
        ] {
            assert_eq!(items(&answer, path, false), None, "{answer}");
        }
        assert_eq!(items(&json!({ "ids": "" }), "ids[]", true), Some(Vec::new()));
    }
}
