//! What registries have answered to this process, whatever the run store takes of it.
//!
//! Receipts are what a run has to say of its deletions. Where the run store does not take them, or is not there
//! any more, this is all that is left to tell.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecr_sweep_core::RepositoryId;
use ecr_sweep_core::wording::{First, plural};

use crate::StepError;

/// How many repositories an error names.
const NAMED: usize = 3;

/// How many images a registry has deleted or archived for this process, by repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<RepositoryId, Counts>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    /// Deleted or archived.
    changed: u64,
    /// Asked for, without an answer.
    unknown: u64,
    /// How many of both no receipt says.
    unrecorded: u64,
}

impl Answers {
    /// Those of one repository.
    pub(crate) fn of(repository: &RepositoryId, changed: u64, unknown: u64) -> Self {
        let counts = Counts { changed, unknown, unrecorded: changed + unknown };
        Self(BTreeMap::from([(repository.clone(), counts)]))
    }

    fn sum(&self, count: impl Fn(&Counts) -> u64) -> u64 {
        self.0.values().map(count).sum()
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (changed, unknown) = (self.sum(|it| it.changed), self.sum(|it| it.unknown));
        let images = plural(changed, "image");
        let are = if changed == 1 { "is" } else { "are" };
        match self.0.keys().next() {
            Some(repository) if self.0.len() == 1 => {
                write!(f, "{changed} {images} of {repository} {are} deleted or archived")?;
            }
            _ => {
                let each = self
                    .0
                    .iter()
                    .map(|(repository, it)| format!("{} of {repository}", it.changed + it.unknown));
                let each = First::of(NAMED, each).in_one_line();
                write!(f, "{changed} {images} {are} deleted or archived ({each})")?;
            }
        }
        match unknown {
            0 => Ok(()),
            _ => write!(f, ", {unknown} more asked for without an answer"),
        }
    }
}

/// What this process has heard so far.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Answers>);

impl Heard {
    /// Enters what a registry has answered, before anything is stored of it.
    pub(crate) fn enter(&self, repository: &RepositoryId, changed: u64, unknown: u64) {
        let mut answers = self.answers();
        let counts = answers.0.entry(repository.clone()).or_default();
        counts.changed += changed;
        counts.unknown += unknown;
        counts.unrecorded += changed + unknown;
    }

    /// Enters that receipts say it all of a repository.
    pub(crate) fn enter_recorded(&self, repository: &RepositoryId) {
        if let Some(counts) = self.answers().0.get_mut(repository) {
            counts.unrecorded = 0;
        }
    }

    /// Whether something went that receipts do not say, where these tell of so many images that were changed.
    pub(crate) fn is_more_than(&self, told: Option<u64>) -> bool {
        let answers = self.answers();
        let changed = answers.sum(|it| it.changed);
        let heard = changed + answers.sum(|it| it.unknown);
        match told {
            None => heard > 0,
            Some(told) => answers.sum(|it| it.unrecorded) > 0 || changed > told,
        }
    }

    /// The error that tells what went, in place of what kept that from being stored.
    pub(crate) fn not_recorded(&self, error: StepError) -> StepError {
        let source = match error {
            StepError::NotRecorded { source, .. } => source,
            error => Box::new(error),
        };
        StepError::NotRecorded { went: Box::new(self.answers().clone()), source }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        // Counts are whole whoever has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
