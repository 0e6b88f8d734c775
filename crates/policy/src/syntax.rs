//! What is wrong with a text that is not the YAML that a policy is written in.

use super::problem::Complaint;
use super::word::shortened;

/// What the parser's own words mean for whoever writes a policy.
const EXPECTED: [(&str, &str); 4] = [
    (
        "mapping values are not allowed",
        "keys of one level to begin in one column, and quotes around a text with `: ` in it",
    ),
    ("tabs disallowed", "spaces for indentation"),
    ("while scanning a quoted scalar", "a closing quote"),
    ("did not find expected", "valid YAML: a bracket or a level of indentation does not end"),
];

/// The characters with which YAML begins something else than a text.
const INDICATORS: &str = "*&!%@`|>#";

/// The complaint about a text that is no YAML from byte `at` on.
pub(super) fn error(text: &str, at: usize, info: &str) -> Complaint {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some('*') => alias(text, at),
        Some(indicator)
            if INDICATORS.contains(indicator)
                && (info.contains("character") || info.contains("comments must be")) =>
        {
            quote(text, at, &format!("a text without quotes cannot begin with `{indicator}`"))
        }
        _ => {
            let expected = EXPECTED
                .iter()
                .find(|(words, _)| info.contains(words))
                .map_or("valid YAML", |(_, expected)| expected);
            Complaint::new(format!("this is not YAML: {info}"), expected)
        }
    }
}

/// A `*` outside of quotes: mostly a pattern.
pub(super) fn alias(text: &str, at: usize) -> Complaint {
    quote(
        text,
        at,
        "a `*` at the beginning, without quotes, is a YAML alias, which a policy has not",
    )
}

/// The same text in quotes, as far as a value without quotes can go.
fn quote(text: &str, at: usize, message: &str) -> Complaint {
    let rest = text.get(at..).unwrap_or("");
    let value = rest.split([',', ']', '}', '\n', '\r', ' ', '"']).next().unwrap_or("");
    let quoted = (!value.is_empty()).then(|| format!("\"{}\"", shortened(value)));
    Complaint::new(message, "quotes around the text").suggest(quoted)
}

pub(super) fn anchor() -> Complaint {
    Complaint::new("anchors are not read", "the value itself, wherever it holds")
}

pub(super) fn tag() -> Complaint {
    Complaint::new(
        "YAML tags are not read",
        "the value without a tag; quotes if it begins with `!`",
    )
}

pub(super) fn second_document() -> Complaint {
    Complaint::new("a second YAML document begins here", "one policy in one document")
}

pub(super) fn too_deep(depth: usize) -> Complaint {
    Complaint::new(format!("nested more than {depth} levels deep"), "the settings of a policy")
}
