//! Who is told of repositories, and what a policy says of that in vain.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Owner, SlackChannel};
use crate::wording::{First, plural};
use crate::{Policy, Warning, WarningCode};

/// How many repositories, or channels, a warning names.
const NAMED: usize = 3;

impl Policy {
    /// The channels that hear of a repository that this rule takes: the rule's, and its owner's; sorted, and
    /// each once.
    #[must_use]
    pub fn channels_of(
        &self,
        rule: usize,
        tags: &BTreeMap<Box<str>, Box<str>>,
    ) -> BTreeSet<SlackChannel> {
        let of_rule = self.repositories.get(rule).into_iter().flat_map(|it| &it.notify_slack);
        let mut channels: BTreeSet<SlackChannel> = of_rule.cloned().collect();
        if let Owner::Channel(channel) = self.notify.owner(tags) {
            channels.insert(channel);
        }
        channels
    }

    /// Whether the policy names any channel, or a tag that may.
    #[must_use]
    pub fn names_channels(&self) -> bool {
        self.notify.owner_tag.is_some()
            || self.repositories.iter().any(|rule| !rule.notify_slack.is_empty())
    }
}

/// The values of the tag of owners that name nobody, each with its repositories. One that has no such tag has no
/// owner, which is nothing to warn of.
#[must_use]
pub fn unknown_owners<'a>(
    policy: &Policy,
    repositories: impl IntoIterator<Item = (String, &'a BTreeMap<Box<str>, Box<str>>)>,
) -> Vec<Warning> {
    let mut unknown: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (repository, tags) in repositories {
        if let Owner::Unknown { tag, value } = policy.notify.owner(tags) {
            unknown.entry((tag.to_owned(), value.to_owned())).or_default().insert(repository);
        }
    }
    let warning = |((tag, value), repositories): ((String, String), BTreeSet<String>)| {
        let count = repositories.len() as u64;
        let detail = format!(
            "the tag `{tag}` of {count} {} says `{value}`, which neither is a channel nor stands in `notify.owners`: no owner hears of {}",
            plural(count, "repository"),
            First::of(NAMED, &repositories).in_one_line(),
        );
        Warning { code: WarningCode::OwnerUnknown, detail: detail.into() }
    };
    unknown.into_iter().map(warning).collect()
}

/// That nothing can be written to these channels. None where there are none.
#[must_use]
pub fn unheard(channels: &BTreeSet<String>) -> Option<Warning> {
    let named = First::of(NAMED, channels).in_one_line();
    let detail = format!(
        "the deployment has no `slack-token` under `notices`: what the policy has for channels is not heard in {named}"
    );
    let warning = Warning { code: WarningCode::ChannelUnheard, detail: detail.into() };
    (!channels.is_empty()).then_some(warning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::case;

    fn policy() -> Policy {
        let mut policy = case([]).policy;
        policy.repositories[0].notify_slack =
            ["#b", "#a", "#b"].map(|text| text.parse().unwrap()).into();
        policy.notify.owner_tag = Some("team".into());
        policy.notify.owners.insert("search".into(), "#a".parse().unwrap());
        policy.notify.owners.insert("pay".into(), "#pay".parse().unwrap());
        policy
    }

    fn tags(value: &str) -> BTreeMap<Box<str>, Box<str>> {
        BTreeMap::from([("team".into(), value.into())])
    }

    #[test]
    fn the_channels_of_a_rule_and_of_an_owner_hear_each_once() {
        let policy = policy();
        let names = |value: &str| {
            let channels = policy.channels_of(0, &tags(value));
            channels.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names("search"), ["#a", "#b"]);
        assert_eq!(names("pay"), ["#a", "#b", "#pay"]);
        assert_eq!(names("nobody"), ["#a", "#b"]);
        assert_eq!(policy.channels_of(7, &tags("pay")).len(), 1);
        assert!(policy.names_channels() && !case([]).policy.names_channels());
    }

    #[test]
    fn a_value_that_names_nobody_is_told_once_with_its_repositories() {
        let (policy, none) = (policy(), BTreeMap::new());
        let (lost, pay) = (tags("lost"), tags("pay"));
        let rows = [("a", &lost), ("b", &pay), ("c", &lost), ("d", &none)];
        let told = unknown_owners(&policy, rows.map(|(name, tags)| (name.to_owned(), tags)));
        let [warning] = &told[..] else { panic!("{told:?}") };
        assert_eq!(
            &*warning.detail,
            "the tag `team` of 2 repositories says `lost`, which neither is a channel nor stands in `notify.owners`: no owner hears of a, c"
        );
    }

    #[test]
    fn channels_without_a_token_are_told() {
        assert_eq!(unheard(&BTreeSet::new()), None);
        let warning = unheard(&["#a".to_owned()].into()).unwrap();
        assert!(warning.detail.ends_with("not heard in #a"), "{}", warning.detail);
    }
}
