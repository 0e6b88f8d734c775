//! Which repositories a rule takes.

use std::collections::BTreeMap;

use crate::Pattern;

/// Which repositories a rule takes: any of the names, and all of the tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryMatch {
    /// Patterns over the name; every repository if there are none.
    pub name: Vec<Pattern>,
    /// Tags that the repository has, with patterns over their values.
    pub tags: BTreeMap<Box<str>, Pattern>,
}

impl RepositoryMatch {
    /// Whether it takes the repository.
    #[must_use]
    pub fn takes(&self, name: &str, tags: &BTreeMap<Box<str>, Box<str>>) -> bool {
        (self.name.is_empty() || self.name.iter().any(|pattern| pattern.matches(name)))
            && self
                .tags
                .iter()
                .all(|(key, pattern)| tags.get(key).is_some_and(|value| pattern.matches(value)))
    }
}
