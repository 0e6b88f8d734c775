//! Who hears of a repository: channels of Slack, of its rule and of its owner.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A channel of Slack: its name behind a `#`, or its id.
///
/// Names have up to 80 characters and no capital letters; ids begin with a C, or with a G where the channel is
/// private and old: <https://docs.aws.amazon.com/devopsagent/latest/APIReference/API_SlackChannel.html>.
/// A person is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlackChannel(Box<str>);

/// A text that is no channel of Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither the name of a channel, such as #payments, nor an id, such as C0123ABCD")]
pub struct NotAChannel;

/// The longest name of a channel, in characters.
const LONGEST_NAME: usize = 80;

impl SlackChannel {
    /// As Slack takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SlackChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for SlackChannel {
    type Err = NotAChannel;

    fn from_str(text: &str) -> Result<Self, NotAChannel> {
        let is_of_name = |letter: char| {
            "-_".contains(letter) || letter.is_alphanumeric() && !letter.is_uppercase()
        };
        let is_of_id = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        let is_one = match text.strip_prefix('#') {
            Some(name) => {
                (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(is_of_name)
            }
            None => {
                (8..=16).contains(&text.len())
                    && text.starts_with(['C', 'G'])
                    && text.bytes().all(is_of_id)
            }
        };
        if is_one { Ok(Self(text.into())) } else { Err(NotAChannel) }
    }
}

/// Whose a repository is, by one of its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notify {
    /// The tag. None: nobody is told because a repository is theirs.
    pub owner_tag: Option<Box<str>>,
    /// The channels that its values stand for.
    pub owners: BTreeMap<Box<str>, SlackChannel>,
}

/// What the tags of a repository say of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner<'a> {
    /// Nothing: no tag is looked at, or the repository has none.
    Unsaid,
    /// The owner's channel.
    Channel(SlackChannel),
    /// The tag's value is no channel, and stands for none.
    Unknown {
        /// The tag.
        tag: &'a str,
        /// What it says.
        value: &'a str,
    },
}

impl Notify {
    /// What the tags of a repository say of its owner: what a value stands for goes before what it may be itself.
    #[must_use]
    pub fn owner<'a>(&'a self, tags: &'a BTreeMap<Box<str>, Box<str>>) -> Owner<'a> {
        let Some(tag) = &self.owner_tag else { return Owner::Unsaid };
        let Some(value) = tags.get(tag) else { return Owner::Unsaid };
        match self.owners.get(value) {
            Some(channel) => Owner::Channel(channel.clone()),
            None => match value.parse() {
                Ok(channel) => Owner::Channel(channel),
                Err(NotAChannel) => Owner::Unknown { tag, value },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_a_name_behind_a_hash_or_an_id() {
        for text in ["#payments", "#a", "#ops-2_x", "#équipe", "C0123ABCD", "G01234567"] {
            assert_eq!(text.parse::<SlackChannel>().unwrap().as_str(), text);
        }
        let long = format!("#{}", "x".repeat(81));
        for text in [
            "",
            "#",
            "payments",
            "@user",
            "#@user",
            "#Payments",
            "#two words",
            "##a",
            " #a",
            "#a.b",
            "U0123ABCD",
            "D0123ABCD",
            "C0123",
            "C0123abcd",
            "C0123ABCD0123ABCD",
            &long,
        ] {
            assert_eq!(text.parse::<SlackChannel>(), Err(NotAChannel), "{text}");
        }
    }

    #[test]
    fn an_owner_is_who_a_value_stands_for_or_the_channel_that_it_is() {
        let channel = |text: &str| text.parse::<SlackChannel>().unwrap();
        let tags = |value: &str| BTreeMap::from([("team".into(), value.into())]);
        let mut notify = Notify::default();
        assert_eq!(notify.owner(&tags("search")), Owner::Unsaid);
        notify.owner_tag = Some("team".into());
        notify.owners.insert("search".into(), channel("#search"));
        notify.owners.insert("C0123ABCD".into(), channel("#moved"));
        assert_eq!(notify.owner(&BTreeMap::new()), Owner::Unsaid);
        assert_eq!(notify.owner(&tags("search")), Owner::Channel(channel("#search")));
        assert_eq!(notify.owner(&tags("C0123ABCD")), Owner::Channel(channel("#moved")));
        assert_eq!(notify.owner(&tags("C7654DCBA")), Owner::Channel(channel("C7654DCBA")));
        for value in ["Search", "", "payments"] {
            assert_eq!(notify.owner(&tags(value)), Owner::Unknown { tag: "team", value });
        }
    }
}
