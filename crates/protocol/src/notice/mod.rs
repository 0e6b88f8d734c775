//! Notices: who hears them, and how Slack and Teams take them.
//!
//! A service refuses what is longer than its limits, so a notice is split into as many messages as it
//! takes, between lines. Each message has the subject.

mod channel;
mod lines;
mod slack;
mod teams;

pub use channel::Channel;
pub use slack::slack_messages;
pub use teams::teams_messages;

/// The subject of one of several messages.
fn numbered(subject: &str, number: usize, of: usize) -> String {
    if of == 1 { subject.to_owned() } else { format!("{subject} ({number} of {of})") }
}
