//! What becomes of an image, in a word.

use ecr_sweep_protocol::documents::DeletionOutcome;

/// What becomes of an image, or became of it: what went first, then what goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Deleted,
    Archived,
    AlreadyGone,
    Failed,
    Skipped,
    Delete,
    Archive,
    Blocked,
    Waits,
    Keep,
}

impl Fate {
    pub(crate) const ALL: [Self; 10] = [
        Self::Deleted,
        Self::Archived,
        Self::AlreadyGone,
        Self::Failed,
        Self::Skipped,
        Self::Delete,
        Self::Archive,
        Self::Blocked,
        Self::Waits,
        Self::Keep,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Archived => "archived",
            Self::AlreadyGone => "already gone",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Delete => "delete",
            Self::Archive => "archive",
            Self::Blocked => "blocked",
            Self::Waits => "waits",
            Self::Keep => "keep",
        }
    }

    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Deleted => "It was deleted.",
            Self::Archived => "It was archived: nobody can pull it until it is restored.",
            Self::AlreadyGone => "It was gone before it was asked for.",
            Self::Failed => "The registry refused to delete or archive it, or did not answer.",
            Self::Skipped => "It was not asked for, for a reason of its own.",
            Self::Delete => "Nothing keeps it: a sweep deletes it.",
            Self::Archive => {
                "Nothing keeps it: a sweep archives it, and a later one deletes it unless somebody restores it."
            }
            Self::Blocked => "Nothing keeps it, and nothing is deleted in its repository.",
            Self::Waits => {
                "Nothing but the grace or its time in the archive keeps it, or an image needs it of which that is so."
            }
            Self::Keep => "It is kept.",
        }
    }

    /// Whether the image goes, or went.
    pub(crate) const fn is_going(self) -> bool {
        matches!(
            self,
            Self::Deleted
                | Self::Archived
                | Self::Failed
                | Self::Skipped
                | Self::Delete
                | Self::Archive
        )
    }
}

impl From<&DeletionOutcome> for Fate {
    fn from(outcome: &DeletionOutcome) -> Self {
        match outcome {
            DeletionOutcome::Deleted => Self::Deleted,
            DeletionOutcome::Archived => Self::Archived,
            DeletionOutcome::AlreadyGone => Self::AlreadyGone,
            DeletionOutcome::Skipped { .. } => Self::Skipped,
            DeletionOutcome::Failed { .. } | DeletionOutcome::Asked => Self::Failed,
        }
    }
}
