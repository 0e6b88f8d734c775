//! What becomes of an image, in a word.

use ecr_sweep_protocol::documents::DeletionOutcome;

/// What becomes of an image, or became of it: what went first, then what goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Deleted,
    AlreadyGone,
    Failed,
    Skipped,
    Delete,
    Blocked,
    Waits,
    Keep,
}

impl Fate {
    pub(crate) const ALL: [Self; 8] = [
        Self::Deleted,
        Self::AlreadyGone,
        Self::Failed,
        Self::Skipped,
        Self::Delete,
        Self::Blocked,
        Self::Waits,
        Self::Keep,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::AlreadyGone => "already gone",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Delete => "delete",
            Self::Blocked => "blocked",
            Self::Waits => "waits",
            Self::Keep => "keep",
        }
    }

    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Deleted => "It was deleted.",
            Self::AlreadyGone => "It was gone before it was asked for.",
            Self::Failed => "The registry refused to delete it, or did not answer.",
            Self::Skipped => "It was not asked for, for a reason of its own.",
            Self::Delete => "Nothing keeps it: a sweep deletes it.",
            Self::Blocked => "Nothing keeps it, and nothing is deleted in its repository.",
            Self::Waits => {
                "Nothing but the grace keeps it, or an image needs it of which that is so."
            }
            Self::Keep => "It is kept.",
        }
    }

    /// Whether the image goes, or went.
    pub(crate) const fn is_going(self) -> bool {
        matches!(self, Self::Deleted | Self::Failed | Self::Skipped | Self::Delete)
    }
}

impl From<&DeletionOutcome> for Fate {
    fn from(outcome: &DeletionOutcome) -> Self {
        match outcome {
            DeletionOutcome::Deleted => Self::Deleted,
            DeletionOutcome::AlreadyGone => Self::AlreadyGone,
            DeletionOutcome::Skipped { .. } => Self::Skipped,
            DeletionOutcome::Failed { .. } | DeletionOutcome::Asked => Self::Failed,
        }
    }
}
