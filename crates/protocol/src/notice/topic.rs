//! Messages for a topic of Amazon SNS.

use super::lines::in_pieces;

/// How long a message may be, in bytes: SNS takes 262,144, and does not say whether the subject counts.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const LONGEST_TEXT: usize = 262_144 - 1_024;

/// How long a subject may be, in characters: less than 100.
const LONGEST_SUBJECT: usize = 99;

/// The messages, each with its subject.
#[must_use]
pub fn topic_messages(subject: &str, text: &str) -> Vec<(String, String)> {
    let pieces = in_pieces(text.trim_end(), LONGEST_TEXT, char::len_utf8);
    let of = pieces.len();
    let subject_of = |number| {
        let end = if of == 1 { String::new() } else { format!(" ({number} of {of})") };
        subject_in_a_line(subject, LONGEST_SUBJECT - end.len()) + &end
    };
    pieces.into_iter().enumerate().map(|(index, text)| (subject_of(index + 1), text)).collect()
}

/// A subject is one line of ASCII, which may become that of a mail.
fn subject_in_a_line(text: &str, longest: usize) -> String {
    let printable = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { ' ' };
    text.chars().take(longest).map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_is_one() {
        let messages = topic_messages("a\nb\u{e9}", "short\n");
        assert_eq!(messages, [("a b ".to_owned(), "short".to_owned())]);
    }

    #[test]
    fn a_long_message_is_split_between_lines_and_nothing_of_it_is_lost() {
        let lines: Vec<String> = (0..1_000).map(|n| format!("{n}{}", "é".repeat(500))).collect();
        let messages = topic_messages(&"x".repeat(200), &lines.join("\n"));
        assert!(messages.len() > 3, "{}", messages.len());
        let texts: Vec<&str> = messages.iter().map(|(_, text)| &**text).collect();
        assert_eq!(texts.join("\n"), lines.join("\n"));
        for (subject, text) in &messages {
            assert!(subject.len() < 100 && subject.is_ascii(), "{subject}");
            assert!(subject.ends_with(&format!(" of {})", messages.len())), "{subject}");
            assert!(text.len() <= 262_144, "{}", text.len());
        }
    }
}
