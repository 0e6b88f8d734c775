//! Which images a run has deleted, by what of its documents can be read.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::UnreadableDocument;
use ecr_sweep_protocol::documents::{
    MatchedRepository, Receipt, Repositories, RepositorySummary, RunId, RunSummary, Stage, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::went;
use crate::run::documents::AT_ONCE;
use crate::run::receipts::readable_receipts;
use crate::{Environment, StepError};

/// What a run has deleted or archived, as far as its documents tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundDeletions {
    /// The repositories in which it did, or of which that cannot be told.
    pub repositories: Vec<DeletedImages>,
    /// The documents of the run as a whole that cannot be read.
    pub unreadable: Vec<UnreadableDocument>,
}

/// Images of one repository that a run has deleted or archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedImages {
    /// The repository.
    pub repository: RepositoryId,
    /// The images that are wanted.
    pub digests: BTreeSet<Digest>,
    /// How many images more the run's summary tells of than receipts.
    pub missing: u64,
    /// The documents of its receipts that cannot be read.
    pub unreadable: Vec<UnreadableDocument>,
}

impl FoundDeletions {
    /// Whether everything could be read that says what the run has deleted or archived.
    #[must_use]
    pub fn is_all_known(&self) -> bool {
        self.unreadable.is_empty()
            && self.repositories.iter().all(|it| it.missing == 0 && it.unreadable.is_empty())
    }

    /// The repositories with images that are wanted alone: what cannot be told of others concerns nobody.
    #[must_use]
    pub fn wanted_alone(mut self) -> Self {
        self.repositories.retain(|it| !it.digests.is_empty());
        self.unreadable.clear();
        self
    }
}

/// The images that a run has deleted or archived, or may have, of those that are wanted. Repositories
/// without any are left out, unless something of them cannot be told. One document that cannot be read hides
/// nothing of the others.
pub async fn find_deleted(
    environment: &Environment,
    run: &RunId,
    is_wanted: impl Fn(&RepositoryId, &Receipt) -> bool,
) -> Result<FoundDeletions, StepError> {
    let mut found = FoundDeletions::default();
    let summary = match environment.find(&keys::summary(run, Stage::Plan)).await {
        Ok(summary) => summary,
        Err(error) => {
            found.unreadable.push(error.unreadable()?);
            None
        }
    };
    let summarized =
        summary.into_iter().flat_map(|it: RunSummary| it.repositories).collect::<Vec<_>>();
    let repositories = match environment.read_of(run, &keys::repositories(run)).await {
        Ok(Repositories { repositories, .. }) => {
            repositories.iter().map(MatchedRepository::id).collect()
        }
        // The summary has every repository that was planned.
        Err(error) if !summarized.is_empty() => {
            found.unreadable.push(error.unreadable()?);
            summarized.iter().map(RepositorySummary::id).collect::<Vec<_>>()
        }
        Err(error) => return Err(error),
    };
    let told = |id: &RepositoryId| {
        let told = summarized.iter().filter(|it| it.id() == *id);
        told.map(|it| it.outcomes.changed()).sum::<u64>()
    };
    let (told, is_wanted) = (&told, &is_wanted);
    let all: Vec<DeletedImages> = stream::iter(repositories)
        .map(async |repository| {
            let (receipts, unreadable) =
                readable_receipts(&*environment.store, run, &repository).await?;
            let gone: Vec<Receipt> =
                receipts.into_iter().flat_map(|it| it.receipts).filter(went).collect();
            let missing = told(&repository).saturating_sub(gone.len() as u64);
            let wanted = gone.iter().filter(|it| is_wanted(&repository, it));
            let digests = wanted.map(|receipt| receipt.digest).collect();
            Ok::<_, StepError>(DeletedImages { repository, digests, missing, unreadable })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let is_told =
        |it: &DeletedImages| !it.digests.is_empty() || it.missing > 0 || !it.unreadable.is_empty();
    found.repositories = all.into_iter().filter(is_told).collect();
    Ok(found)
}
