//! What has to be gone from other repositories before an image goes that refers to it.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::AwaitedSubject;
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::{Run, StepError};

/// What goes from other repositories before what refers to it, by image.
pub(super) struct Awaited(BTreeMap<Digest, BTreeSet<RepositoryId>>);

/// What is left of that, of the images that some batch refers to.
#[derive(Default)]
pub(super) struct Left(BTreeMap<Digest, RepositoryId>);

impl Awaited {
    pub(super) fn of(subjects: impl Iterator<Item = AwaitedSubject>) -> Self {
        let mut awaited: BTreeMap<Digest, BTreeSet<RepositoryId>> = BTreeMap::new();
        for subject in subjects {
            awaited.entry(subject.digest).or_default().insert(subject.id());
        }
        Self(awaited)
    }

    /// Asks the other repositories for what these images refer to, and for nothing else: each for
    /// all of it together.
    pub(super) async fn find_left(&self, run: &Run, images: &[Image]) -> Result<Left, StepError> {
        let mut asked: BTreeMap<&RepositoryId, BTreeSet<Digest>> = BTreeMap::new();
        for subject in images.iter().flat_map(subjects) {
            for repository in self.0.get(&subject).into_iter().flatten() {
                asked.entry(repository).or_default().insert(subject);
            }
        }
        stream::iter(asked)
            .map(|(repository, subjects)| find_in(run, repository, Vec::from_iter(subjects)))
            .buffered(run.sessions.concurrency())
            .try_fold(Left::default(), async |mut left, found| {
                for (subject, repository) in found {
                    left.0.entry(subject).or_insert(repository);
                }
                Ok(left)
            })
            .await
    }
}

impl Left {
    /// Why an image has to stay for now: a subject of it is still in another repository. Whatever
    /// kept it there, it would be without what refers to it.
    pub(super) fn reason_to_stay(&self, image: &Image) -> Option<String> {
        let (subject, repository) = subjects(image)
            .into_iter()
            .find_map(|subject| Some((subject, self.0.get(&subject)?)))?;
        Some(format!("{subject} has to go before it, and is still in {repository}"))
    }
}

/// What an image refers to, wherever that is.
pub(super) fn subjects(image: &Image) -> BTreeSet<Digest> {
    image.subject.into_iter().chain(image.fallback_subjects()).collect()
}

/// Those of these images that are still in a repository.
async fn find_in(
    run: &Run,
    repository: &RepositoryId,
    subjects: Vec<Digest>,
) -> Result<Vec<(Digest, RepositoryId)>, StepError> {
    let reader = run.sessions.registry(&repository.registry);
    match reader.images_exactly(&repository.name, &subjects).await {
        Ok(exact) => {
            Ok(exact.found.into_iter().map(|image| (image.digest, repository.clone())).collect())
        }
        Err(error) if is_repository_gone(&error) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
