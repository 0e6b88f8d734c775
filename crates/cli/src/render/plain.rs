//! Text from outside, made fit for a terminal: nothing in it moves the cursor, ends a line or turns
//! the direction of writing.

use std::fmt::Display;

use ecr_sweep_core::wording::{in_a_line, is_unreadable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A document as it is rendered: every text in it fits into a line. What is printed as JSON is the
/// document itself.
pub fn document<D: Serialize + DeserializeOwned>(document: D) -> D {
    let Ok(mut value) = serde_json::to_value(&document) else { return document };
    if !escape(&mut value) {
        return document;
    }
    serde_json::from_value(value).unwrap_or(document)
}

/// Escapes every text of a value, the names of members too. Says whether there was anything.
fn escape(value: &mut Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => {
            let is_unreadable = text.contains(is_unreadable);
            if is_unreadable {
                *text = in_a_line(text).into_owned();
            }
            is_unreadable
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| escape(item) | any),
        Value::Object(members) => {
            let mut any = members.values_mut().fold(false, |any, member| escape(member) | any);
            let names: Vec<String> =
                members.keys().filter(|name| name.contains(is_unreadable)).cloned().collect();
            for name in names {
                if let Some(member) = members.remove(&name) {
                    members.insert(in_a_line(&name).into_owned(), member);
                    any = true;
                }
            }
            any
        }
    }
}

/// What goes to a terminal, with its lines and its styles, and nothing else that acts on it. Every
/// text is written through this, whatever was escaped before.
pub fn on_a_terminal(text: &impl Display) -> String {
    let text = text.to_string();
    let mut shown = String::with_capacity(text.len());
    let mut left = text.as_str();
    while let Some(character) = left.chars().next() {
        let style = style_length(left);
        let length = style.unwrap_or(character.len_utf8());
        let (taken, rest) = left.split_at(length);
        if style.is_some() || character == '\n' || !is_unreadable(character) {
            shown.push_str(taken);
        } else {
            shown.push_str(&in_a_line(taken));
        }
        left = rest;
    }
    shown
}

/// How long the style is with which a text begins, if it begins with one: `ESC [ digits ; ... m`.
fn style_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let end = rest.find(|it: char| !it.is_ascii_digit() && it != ';')?;
    rest[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_document_fits_into_a_line() {
        let hostile =
            serde_json::json!({ "a\n": ["\u{1b}[2J", { "b": "\u{202e}x" }], "c": 1, "d": "é" });
        let shown = document(hostile);
        let expected =
            serde_json::json!({ "a\\n": ["\\u{1b}[2J", { "b": "\\u{202e}x" }], "c": 1, "d": "é" });
        assert_eq!(shown, expected);
        assert_eq!(document(shown.clone()), shown);
    }

    #[test]
    fn a_terminal_gets_lines_and_styles_alone() {
        let styled = "\u{1b}[1;31merror\u{1b}[0m: é\n";
        assert_eq!(on_a_terminal(&styled), styled);
        for (text, shown) in [
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[31", "\\u{1b}[31"),
            ("a\rb\u{9b}2J", "a\\rb\\u{9b}2J"),
            ("\u{202e}", "\\u{202e}"),
        ] {
            assert_eq!(on_a_terminal(&text), shown);
        }
    }
}
