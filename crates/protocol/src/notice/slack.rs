//! Messages of Slack, in blocks.

use serde_json::{Value, json};

use super::lines::in_pieces;
use super::numbered;

/// The longest text of a section, in characters.
///
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>
const LONGEST_SECTION: usize = 3_000;

/// The longest text of a header, in characters.
///
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>
const LONGEST_HEADER: usize = 150;

/// How much text the blocks of one message have together. Slack allows 50 blocks of a message and does
/// not say how much text they may have: some 13,000 characters were refused (`msg_blocks_too_long`).
///
/// <https://docs.slack.dev/reference/block-kit/blocks>
/// <https://github.com/slackapi/bolt-js/issues/2509>
const SECTIONS: usize = 3;

/// The bodies of the messages, for an incoming webhook or `chat.postMessage`.
///
/// Texts are plain: nothing in them is formatted, and nobody is mentioned.
#[must_use]
pub fn slack_messages(subject: &str, text: &str) -> Vec<Value> {
    let pieces = in_pieces(text.trim_end(), LONGEST_SECTION, escaped_size);
    let messages: Vec<&[String]> = pieces.chunks(SECTIONS).collect();
    let of = messages.len();
    messages
        .into_iter()
        .enumerate()
        .map(|(index, pieces)| {
            let subject = numbered(subject, index + 1, of);
            let header = in_pieces(&subject, LONGEST_HEADER, escaped_size).swap_remove(0);
            let header = json!({ "type": "header", "text": plain(&header) });
            let sections = pieces
                .iter()
                .filter(|it| !it.trim().is_empty())
                .map(|it| json!({ "type": "section", "text": plain(it) }));
            let blocks: Vec<Value> = std::iter::once(header).chain(sections).collect();
            // Notifications show the text, which Slack reads as its markup.
            json!({
                "text": escaped(&subject), "blocks": blocks,
                "unfurl_links": false, "unfurl_media": false,
            })
        })
        .collect()
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": escaped(text), "emoji": false })
}

/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const fn escaped_size(character: char) -> usize {
    match character {
        '&' => 5,
        '<' | '>' => 4,
        // Whether Slack counts characters or units of UTF-16 it does not say.
        other => other.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(message: &Value) -> Vec<String> {
        let blocks = message["blocks"].as_array().unwrap();
        let texts = blocks[1..].iter().map(|it| it["text"]["text"].as_str().unwrap());
        let read = |it: &str| it.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        texts.flat_map(|it| it.split('\n').map(read).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn a_message_has_a_header_and_a_section_and_mentions_nobody() {
        let [message] = &slack_messages("a & b", "<!channel> went\n")[..] else { panic!() };
        assert_eq!(message["text"], "a &amp; b");
        let texts = ["a &amp; b", "&lt;!channel&gt; went"];
        for (block, (kind, text)) in message["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .zip(["header", "section"].into_iter().zip(texts))
        {
            let text = json!({ "type": "plain_text", "text": text, "emoji": false });
            assert_eq!(*block, json!({ "type": kind, "text": text }));
        }
    }

    #[test]
    fn a_long_subject_is_cut_in_the_header_alone() {
        let subject = "s".repeat(400);
        let [message] = &slack_messages(&subject, "x")[..] else { panic!() };
        assert_eq!(message["blocks"][0]["text"]["text"].as_str().unwrap().len(), LONGEST_HEADER);
        assert_eq!(message["text"], subject);
    }

    proptest! {
        #[test]
        fn no_line_is_lost_or_cut_and_every_message_is_within_the_limits(
            lines in prop::collection::vec("[a-z<>&é😀*_`@#]{1,300}", 1..120),
        ) {
            let messages = slack_messages("subject", &lines.join("\n"));
            let told: Vec<String> = messages.iter().flat_map(shown).collect();
            prop_assert_eq!(told, lines);
            for message in &messages {
                let blocks = message["blocks"].as_array().unwrap();
                prop_assert!(blocks.len() <= 50);
                for block in &blocks[1..] {
                    let text = block["text"]["text"].as_str().unwrap();
                    prop_assert!((1..=LONGEST_SECTION).contains(&text.encode_utf16().count()));
                }
            }
        }
    }
}
