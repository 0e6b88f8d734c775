//! What has to be gone from other repositories before an image goes that refers to it.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::AwaitedSubject;

use crate::error::is_repository_gone;
use crate::{Run, StepError};

/// Asks other repositories whether subjects are gone, each once.
pub(super) struct Awaiting<'a> {
    run: &'a Run,
    awaited: Vec<AwaitedSubject>,
    /// What is left of the repositories that were asked.
    left: BTreeMap<RepositoryId, BTreeSet<Digest>>,
}

impl<'a> Awaiting<'a> {
    pub(super) const fn new(run: &'a Run, awaited: Vec<AwaitedSubject>) -> Self {
        Self { run, awaited, left: BTreeMap::new() }
    }

    /// Why an image has to stay for now: a subject of it is still in another repository. Whatever
    /// kept it there, it would be without what refers to it.
    pub(super) async fn find_left(&mut self, image: &Image) -> Result<Option<String>, StepError> {
        let subjects: BTreeSet<Digest> =
            image.subject.into_iter().chain(image.fallback_subjects()).collect();
        let awaited = self.awaited.iter().filter(|it| subjects.contains(&it.digest));
        let awaited: Vec<_> = awaited.map(|it| (it.id(), it.digest)).collect();
        for (repository, subject) in awaited {
            if self.left_in(&repository).await?.contains(&subject) {
                return Ok(Some(format!(
                    "{subject} has to go before it, and is still in {repository}"
                )));
            }
        }
        Ok(None)
    }

    async fn left_in(&mut self, repository: &RepositoryId) -> Result<&BTreeSet<Digest>, StepError> {
        if !self.left.contains_key(repository) {
            let there = self.awaited.iter().filter(|it| it.id() == *repository);
            let digests: Vec<Digest> = there.map(|it| it.digest).collect();
            let reader = self.run.sessions.registry(&repository.registry);
            let left = match reader.images_exactly(&repository.name, &digests).await {
                Ok(exact) => exact.found.into_iter().map(|image| image.digest).collect(),
                Err(error) if is_repository_gone(&error) => BTreeSet::new(),
                Err(error) => return Err(error.into()),
            };
            self.left.insert(repository.clone(), left);
        }
        Ok(&self.left[repository])
    }
}
