//! Notices: who hears them, and how each takes them.
//!
//! A service refuses what is longer than its limits, so a notice is split into as many messages as it
//! takes, between lines. Each message has the subject.

mod channel;
mod document;
mod lines;
mod slack;
mod teams;
mod topic;

pub use channel::Channel;
pub use document::{NoticeAbout, WebhookNotice};
pub use slack::slack_messages;
pub use teams::teams_messages;
pub use topic::topic_messages;

/// The subject of one of several messages.
fn numbered(subject: &str, number: usize, of: usize) -> String {
    if of == 1 { subject.to_owned() } else { format!("{subject} ({number} of {of})") }
}
