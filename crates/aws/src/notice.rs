//! Notices: messages to whoever subscribed to a topic.

use ecr_sweep_core::Place;

use crate::call::Call;
use crate::sessions::clients::client;
use crate::{AwsError, Sessions};

/// The longest subject, in characters.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const LONGEST_SUBJECT: usize = 100;

/// The longest message, in bytes; what is longer is cut at a line.
const LONGEST_MESSAGE: usize = 256 * 1024;

/// Where the rest of a message is that was cut.
const CUT: &str = "\n... the rest is in the run store\n";

/// Publishes a message to a topic of Amazon SNS. The subject is cut to what fits in a mail's, and
/// the message at the last line that fits.
pub async fn publish(
    sessions: &Sessions,
    topic_arn: &str,
    subject: &str,
    message: &str,
) -> Result<(), AwsError> {
    let place: &Place = sessions.home();
    let call = Call::new("sns", "Publish", place).about(topic_arn);
    let published = client!(aws_sdk_sns, sessions.client_config(), place, "sns")
        .publish()
        .topic_arn(topic_arn)
        .subject(subject_of(subject))
        .message(fitting(message))
        .send()
        .await
        .map_err(|error| call.failed(error))?;
    call.sent_text("MessageId", published.message_id())?;
    Ok(())
}

/// A subject is one line of ASCII.
fn subject_of(text: &str) -> String {
    let printable = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { ' ' };
    text.chars().take(LONGEST_SUBJECT).map(printable).collect()
}

fn fitting(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let mut end = LONGEST_MESSAGE - CUT.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let lines = message[..end].rfind('\n').unwrap_or(end);
    format!("{}{CUT}", &message[..lines])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        assert_eq!(subject_of("a\nb\u{e9}"), "a b ");
        assert_eq!(subject_of(&"x".repeat(200)).len(), LONGEST_SUBJECT);
    }

    #[test]
    fn a_long_message_is_cut_at_a_line_and_says_so() {
        let line = format!("{}\n", "é".repeat(500));
        let text = fitting(&line.repeat(1_000));
        assert!(text.len() <= LONGEST_MESSAGE, "{}", text.len());
        assert!(text.ends_with(CUT) && text.trim_end_matches(CUT).ends_with('é'));
        assert_eq!(fitting("short"), "short");
    }
}
