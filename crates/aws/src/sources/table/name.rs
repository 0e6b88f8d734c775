//! What an item is called: in evidence, and in errors.

use serde_json::Value;

use super::path;
use super::row::{Given, Read};
use crate::AwsError;
use crate::call::Call;

/// What an item is called.
pub(super) fn named(
    row: &Read,
    call: &Call<'_>,
    value: &Value,
    above: Option<&Value>,
) -> Result<String, AwsError> {
    arn(row.arn, value, above).ok_or_else(|| call.unreadable(format!("`{}` is missing", row.arn)))
}

/// What an item is called, for errors.
pub(super) fn name(row: &Read, value: &Value) -> Option<String> {
    row.given.iter().find_map(|(_, given)| match given {
        Given::Of("") => value.as_str().map(ToOwned::to_owned),
        Given::Of(path) => path::text(value, path),
        _ => None,
    })
}

/// A name of texts and paths in braces: `{arn}`; `{}` is the item itself, and what is behind `^`
/// is of what it was found for.
fn arn(pattern: &str, value: &Value, above: Option<&Value>) -> Option<String> {
    let mut arn = String::new();
    for (at, part) in pattern.split('{').enumerate() {
        let Some((path, rest)) = part.split_once('}').filter(|_| at > 0) else {
            arn.push_str(part);
            continue;
        };
        let found = match path.strip_prefix('^') {
            Some("") => above?.as_str().map(ToOwned::to_owned),
            Some(path) => path::text(above?, path),
            None if path.is_empty() => value.as_str().map(ToOwned::to_owned),
            None => path::text(value, path),
        };
        arn.push_str(&found?);
        arn.push_str(rest);
    }
    Some(arn)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_made_of_what_the_item_says() {
        let (value, above) = (json!({ "arn": "a", "version": 3 }), json!({ "name": "n" }));
        for (pattern, name) in [
            ("{arn}", Some("a")),
            ("{^name}:{version}", Some("n:3")),
            ("pipe/{arn}/x", Some("pipe/a/x")),
            ("{none}", None),
            ("{^none}", None),
            ("{}", None),
        ] {
            assert_eq!(arn(pattern, &value, Some(&above)).as_deref(), name, "{pattern}");
        }
        assert_eq!(arn("project/{}", &json!("p"), None).as_deref(), Some("project/p"));
    }
}
