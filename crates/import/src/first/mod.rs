//! A first policy, from what an account has.
//!
//! It is careful: what is young, what was pulled, the newest images and tags that move stay, and what
//! is left waits a week. So its first plan can be read before anything goes.

mod groups;
mod sources;

use ecr_sweep_core::{Bytes, Coverage, Pattern, Place, Registry, Usage};
use jiff::Timestamp;

use super::draft::{Clause, Draft, Rule};
use groups::{Group, Held, group};

/// What was seen of an account, or of several.
#[derive(Debug, Clone, Copy)]
pub struct First<'a> {
    /// The account and Region that looked.
    pub home: &'a Place,
    /// When they looked.
    pub seen_at: Timestamp,
    /// The registries.
    pub registries: &'a [Registry],
    /// What names images.
    pub usage: &'a [Usage],
    /// What was seen of it, and what was not.
    pub coverage: &'a Coverage,
    /// The repositories that it is to be about: those whose name matches one. None: all.
    pub selection: &'a [Pattern],
}

/// What was pushed or pulled within so many days stays.
const DAYS: u32 = 90;

/// So many of the newest tagged images of each repository stay.
const NEWEST: u32 = 10;

/// So many repositories of a rule are told by name.
const TOLD: usize = 5;

impl First<'_> {
    /// The policy, as the text of a file with comments. None where there is no repository to write
    /// one for.
    #[must_use]
    pub fn policy(&self) -> Option<String> {
        let groups = group(self.registries, self.selection);
        if groups.is_empty() {
            return None;
        }
        let all: Held = groups.iter().flat_map(|group| &group.repositories).map(|(_, it)| it).sum();
        let draft = Draft::new(format!(
            "Written by `ecr-sweep init` from {} at {}: {}.",
            self.places(),
            self.seen_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            all.in_words(groups.iter().map(|group| group.repositories.len()).sum())
        ));
        let mut draft = draft
            .say(
                "Sizes are at most: what a registry bills counts a layer once that several images \
                 share. An index adds nothing to the images that it lists.",
            )
            .say(format!(
                "It is careful. What something names stays; so does what was pushed or pulled \
                 within {DAYS} days, the {NEWEST} newest tagged images of each repository, and tags \
                 that move. The rest goes once every run of 7 days has planned it. Read what \
                 `ecr-sweep plan` shows, then make it yours: docs/policy.md has every setting."
            ));
        for registry in self.registries {
            if let Some(unread) = &registry.unread {
                draft = draft.say(format!("Not read: {}", unread.in_words(&registry.place())));
            }
        }
        let mut draft = sources::tell(draft, self.usage, self.coverage);
        draft = draft.set(
            "limits: { share: 25%, on_exceed: oldest_first }",
            vec!["No run deletes more than this; the oldest go first.".to_owned()],
        );
        Some(groups.iter().map(rule).fold(draft, Draft::rule).to_string())
    }

    fn places(&self) -> String {
        let places: Vec<_> =
            self.registries.iter().map(|registry| registry.place().to_string()).collect();
        match places.as_slice() {
            [] => self.home.to_string(),
            [place] => place.clone(),
            [first, .., last] => format!("{} registries ({first} to {last})", places.len()),
        }
    }
}

fn rule(group: &Group<'_>) -> Rule {
    let held: Held = group.repositories.iter().map(|(_, held)| held).sum();
    let mut rule = Rule::named(&group.patterns).say(format!(
        "{}{}",
        held.in_words(group.repositories.len()),
        held.pushed_in_words()
    ));
    if group.repositories.len() > 1 {
        let mut largest: Vec<_> = group.repositories.iter().collect();
        largest.sort_by_key(|(name, held)| (std::cmp::Reverse(held.bytes), *name));
        let told: Vec<String> = largest
            .iter()
            .take(TOLD)
            .map(|(name, held)| format!("{name} ({}, {})", held.images, Bytes(held.bytes)))
            .collect();
        rule = rule.say(format!("The largest, with their images: {}", told.join(", ")));
    }
    let mut clause = Clause::new()
        .with("pushed_within", format!("{DAYS}d"))
        .with("pulled_within", format!("{DAYS}d"))
        .with("newest", NEWEST);
    if !group.moving_tags.is_empty() {
        clause = clause.with_list("tags", &group.moving_tags);
    }
    rule.keep(clause).set("limits", "{ share: 50%, on_exceed: oldest_first }").set("grace", "7d")
}
