//! Which repository is meant.

use std::fmt;

use crate::Place;

/// One repository of one registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId {
    /// The registry.
    pub registry: Place,
    /// The name, with its slashes.
    pub name: Box<str>,
}

impl RepositoryId {
    /// The repository of this name.
    #[must_use]
    pub fn new(registry: &Place, name: &str) -> Self {
        Self { registry: registry.clone(), name: name.into() }
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}
