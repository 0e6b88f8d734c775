//! What a rule keeps.

use super::{Clause, FieldSpec, Form, Kind, Least, OfImages, OfStorage, Values, Word};
use crate::rules::{FIELDS, Needs};

/// What the policy file may say in one clause under `keep`.
pub const KEEP: Form = Form::new(&CLAUSE_FIELDS)
    .called("A clause: keep rules over some of the images.")
    .defined_as("clause")
    .with_least(Least {
        of: &RULES,
        message: "nothing would be kept: there is no keep rule",
        expected: None,
        is_one_alone: false,
    });

const OF: FieldSpec = FieldSpec::new(
    "of",
    Kind::Form(&LOOKS_AT),
    "Which images the clause looks at: its rules look at these and count these alone. Default: any.",
);

const LOOKS_AT: Form = Form::new(&[
    FieldSpec::new("tags", Kind::List(&Kind::Pattern), "Those any of whose tags matches."),
    FieldSpec::new(
        "all_tags",
        Kind::List(&Kind::Pattern),
        "Those with a tag for each of these.",
    ),
    FieldSpec::new(
        "except_tags",
        Kind::List(&Kind::Pattern),
        "Those with a tag that matches none of these.",
    ),
    FieldSpec::new(
        "without_tags",
        Kind::List(&Kind::Pattern),
        "Those none of whose tags matches any of these.",
    ),
])
.called("Images by their tags.")
.or_short("images", Kind::Word(&WORDS))
.expecting(
    "`any`, `tagged`, `untagged`, `active`, `archived`, `tags`, `all_tags`, `except_tags` or `without_tags`",
)
.with_least(Least {
    of: &["tags", "all_tags", "except_tags", "without_tags"],
    message: "a clause looks at images by one list of tags",
    expected: Some("`tags`, `all_tags`, `except_tags` or `without_tags`"),
    is_one_alone: true,
});

const WORDS: [&str; OfImages::WORDS.len() + OfStorage::WORDS.len()] = {
    let mut words = [""; OfImages::WORDS.len() + OfStorage::WORDS.len()];
    let mut at = 0;
    while at < words.len() {
        let of_images = OfImages::WORDS.len();
        words[at] =
            if at < of_images { OfImages::WORDS[at] } else { OfStorage::WORDS[at - of_images] };
        at += 1;
    }
    words
};

const CLAUSE_FIELDS: [FieldSpec; FIELDS.len() + 1] = {
    let mut fields = [OF; FIELDS.len() + 1];
    let mut at = 0;
    while at < FIELDS.len() {
        fields[at + 1] = FIELDS[at];
        at += 1;
    }
    fields
};

const RULES: [&str; FIELDS.len()] = {
    let mut names = [""; FIELDS.len()];
    let mut at = 0;
    while at < FIELDS.len() {
        names[at] = FIELDS[at].name;
        at += 1;
    }
    names
};

/// What one repository rule keeps: what any of its clauses keeps. The default keeps nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep(pub Vec<Clause>);

impl Keep {
    /// The clauses that were read. None where one of them is not understood.
    #[must_use]
    pub fn of(clauses: &[Values]) -> Option<Self> {
        clauses.iter().map(Clause::of).collect::<Option<_>>().map(Self)
    }

    /// What the policy file says of each clause, with every default.
    #[must_use]
    pub fn values(&self) -> Vec<Values> {
        self.0.iter().map(Clause::values).collect()
    }

    /// Each clause with the setting that it is: `keep`, or `keep[1]` where there are several.
    pub fn clauses(&self) -> impl Iterator<Item = (String, &Clause)> {
        let is_alone = self.0.len() == 1;
        self.0.iter().enumerate().map(move |(number, clause)| {
            (if is_alone { "keep".to_owned() } else { format!("keep[{number}]") }, clause)
        })
    }

    /// What has to be read for them, besides images.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.0.iter().map(Clause::needs).fold(Needs::default(), Needs::and)
    }

    /// Whether any of them looks for something among the tags of images.
    #[must_use]
    pub fn looks_at_tags(&self) -> bool {
        self.0.iter().any(Clause::looks_at_tags)
    }
}

impl From<Clause> for Keep {
    fn from(clause: Clause) -> Self {
        Self(vec![clause])
    }
}
