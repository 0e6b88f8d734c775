//! Repositories by the prefix of their names, and what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;

use ecr_sweep_core::wording::plural;
use ecr_sweep_core::{Bytes, Image, Pattern, Registry};
use jiff::Timestamp;

/// Tags that move from image to image, by habit.
const MOVING_TAGS: [&str; 14] = [
    "latest",
    "stable",
    "production",
    "prod",
    "live",
    "release",
    "staging",
    "main",
    "master",
    "develop",
    "dev",
    "edge",
    "nightly",
    "current",
];

/// Repositories that one rule is about.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// What matches them, and no other that is there.
    pub patterns: Vec<String>,
    /// Each name once, over all registries.
    pub repositories: Vec<(&'a str, Held)>,
    /// Those of the tags that move that some image in them has.
    pub moving_tags: Vec<&'static str>,
}

/// How much is in repositories.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    pub images: u64,
    /// At most: layers that images share are counted each time.
    pub bytes: u64,
    /// The times of the first and the last push.
    pushed: Option<(Timestamp, Timestamp)>,
}

impl Held {
    fn add(&mut self, image: &Image) {
        self.images += 1;
        self.bytes = self.bytes.saturating_add(image.own_bytes().unwrap_or(0));
        if let Some(at) = image.pushed_at {
            let (first, last) = self.pushed.unwrap_or((at, at));
            self.pushed = Some((first.min(at), last.max(at)));
        }
    }

    pub fn in_words(&self, repositories: usize) -> String {
        let repositories = repositories as u64;
        format!(
            "{repositories} {}, {} {}, at most {}",
            plural(repositories, "repository"),
            self.images,
            plural(self.images, "image"),
            Bytes(self.bytes)
        )
    }

    /// From when to when, by day in UTC.
    pub fn pushed_in_words(&self) -> String {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        match self.pushed {
            Some((first, last)) if day(first) == day(last) => format!(", pushed on {}", day(first)),
            Some((first, last)) => format!(", pushed from {} to {}", day(first), day(last)),
            None => String::new(),
        }
    }
}

impl<'a> Sum<&'a Held> for Held {
    fn sum<I: Iterator<Item = &'a Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            images: sum.images + one.images,
            bytes: sum.bytes.saturating_add(one.bytes),
            pushed: match (sum.pushed, one.pushed) {
                (Some((first, last)), Some((other, later))) => {
                    Some((first.min(other), last.max(later)))
                }
                (sum, one) => sum.or(one),
            },
        })
    }
}

/// The selected repositories by what stands before the first slash; those without one come last.
pub(super) fn group<'a>(registries: &'a [Registry], selection: &[Pattern]) -> Vec<Group<'a>> {
    let is_selected =
        |name: &str| selection.is_empty() || selection.iter().any(|it| it.matches(name));
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut selected: BTreeMap<&str, (Held, BTreeSet<&str>)> = BTreeMap::new();
    for repository in registries.iter().flat_map(|registry| &registry.repositories) {
        names.insert(&repository.name);
        if is_selected(&repository.name) {
            let (held, tags) = selected.entry(&repository.name).or_default();
            repository.images.iter().for_each(|image| held.add(image));
            tags.extend(repository.images.iter().flat_map(|image| &image.tags).map(|it| &**it));
        }
    }
    let mut groups: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for name in selected.keys() {
        let prefix = name.split_once('/').map(|(prefix, _)| prefix);
        groups.entry(prefix).or_default().push(name);
    }
    // None comes first.
    let without = groups.remove(&None);
    let groups = groups.into_iter().chain(without.map(|names| (None, names)));
    groups
        .map(|(prefix, members)| {
            let patterns = match prefix {
                Some(prefix) => patterns(prefix, &members, &names),
                None => members.iter().map(|name| (*name).to_owned()).collect(),
            };
            let tags: BTreeSet<&str> =
                members.iter().flat_map(|name| selected[name].1.iter().copied()).collect();
            Group {
                patterns,
                repositories: members.iter().map(|it| (*it, selected[it].0.clone())).collect(),
                moving_tags: MOVING_TAGS.into_iter().filter(|tag| tags.contains(tag)).collect(),
            }
        })
        .collect()
}

/// One pattern for all with a prefix, or their names where not all of them are selected.
fn patterns(prefix: &str, members: &[&str], names: &BTreeSet<&str>) -> Vec<String> {
    let start = format!("{prefix}/");
    let all = names.iter().filter(|name| name.starts_with(&start)).count();
    if all == members.len() {
        vec![format!("{prefix}/*")]
    } else {
        members.iter().map(|name| (*name).to_owned()).collect()
    }
}
