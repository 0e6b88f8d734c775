//! The references in what an answer says: a value may be one, or a document that has some.

use std::collections::BTreeSet;

use ecr_sweep_core::{Aliases, Place, Reference};
use serde_json::Value;

/// What is written where a template means its own account and Region.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html>
const PSEUDO: [&str; 3] = ["${AWS::AccountId}", "${AWS::Region}", "${AWS::URLSuffix}"];

/// Finds references in the answers of one place.
pub(super) struct Reader<'a> {
    pub(super) aliases: &'a Aliases,
    pub(super) place: &'a Place,
}

impl Reader<'_> {
    /// Adds every reference in a value: a text that is one, or is meant to be, as it is written;
    /// and those in texts that say more.
    pub(super) fn read(&self, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => self.read_text(text, found),
            Value::Array(items) => {
                for item in items {
                    self.read(item, found);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.read_text(name, found);
                    self.read(value, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The same of a text.
    pub(super) fn read_text(&self, text: &str, found: &mut Vec<String>) {
        if text.contains("${AWS::") {
            let [account, region, suffix] = PSEUDO;
            let short = format!("{}.dkr.ecr.{}", self.place.account, self.place.region);
            let whole = text
                .replace(
                    &format!("{account}.dkr.ecr.{region}.{suffix}"),
                    &host(self.place.account.as_str(), self.place),
                )
                .replace(&format!("{account}.dkr.ecr.{region}"), &short)
                .replace(account, self.place.account.as_str())
                .replace(region, self.place.region.as_str());
            return self.read_plain(&whole, found);
        }
        self.read_plain(text, found);
    }

    /// The revisions of task definitions of the place that a value names.
    pub(super) fn task_definitions(&self, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => {
                let of_place = format!(":{}:{}:", self.place.region, self.place.account);
                let words = text.split(|it: char| !it.is_ascii() || !is_of_reference(it as u8));
                let named = words.filter(|word| {
                    word.starts_with("arn:")
                        && word.contains(":ecs:")
                        && word.contains(&of_place)
                        && word.contains(":task-definition/")
                });
                found.extend(named.map(ToOwned::to_owned));
            }
            Value::Array(items) => {
                for item in items {
                    self.task_definitions(item, found);
                }
            }
            Value::Object(members) => {
                for value in members.values() {
                    self.task_definitions(value, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn read_plain(&self, text: &str, found: &mut Vec<String>) {
        if text.starts_with(['{', '['])
            && let Ok(document @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
        {
            return self.read(&document, found);
        }
        if !text.is_empty() && text.bytes().all(is_of_reference) {
            match Reference::parse_with_host(text, self.aliases) {
                Ok(Reference::Ecr(_) | Reference::Elsewhere { digest: Some(_) }) => {
                    found.push(text.to_owned());
                }
                // Whatever it is, whoever wrote it meant an image.
                Err(_) if !is_host(text) => found.push(text.to_owned()),
                Ok(Reference::Elsewhere { digest: None }) | Err(_) => {}
            }
            return;
        }
        for word in text.split(|it: char| !it.is_ascii() || !is_of_reference(it as u8)) {
            self.read_word(word, found);
        }
    }

    /// A word of a text is no reference unless it can be read as one. What is before the account
    /// is none of it: `--image=` ends words, and `image:` does not.
    fn read_word(&self, word: &str, found: &mut Vec<String>) {
        let (word, end) = (from_account(word), |text: &str| text.ends_with(['.', ':', '/', '-']));
        for text in [word, word.trim_end_matches(['.', ':', '/', '-'])] {
            if let Ok(Reference::Ecr(_) | Reference::Elsewhere { digest: Some(_) }) =
                Reference::parse_with_host(text, self.aliases)
            {
                found.push(text.to_owned());
            }
            if !end(word) {
                return;
            }
        }
    }
}

/// The host of an account's registry in the Region of a place.
pub(super) fn host(account: &str, place: &Place) -> String {
    let region = place.region.as_str();
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{account}.dkr.ecr.{region}.{suffix}")
}

/// The characters of references, and of the schemes before them.
const fn is_of_reference(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@')
}

/// Whether a text names a host and no image there: what is logged in to.
fn is_host(text: &str) -> bool {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    !bare.trim_end_matches('/').contains('/')
}

/// The word from the account of ECR's host in it, if there is one.
fn from_account(word: &str) -> &str {
    let Some(host) = [".dkr.ecr", ".dkr-ecr"].iter().find_map(|name| word.find(name)) else {
        return word;
    };
    let start = word[..host].rfind(|it: char| !it.is_ascii_alphanumeric());
    start.map_or(word, |at| &word[at + 1..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOST: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

    fn found(value: &Value) -> Vec<String> {
        let aliases = Aliases::default();
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let mut found = Vec::new();
        Reader { aliases: &aliases, place: &place }.read(value, &mut found);
        found
    }

    #[test]
    fn a_value_that_is_a_reference_is_found_as_it_is_written() {
        let digest = format!("sha256:{:064x}", 1);
        for text in [
            format!("{HOST}/app"),
            format!("docker://{HOST}/team/app:v1"),
            format!("{HOST}/app@{digest}"),
            format!("ghcr.io/a/b@{digest}"),
            digest,
            // It is meant to be one.
            format!("{HOST}/App:v1"),
        ] {
            assert_eq!(found(&json!({ "a": [{ "b": text }] })), [text]);
        }
    }

    #[test]
    fn what_names_no_image_is_not_found() {
        for text in [
            "",
            "python:3.12",
            "arn:aws:ecr:eu-west-1:111122223333:repository/app",
            HOST,
            &format!("https://{HOST}/"),
            "vpce-1.dkr.ecr.eu-west-1.vpce.amazonaws.com",
            "*.dkr.ecr.eu-west-1.amazonaws.com",
            "$ACCOUNT.dkr.ecr.$REGION.amazonaws.com/app:v1",
        ] {
            assert_eq!(found(&json!(text)), [""; 0], "{text}");
        }
    }

    #[test]
    fn references_in_documents_are_found() {
        let reference = format!("{HOST}/app:v1");
        for text in [
            format!("{{\"image\":\"{}\"}}", reference.replace('/', "\\/")),
            format!("[\"--image={reference}\", {{\"a\": null}}]"),
            format!("#!/bin/sh\ndocker pull {reference}\n"),
            format!("--conf spark.kubernetes.container.image={reference} --class x"),
            format!("image: '{reference}'"),
            format!("It runs {reference}, and more"),
            format!("image:{reference};"),
        ] {
            assert_eq!(found(&json!(text)), [&*reference], "{text}");
        }
    }

    #[test]
    fn task_definitions_of_the_place_are_found() {
        let arn = |region: &str| format!("arn:aws:ecs:{region}:111122223333:task-definition/web:3");
        let aliases = Aliases::default();
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let reader = Reader { aliases: &aliases, place: &place };
        let definition = format!("{{\"TaskDefinition\":\"{}\"}}", arn("eu-west-1"));
        let value = json!([{ "a": definition, "b": [arn("us-east-1"), "task-definition/web:3"] }]);
        let mut found = BTreeSet::new();
        reader.task_definitions(&value, &mut found);
        assert_eq!(found, BTreeSet::from([arn("eu-west-1")]));
    }

    #[test]
    fn what_a_sentence_ends_with_may_be_a_part_of_the_tag() {
        let text = format!("It runs {HOST}/app:v1.");
        assert_eq!(found(&json!(text)), [format!("{HOST}/app:v1."), format!("{HOST}/app:v1")]);
    }

    #[test]
    fn a_template_means_its_own_account_and_region() {
        let sub = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:v1";
        let template = json!({ "Image": { "Fn::Sub": sub } }).to_string();
        assert_eq!(found(&json!(template)), [format!("{HOST}/assets:v1")]);
    }
}
