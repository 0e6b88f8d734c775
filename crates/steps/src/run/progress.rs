//! Progress: what a run tells those who watch it.

use std::fmt;

/// What a run tells those who watch it. The library itself prints nothing.
///
/// Calls come from several threads. A phase may start again with another total: evidence that got
/// too old is scanned again.
pub trait Progress: Send + Sync {
    /// A phase starts, with so many steps ahead.
    fn start(&self, phase: Phase, total: u64);

    /// So many steps of the phase are done.
    fn step(&self, phase: Phase, steps: u64);

    /// Something that the reader may want to know now.
    fn note(&self, text: &str);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn start(&self, _: Phase, _: u64) {}

    fn step(&self, _: Phase, _: u64) {}

    fn note(&self, _: &str) {}
}

/// A part of a run that takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Listing repositories; a step is a registry.
    ListRepos,
    /// Scanning usage; a step is an account and Region.
    ScanUsage,
    /// Sorting usage by repository; a step is a repository.
    IndexUsage,
    /// Planning; a step is a repository.
    PlanRepos,
    /// Scanning usage again before anything is deleted; a step is an account and Region.
    RescanUsage,
    /// Planning again before anything is deleted; a step is a repository.
    ReplanRepos,
    /// Deleting; a step is an image.
    DeleteImages,
    /// Putting images back; a step is an image.
    RestoreImages,
    /// Recording registries in a snapshot; a step is a repository.
    RecordImages,
    /// Looking whether a run would go well; a step is a part of that.
    Examine,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ListRepos => "listing repositories",
            Self::ScanUsage => "scanning usage",
            Self::IndexUsage => "sorting usage by repository",
            Self::PlanRepos => "planning",
            Self::RescanUsage => "scanning usage again",
            Self::ReplanRepos => "planning again",
            Self::DeleteImages => "deleting",
            Self::RestoreImages => "putting back",
            Self::RecordImages => "recording images",
            Self::Examine => "looking whether all is well",
        })
    }
}
