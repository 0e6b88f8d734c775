//! Answers in XML.

use serde_json::Value;

use crate::wire::escape;

/// The answer to an operation. The lists of EC2 have items of another name, and its answers have
/// nothing around what they say.
pub(super) fn write(operation: &str, item: &str, answer: &Value) -> String {
    let inner = inside(item, answer);
    let id = "<RequestId>00000000-0000-4000-8000-000000000000</RequestId>";
    if item == "item" {
        return format!("<{operation}Response>{inner}</{operation}Response>");
    }
    format!(
        "<{operation}Response><{operation}Result>{inner}</{operation}Result>\
         <ResponseMetadata>{id}</ResponseMetadata></{operation}Response>"
    )
}

fn inside(item: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(text),
        Value::Array(items) => {
            items.iter().map(|it| format!("<{item}>{}</{item}>", inside(item, it))).collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", inside(item, value)))
            .collect(),
    }
}
