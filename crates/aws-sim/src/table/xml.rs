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
            items.iter().fold(String::new(), |text, it| text + &element(item, &inside(item, it)))
        }
        Value::Object(members) => members
            .iter()
            .fold(String::new(), |text, (name, value)| text + &element(name, &inside(item, value))),
    }
}

fn element(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}
