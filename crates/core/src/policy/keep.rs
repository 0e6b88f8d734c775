//! What a rule keeps.

use crate::{Age, Pattern};

/// The keep rules of one repository rule: an image that any of them keeps is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep {
    /// Images pushed within an age.
    pub pushed_within: Option<PushedWithin>,
    /// Images pulled within an age.
    pub pulled_within: Option<Age>,
    /// The newest images, whatever else keeps them.
    pub newest: Option<Newest>,
    /// The newest images among those that nothing else keeps.
    pub spare: Option<Newest>,
    /// Images any of whose tags matches.
    pub tags: Vec<Pattern>,
    /// Every tagged image.
    pub tagged: bool,
    /// The newest semantic versions.
    pub releases: Option<Releases>,
    /// Images around the oldest one that carries a tag.
    pub behind_tags: Option<BehindTags>,
    /// Images pushed since the oldest deployed one.
    pub behind_deployed: Option<BehindDeployed>,
}

/// An age, or the repository's own tag that says it in days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedWithin {
    /// The age.
    Age(Age),
    /// Whole days, read from a tag of the repository.
    RepositoryTag {
        /// The tag.
        tag: Box<str>,
        /// Where the repository has no such tag.
        default: Age,
    },
}

/// So many of the newest top-level images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// How many.
    pub count: u64,
    /// Of which.
    pub of: OfImages,
    /// Whether images and indexes are counted apart.
    pub per: Per,
}

impl Newest {
    /// So many tagged images of a repository.
    #[must_use]
    pub const fn tagged(count: u64) -> Self {
        Self { count, of: OfImages::Tagged, per: Per::Repository }
    }
}

/// Which images a count looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OfImages {
    /// Those with a tag that is not a fallback tag.
    #[default]
    Tagged,
    /// Those without one.
    Untagged,
    /// Both.
    Any,
}

/// What a count is taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Per {
    /// The repository.
    #[default]
    Repository,
    /// Images and indexes apart.
    Kind,
}

/// The newest semantic versions of each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Releases {
    /// How many.
    pub newest: u64,
    /// Of each what.
    pub per: ReleaseLine,
}

/// A line of releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReleaseLine {
    /// Of each x.
    Major,
    /// Of each x.y.
    Minor,
    /// Of all.
    #[default]
    All,
}

/// Images around the oldest one that carries one of the tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindTags {
    /// The tags.
    pub tags: Vec<Pattern>,
    /// What was pushed at most so long before it.
    pub within: Option<Age>,
    /// At least so many pushed before it.
    pub newest: u64,
}

/// Images pushed since the oldest one of the last revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BehindDeployed {
    /// How many revisions before the highest.
    pub revisions: u32,
}
