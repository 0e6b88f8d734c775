//! What runs remember of one another: which images were in use, when, and by what.
//!
//! One document a repository, which every plan of a run brings up to date before it is stored, a dry
//! run's too: of whatever a plan says, what it saw in use is remembered. It only adds to what is
//! kept, and only for keep rules that ask for it.

mod memory;

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, Repository, RepositoryId, UseHistory};
use ecr_sweep_protocol::RememberedUse;
use ecr_sweep_protocol::documents::keys;
use jiff::Timestamp;

pub(crate) use memory::Seen;
use memory::UseMemory;

use crate::error::MemoryProblem;
use crate::{Environment, StepError};

/// What runs so far have seen in use in one repository.
#[derive(Debug)]
pub(crate) struct KnownUse {
    memory: UseMemory,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
}

impl KnownUse {
    /// Reads it. What cannot be read, or is of another repository, is an error: nobody knows then
    /// what it would keep.
    pub(crate) async fn read(
        environment: &Environment,
        repository: &RepositoryId,
    ) -> Result<Self, StepError> {
        let key = keys::used_images(repository);
        let address = environment.store.address(&key);
        let problem = match environment.find_version(&key).await {
            Ok(None) => return Ok(Self { memory: UseMemory::default(), version: None }),
            Ok(Some((document, version))) if document.id() == *repository => {
                return Ok(Self { memory: document.into(), version: Some(version) });
            }
            Ok(Some((document, _))) => MemoryProblem::Foreign(document.id()),
            Err(StepError::Document { source, .. }) => MemoryProblem::Document(source),
            Err(error) => return Err(error),
        };
        Err(StepError::UnusableMemory { address, problem })
    }

    /// Tells a repository when its images were last in use, and how far that is known. Where no run
    /// has looked yet, or one says that it will have, it is known from now on.
    ///
    /// What the run itself has written down already says no more than what it sees: a plan that is
    /// made again decides the same.
    pub(crate) fn tell(&self, repository: &mut Repository, now: Timestamp) {
        let looked_at = self.memory.history.map_or(now, |history| history.looked_at.min(now));
        let begins = UseHistory { since: now, looked_at };
        repository.use_history = Some(self.memory.history_until(now).unwrap_or(begins));
        let images = &self.memory.images;
        for image in &mut repository.images {
            let used = images.get(&image.digest);
            // The hour that was written down need not be over.
            image.used_at = used.map(|used| used.last_seen.min(now));
            image.unused_at = used.and_then(|used| used.unused_at).map(|at| at.min(now));
        }
    }

    /// What is known of one image. None where no run has written down anything.
    pub(crate) fn explain(&self, digest: Digest) -> Option<RememberedUse> {
        self.version.as_ref()?;
        let history = self.memory.history;
        Some(match self.memory.images.get(&digest) {
            Some(used) => RememberedUse {
                history,
                first_seen: Some(used.first_seen),
                last_seen: Some(used.last_seen),
                by: used.by.clone(),
            },
            None => RememberedUse { history, ..RememberedUse::default() },
        })
    }

    /// Writes down what is in use now, unless that is what is there.
    pub(super) async fn remember(
        self,
        environment: &Environment,
        repository: &RepositoryId,
        seen: &Seen,
    ) -> Result<(), StepError> {
        let Self { mut memory, version } = self;
        if !memory.add(seen) && version.is_some() {
            return Ok(());
        }
        let key = keys::used_images(repository);
        // What is added once already is not added again; and where another run has written
        // meanwhile, it is added to what is there then.
        let found = version.map(|version| (memory.into_document(repository), version));
        let change = |old: Option<_>| {
            let mut memory = old.map_or_else(UseMemory::default, UseMemory::from);
            memory.add(seen);
            Ok(memory.into_document(repository))
        };
        environment.update_found(&key, found, change).await?;
        Ok(())
    }
}
