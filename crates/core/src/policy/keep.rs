//! What a rule keeps.

use super::value::words;
use super::{FieldSpec, Form, Kind, Least, Values, Word};
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

words! {
    /// Which images a count looks at.
    pub enum OfImages {
        "tagged" /// Those with a tag that is not a fallback tag.
        #[default] Tagged,
        "untagged" /// Those without one.
        Untagged,
        "any" /// Both.
        Any,
    }
}

words! {
    /// What a count is taken over.
    pub enum Per {
        "repository" /// The repository.
        #[default] Repository,
        "kind" /// Images and indexes apart.
        Kind,
    }
}

/// The newest semantic versions of each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Releases {
    /// How many.
    pub newest: u64,
    /// Of each what.
    pub per: ReleaseLine,
}

words! {
    /// A line of releases.
    pub enum ReleaseLine {
        "major" /// Of each x.
        Major,
        "minor" /// Of each x.y.
        Minor,
        "all" /// Of all.
        #[default] All,
    }
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

const COUNTED: Form = Form::new(&[
    FieldSpec::new("count", Kind::HowMany, "How many.").required(),
    FieldSpec::new("of", Kind::Word(OfImages::WORDS), "Of which images.").default_to("tagged"),
    FieldSpec::new(
        "per",
        Kind::Word(Per::WORDS),
        "What is counted apart: nothing, or images and indexes.",
    )
    .default_to("repository"),
])
.called("The long form.")
.or_short("count", Kind::HowMany)
.expecting("how many, or `count` with `of` and `per`");

const PUSHED_WITHIN: Form = Form::new(&[
    FieldSpec::new("tag", Kind::Text, "The tag's key. A value that is no number keeps everything.")
        .required_as("the name of a tag of the repository"),
    FieldSpec::new("default", Kind::Age, "Where the repository has no such tag.").required(),
])
.called("Whole days, read from a tag of the repository.")
.or_short("age", Kind::Age)
.expecting("a duration such as `90d`, or `tag` and `default`");

const RELEASES: Form = Form::new(&[
    FieldSpec::new("newest", Kind::HowMany, "How many of each line.").required(),
    FieldSpec::new(
        "per",
        Kind::Word(ReleaseLine::WORDS),
        "`major`: of each x; `minor`: of each x.y; `all`: of all.",
    )
    .default_to("all"),
])
.expecting("`newest`, and `per`");

const BEHIND_TAGS: Form = Form::new(&[
    FieldSpec::new("tags", Kind::List(&Kind::Pattern), "The tags of the images to count from.")
        .required_as("the tags of the images to count from"),
    FieldSpec::new("within", Kind::Age, "Keeps what was pushed at most so long before that image."),
    FieldSpec::new(
        "newest",
        Kind::Count { most: u64::MAX },
        "Keeps at least so many images pushed before that image.",
    )
    .default_to("0"),
])
.expecting("`tags`, and `within`, `newest` or both");

const BEHIND_DEPLOYED: Form = Form::new(&[FieldSpec::new(
    "revisions",
    Kind::Count { most: u32::MAX as u64 },
    "How many revisions before the highest.",
)
.required()]);

/// The keep rules of a repository rule, as the file spells them.
pub const KEEP: Form = Form::new(&[
    FieldSpec::new(
        "pushed_within",
        Kind::Form(&PUSHED_WITHIN),
        "Keeps images pushed at most so long ago.",
    ),
    FieldSpec::new("pulled_within", Kind::Age, "Keeps images pulled at most so long ago."),
    FieldSpec::new(
        "newest",
        Kind::Form(&COUNTED),
        "Keeps the newest images, whatever else keeps them.",
    ),
    FieldSpec::new(
        "spare",
        Kind::Form(&COUNTED),
        "Keeps the newest images among those that nothing else keeps.",
    ),
    FieldSpec::new("tags", Kind::List(&Kind::Pattern), "Keeps images any of whose tags matches."),
    FieldSpec::new("tagged", Kind::Yes, "Keeps every tagged image."),
    FieldSpec::new(
        "releases",
        Kind::Form(&RELEASES),
        "Keeps the newest semantic versions of each line.",
    ),
    FieldSpec::new(
        "behind_tags",
        Kind::Form(&BEHIND_TAGS),
        "Keeps what is newer than the oldest image with one of the tags, and some of what is older.",
    ),
    FieldSpec::new(
        "behind_deployed",
        Kind::Form(&BEHIND_DEPLOYED),
        "Keeps everything pushed since the oldest image of the last revisions of the task definitions that use the repository.",
    ),
])
.with_least(Least {
    of: &[],
    message: "nothing would be kept: there is no keep rule",
    expected: None,
});

impl Keep {
    /// The keep rules that were read.
    #[must_use]
    pub fn of(values: &Values) -> Self {
        let form = |name: &str| values.get::<Values>(name);
        Self {
            pushed_within: form("pushed_within").and_then(|it| pushed_within(&it)),
            pulled_within: values.get("pulled_within"),
            newest: form("newest").and_then(|it| newest(&it)),
            spare: form("spare").and_then(|it| newest(&it)),
            tags: values.list("tags"),
            tagged: values.is_set("tagged"),
            releases: form("releases")
                .and_then(|it| Some(Releases { newest: it.get("newest")?, per: it.word("per") })),
            behind_tags: form("behind_tags").map(|it| BehindTags {
                tags: it.list("tags"),
                within: it.get("within"),
                newest: it.get("newest").unwrap_or_default(),
            }),
            behind_deployed: form("behind_deployed").and_then(|it| {
                let revisions = u32::try_from(it.get::<u64>("revisions")?).ok()?;
                Some(BehindDeployed { revisions })
            }),
        }
    }
}

fn pushed_within(values: &Values) -> Option<PushedWithin> {
    if let Some(age) = values.get("age") {
        return Some(PushedWithin::Age(age));
    }
    Some(PushedWithin::RepositoryTag { tag: values.get("tag")?, default: values.get("default")? })
}

fn newest(values: &Values) -> Option<Newest> {
    Some(Newest { count: values.get("count")?, of: values.word("of"), per: values.word("per") })
}
