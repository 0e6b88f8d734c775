//! Messages of Teams: Adaptive Cards, as a workflow's webhook takes them.

use serde_json::{Value, json};

use super::lines::in_pieces;
use super::numbered;

/// How much of a text goes into one card, in bytes of JSON. A message has 28 KB at most; where one is
/// turned into UTF-16 on its way, half of it.
///
/// <https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams>
const LONGEST_TEXT: usize = 12_000;

/// How much of a subject, in bytes of JSON.
const LONGEST_SUBJECT: usize = 400;

/// The bodies of the messages.
///
/// The texts are runs of a rich text, in which Markdown is not read.
///
/// <https://adaptivecards.io/explorer/TextRun.html>
#[must_use]
pub fn teams_messages(subject: &str, text: &str) -> Vec<Value> {
    let pieces = in_pieces(text.trim_end(), LONGEST_TEXT, size);
    let subject = in_pieces(subject, LONGEST_SUBJECT, size).swap_remove(0);
    let of = pieces.len();
    pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| {
            let title = json!({
                "type": "TextRun", "text": numbered(&subject, index + 1, of), "weight": "Bolder",
            });
            let text = json!({ "type": "TextRun", "text": piece, "fontType": "Monospace" });
            json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "msteams": { "width": "Full" },
                        "body": [rich(&title), rich(&text)],
                    },
                }],
            })
        })
        .collect()
}

fn rich(run: &Value) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [run] })
}

/// A character in a string of JSON; control characters become `\u001f`.
fn size(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' => 2,
        other if other.is_control() => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn runs(message: &Value) -> [&str; 2] {
        let body = &message["attachments"][0]["content"]["body"];
        [0, 1].map(|it| body[it]["inlines"][0]["text"].as_str().unwrap())
    }

    #[test]
    fn a_card_has_the_subject_and_the_text_as_they_are() {
        let [message] = &teams_messages("a *b*", "[x](https://example.com)\n")[..] else {
            panic!()
        };
        assert_eq!(runs(message), ["a *b*", "[x](https://example.com)"]);
    }

    proptest! {
        #[test]
        fn no_line_is_lost_or_cut_and_every_message_is_within_the_limit(
            lines in prop::collection::vec("[a-z\"\\\\\u{1}é😀]{1,300}", 1..200),
        ) {
            let messages = teams_messages(&"\"".repeat(500), &lines.join("\n"));
            let texts: Vec<&str> = messages.iter().map(|it| runs(it)[1]).collect();
            prop_assert_eq!(texts.join("\n"), lines.join("\n"));
            for message in &messages {
                prop_assert!(2 * message.to_string().len() <= 28 * 1024);
            }
        }
    }
}
