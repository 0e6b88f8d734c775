//! Where the repositories of an organization are, that need not all be at hand at once.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::{Place, Registry, Repository, Unread};

/// A registry, and of its repositories no more than their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryOutline {
    /// The account and Region.
    pub place: Place,
    /// Where deletions in this registry are replicated to.
    pub deletes_replicate_to: Vec<Place>,
    /// What could not be read of it.
    pub unread: Option<Unread>,
    /// The names of the repositories.
    pub repositories: Vec<Box<str>>,
}

impl From<&Registry> for RegistryOutline {
    fn from(registry: &Registry) -> Self {
        Self {
            place: registry.place(),
            deletes_replicate_to: registry.deletes_replicate_to.clone(),
            unread: registry.unread.clone(),
            repositories: registry.repositories.iter().map(|it| it.name.clone()).collect(),
        }
    }
}

impl RegistryOutline {
    /// Whether it may have repositories that nobody has listed.
    #[must_use]
    pub fn is_unlisted(&self) -> bool {
        self.unread.as_ref().is_some_and(Unread::is_unlisted)
    }
}

/// The repositories of an organization, each read when it is needed and as often as it is.
pub trait Repositories: Sync {
    /// Why one could not be read.
    type Error: Send;

    /// One repository: the number of its registry, and its own number in it.
    fn read(&self, registry: usize, repository: usize) -> Result<Cow<'_, Repository>, Self::Error>;

    /// Works on each number below a count, in any order or at once, and takes what comes of it in
    /// the order of the numbers.
    fn in_order<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize) -> Result<T, Self::Error> + Sync,
        mut take: impl FnMut(T) -> Result<(), Self::Error>,
    ) -> Result<(), Self::Error> {
        (0..count).try_for_each(|number| take(work(number)?))
    }
}

/// All of them at hand.
impl Repositories for [Registry] {
    type Error = Infallible;

    fn read(&self, registry: usize, repository: usize) -> Result<Cow<'_, Repository>, Infallible> {
        Ok(Cow::Borrowed(&self[registry].repositories[repository]))
    }
}
