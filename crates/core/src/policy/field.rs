//! What the policy file may say, as data: its fields, and what each is.
//!
//! The reader walks these tables, and the JSON Schema, the keys that errors propose and the random
//! policies of the tests follow from them. Nothing here reads a file.

/// One setting: a key, and what stands after it.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The key.
    pub name: &'static str,
    /// What it says, in a sentence for editors.
    pub doc: &'static str,
    /// What stands there.
    pub kind: Kind,
    /// Whether it has to be there.
    pub presence: Presence,
    /// What belongs there, in words, where its kind does not say it well enough.
    pub expected: Option<&'static str>,
}

/// Whether a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may be left out.
    Optional,
    /// It may be left out, and says this then, as the file would spell it.
    Default(&'static str),
    /// It has to be there. With words for what is missing, where those of its kind do not fit.
    Required(Option<&'static str>),
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The version of the format.
    Version,
    /// A duration.
    Age,
    /// A whole number of at most `most`.
    Count {
        /// The largest.
        most: u64,
    },
    /// How many of the newest are kept: 0 is read, and hardly meant.
    HowMany,
    /// A word for no number, or a whole number of at most `most`.
    CountOr {
        /// The word.
        word: &'static str,
        /// The largest.
        most: u64,
    },
    /// A percentage.
    Share,
    /// Dollars for a GB and month.
    Price,
    /// Any text but an empty one.
    Text,
    /// A text in words: dots alone stand for one that nobody gave.
    Reason,
    /// A pattern over a name.
    Pattern,
    /// An AWS account.
    Account,
    /// An AWS Region.
    Region,
    /// An organizational unit.
    Unit,
    /// An account, or a group of them that a resource policy admits.
    Admitted,
    /// A usage source.
    Source,
    /// The name of a role.
    Role,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true`: what it says cannot be said the other way round.
    Yes,
    /// At least one of a kind.
    List(&'static Kind),
    /// One of a kind without a list around it, or a list.
    OneOrMore(&'static Kind),
    /// Tags of a repository, each with a pattern over its value.
    TagPatterns,
    /// A channel of Slack.
    Channel,
    /// Values of a tag, each with the channel that it stands for.
    Owners,
    /// Hosts, or hosts with a path, each with the registry, or the path in one, that it stands for.
    Aliases,
    /// A mapping, or the one value that may stand for it.
    Form(&'static Form),
}

/// A mapping whose keys are known.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What it is, where it stands in a list or beside a short form.
    pub doc: &'static str,
    /// Its fields, in the order in which people should read them.
    pub fields: &'static [FieldSpec],
    /// One value that may stand for it.
    pub short: Option<Short>,
    /// What belongs here, in words, where a list of the keys does not say it well enough.
    pub expected: Option<&'static str>,
    /// What has to be in it at least.
    pub least: Option<Least>,
    /// Under which name the JSON Schema has it once, where it stands in several places.
    pub defined_as: Option<&'static str>,
}

/// One value that stands for a whole mapping.
#[derive(Debug, Clone, Copy)]
pub struct Short {
    /// The field that it says: one of the mapping, or one that only the short form has.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it means, for editors, where that is not plain.
    pub doc: &'static str,
}

/// A mapping that says nothing is an error.
#[derive(Debug, Clone, Copy)]
pub struct Least {
    /// The fields of which one has to be there.
    pub of: &'static [&'static str],
    /// What is wrong without.
    pub message: &'static str,
    /// What should be there, where a list of the keys does not say it well enough.
    pub expected: Option<&'static str>,
    /// Whether no two of them may be there.
    pub is_one_alone: bool,
}

impl FieldSpec {
    /// A setting that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, doc, kind, presence: Presence::Optional, expected: None }
    }

    /// It has to be there.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { presence: Presence::Required(None), ..self }
    }

    /// It has to be there; else this is what is missing.
    #[must_use]
    pub const fn required_as(self, missing: &'static str) -> Self {
        Self { presence: Presence::Required(Some(missing)), ..self }
    }

    /// What it says if it is left out, as the file would spell it.
    #[must_use]
    pub const fn default_to(self, default: &'static str) -> Self {
        Self { presence: Presence::Default(default), ..self }
    }

    /// What belongs there, in words.
    #[must_use]
    pub const fn expecting(self, expected: &'static str) -> Self {
        Self { expected: Some(expected), ..self }
    }

    /// What it says if it is left out, as the file would spell it.
    #[must_use]
    pub const fn default(&self) -> Option<&'static str> {
        match self.presence {
            Presence::Default(default) => Some(default),
            Presence::Optional | Presence::Required(_) => None,
        }
    }

    /// Whether it has to be there.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        matches!(self.presence, Presence::Required(_))
    }
}

impl Form {
    /// A mapping with these fields.
    #[must_use]
    pub const fn new(fields: &'static [FieldSpec]) -> Self {
        Self { doc: "", fields, short: None, expected: None, least: None, defined_as: None }
    }

    /// Its field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// A mapping for which one value may stand, alone or as that field of it.
    #[must_use]
    pub const fn or_short(self, name: &'static str, kind: Kind) -> Self {
        Self { short: Some(Short { name, kind, doc: "" }), ..self }
    }

    /// What the short form means, where that is not plain.
    #[must_use]
    pub const fn meaning(self, doc: &'static str) -> Self {
        let short = match self.short {
            Some(short) => Some(Short { doc, ..short }),
            None => None,
        };
        Self { short, ..self }
    }

    /// What it is, where it stands in a list or beside a short form.
    #[must_use]
    pub const fn called(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// What belongs there, in words.
    #[must_use]
    pub const fn expecting(self, expected: &'static str) -> Self {
        Self { expected: Some(expected), ..self }
    }

    /// Under which name the JSON Schema has it once.
    #[must_use]
    pub const fn defined_as(self, name: &'static str) -> Self {
        Self { defined_as: Some(name), ..self }
    }

    /// What has to be in it at least.
    #[must_use]
    pub const fn with_least(self, least: Least) -> Self {
        Self { least: Some(least), ..self }
    }
}
