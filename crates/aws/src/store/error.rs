//! What goes wrong with documents.

use ecr_sweep_core::Remedy;
use ecr_sweep_protocol::NextStep;

use crate::AwsError;

/// A document that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No document can have this key.
    #[error("`{key}` is no key of a document: {problem}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The disk or the bucket failed.
    #[error("cannot {act} {address}")]
    Io {
        /// What was to be done.
        act: &'static str,
        /// With what.
        address: String,
        /// What to do about it, where there is something.
        next: Option<Box<NextStep>>,
        /// Why not.
        source: StoreCause,
    },
}

/// What kept a document from being read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreCause {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    /// A call to the bucket failed.
    #[error(transparent)]
    Aws(Box<AwsError>),
}

impl From<AwsError> for StoreCause {
    fn from(error: AwsError) -> Self {
        Self::Aws(Box::new(error))
    }
}

impl StoreError {
    /// What whoever reads the error can do next, where there is anything.
    #[must_use]
    pub fn next_step(&self) -> Option<NextStep> {
        match self {
            Self::Key { .. } => None,
            Self::Io { next, .. } => next.as_deref().cloned(),
        }
    }

    /// What lets the call to the bucket succeed, where anything is known to.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Io { source: StoreCause::Aws(error), .. } => error.remedy(),
            Self::Key { .. } | Self::Io { source: StoreCause::Disk(_), .. } => None,
        }
    }
}
