//! Paths and payload templates, as far as the definition uses them.

use serde_json::{Map, Value};

/// What a path names, in the state (`$.`) or in the context (`$$.`).
///
/// # Panics
///
/// If there is nothing: on AWS that ends the execution, past every catcher.
#[track_caller]
pub fn at<'a>(path: &str, state: &'a Value, context: &'a Value) -> &'a Value {
    let (root, rest) = match path.strip_prefix("$$") {
        Some(rest) => (context, rest),
        None => (state, path.strip_prefix('$').unwrap()),
    };
    rest.split('.').skip(1).fold(root, |value, key| {
        value.get(key).unwrap_or_else(|| panic!("{path} names nothing in {root}"))
    })
}

/// A template with its paths filled in.
#[track_caller]
pub fn fill(template: &Value, state: &Value, context: &Value) -> Value {
    let Value::Object(fields) = template else { return template.clone() };
    let mut filled = Map::new();
    for (key, value) in fields {
        match (key.strip_suffix(".$"), value) {
            (Some(key), Value::String(path)) if path.starts_with('$') => {
                filled.insert(key.to_owned(), at(path, state, context).clone());
            }
            (Some(key), Value::String(call)) => {
                filled.insert(key.to_owned(), Value::String(format(call, state, context)));
            }
            _ => {
                filled.insert(key.clone(), fill(value, state, context));
            }
        }
    }
    Value::Object(filled)
}

/// `States.Format('a/{}/b', $.path)`.
#[track_caller]
fn format(call: &str, state: &Value, context: &Value) -> String {
    let arguments = call.strip_prefix("States.Format('").and_then(|call| call.strip_suffix(')'));
    let (pattern, paths) = arguments.unwrap().split_once('\'').unwrap();
    let paths: Vec<&str> = paths.split(", ").skip(1).collect();
    assert_eq!(pattern.matches("{}").count(), paths.len(), "{call}");
    paths.iter().fold(pattern.to_owned(), |text, path| {
        text.replacen("{}", at(path, state, context).as_str().unwrap(), 1)
    })
}

/// The state with a result where a `ResultPath` puts it: `$`, `$.name`, or nowhere.
#[track_caller]
pub fn put(state: &Value, path: Option<&Value>, result: Value) -> Value {
    match path {
        None => result,
        Some(Value::Null) => state.clone(),
        Some(Value::String(path)) if path == "$" => result,
        Some(Value::String(path)) => {
            let mut state = state.clone();
            let key = path.strip_prefix("$.").unwrap();
            assert!(!key.contains('.'), "{path}");
            state.as_object_mut().unwrap().insert(key.to_owned(), result);
            state
        }
        Some(other) => panic!("{other} is no path"),
    }
}

/// Whether a rule of a choice takes a state.
#[track_caller]
pub fn takes(rule: &Value, state: &Value) -> bool {
    if let Some(all) = rule.get("And") {
        return all.as_array().unwrap().iter().all(|rule| takes(rule, state));
    }
    let value = at(rule["Variable"].as_str().unwrap(), state, &Value::Null);
    if let Some(least) = rule.get("NumericGreaterThan") {
        return value.as_f64().unwrap() > least.as_f64().unwrap();
    }
    if let Some(wanted) = rule.get("BooleanEquals").or_else(|| rule.get("StringEquals")) {
        return value == wanted;
    }
    Value::Bool(value.is_number()) == rule["IsNumeric"]
}
