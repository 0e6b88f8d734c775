//! What stops a run that deletes already.

/// What stops a run between two batches, as it is set beside the limits of a run. By default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Brake {
    /// How many deletions may fail; one more stops the run.
    pub failures: Option<u64>,
    /// Whether it stops the run that somebody asks for an image that it has deleted.
    pub asked_again: bool,
}
