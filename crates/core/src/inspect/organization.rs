//! The inspection of everything at once, as it is made from a snapshot.

use std::collections::BTreeSet;

use super::{DanglingReferrer, Finding, inspect_repository};
use crate::{Digest, Gap, Organization, RepositoryId, Unread};

/// What is broken in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The repositories that were looked at.
    pub repositories: u64,
    /// Their images.
    pub images: u64,
    /// What is broken, sorted.
    pub findings: Vec<Finding>,
    /// What was not seen: it may use anything.
    pub gaps: Vec<Gap>,
}

impl Organization<'_> {
    /// Looks at every repository, whether a rule takes it or not, and at what names one that a
    /// registry does not have.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        let (mut findings, mut dangling) = (Vec::new(), Vec::<DanglingReferrer>::new());
        let (mut repositories, mut images) = (0, 0);
        for registry in self.registries() {
            let place = registry.place();
            let there: BTreeSet<&str> =
                registry.repositories.iter().map(|repository| &*repository.name).collect();
            let is_unlisted = registry.unread.as_ref().is_some_and(Unread::is_unlisted);
            let missing: Vec<&str> = self
                .usage()
                .repositories_named_in(&place)
                .filter(|name| !is_unlisted && !there.contains(name))
                .collect();
            let absent = missing.into_iter().map(crate::Repository::absent).collect::<Vec<_>>();
            for repository in registry.repositories.iter().chain(&absent) {
                let evidence =
                    self.usage().evidence_for(&RepositoryId::new(&place, &repository.name));
                let found = inspect_repository(&place, repository, &evidence, self.policy());
                findings.extend(found.findings);
                dangling.extend(found.dangling);
                images += repository.images.len() as u64;
            }
            repositories += registry.repositories.len() as u64;
        }
        findings.extend(self.without_subject(dangling));
        findings.sort();
        let gaps = self.usage().gaps().into_iter().cloned().collect();
        Inspection { repositories, images, findings, gaps }
    }

    /// Those of the referrers whose subjects are in no repository at all.
    fn without_subject(&self, dangling: Vec<DanglingReferrer>) -> Vec<Finding> {
        let mut wanted: BTreeSet<Digest> =
            dangling.iter().flat_map(|it| it.subjects.iter().copied()).collect();
        let images = self.registries().iter().flat_map(|registry| &registry.repositories);
        for image in images.flat_map(|repository| &repository.images) {
            wanted.remove(&image.digest);
        }
        let mut unread = self.registries().iter().filter_map(|registry| registry.unread.as_ref());
        // What is in a registry that could not be listed, nobody can tell.
        if unread.any(Unread::is_unlisted) {
            return Vec::new();
        }
        let is_nowhere =
            |it: &DanglingReferrer| it.subjects.iter().all(|subject| wanted.contains(subject));
        dangling.into_iter().filter(is_nowhere).map(|it| it.finding).collect()
    }
}
