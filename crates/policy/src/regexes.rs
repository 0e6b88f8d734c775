//! How many regular expressions a policy may have.
//!
//! Each may take a megabyte when it is read, and a file of a megabyte could hold a hundred
//! thousand of them.

use super::field::Problems;
use super::problem::Complaint;
use super::yaml::{Node, Value};

/// The most regular expressions in a policy; what else is a pattern is not counted.
pub const MAX_REGEXES: usize = 200;

/// Whether there are no more than may be; else the first one too many has an error.
pub(super) fn are_few(problems: &Problems<'_>, node: &Node<'_>) -> bool {
    let mut left = MAX_REGEXES;
    let one_too_many = beyond(node, &mut left);
    if let Some(node) = one_too_many {
        let message = format!("the policy has more than {MAX_REGEXES} regular expressions");
        let expected = "fewer: several can be one, as in `/a|b/`, and `*` and `?` need none";
        problems.add(node.span.clone(), String::new(), Complaint::new(message, expected));
    }
    one_too_many.is_none()
}

/// The first value, in the order of the text, that is one more than are left.
fn beyond<'n, 't>(node: &'n Node<'t>, left: &mut usize) -> Option<&'n Node<'t>> {
    match &node.value {
        Value::Scalar { text, .. } if text.starts_with('/') && text.ends_with('/') => {
            let is_beyond = *left == 0;
            *left = left.saturating_sub(1);
            is_beyond.then_some(node)
        }
        Value::Scalar { .. } | Value::Refused => None,
        Value::List(items) => items.iter().find_map(|item| beyond(item, left)),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| beyond(value, left)),
    }
}

#[cfg(test)]
mod tests {
    use super::MAX_REGEXES;
    use crate::{Use, read};

    #[test]
    fn more_regular_expressions_than_can_be_held_are_the_only_error() {
        let text = |regexes: usize| {
            let list = |pattern: &str, count| vec![pattern; count].join(", ");
            let tags = format!("[{}, {}]", list("web-*", 300), list("/v1/", regexes));
            format!("schema_version: 1\nrepositories: [{{ keep: {{ tags: {tags}, newst: 1 }} }}]")
        };
        let error = |text: &str| read("p.yaml", text, Use::Offline).unwrap_err().errors.remove(0);
        let good = error(&text(MAX_REGEXES));
        assert_eq!(good.suggestion.as_deref(), Some("newest"), "{good}");

        let text = text(MAX_REGEXES + 1);
        let error = error(&text);
        assert_eq!(error.message, "the policy has more than 200 regular expressions");
        assert_eq!(text[error.span.clone()], *"/v1/");
        assert_eq!(text[error.span.end..], *"], newst: 1 } }]");
        assert_eq!(read("p.yaml", &text, Use::Offline).unwrap_err().errors.len(), 1);
    }
}
