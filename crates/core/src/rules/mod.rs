//! The keep rules: what the policy keeps, whoever uses it or not.
//!
//! A rule is one file and one line in [`rules!`] below. From its [`FieldSpec`] follow how the policy
//! file spells it, its JSON Schema, what errors propose, and the random policies of the tests; its
//! reason's code is its name.

mod counted;
mod looking;
mod version;

use std::fmt;

use crate::decide::{Facts, Reasons};
use crate::policy::{FieldSpec, Kind, Value, Values};
use crate::{Age, Pattern, WarningCode};

pub use counted::{Counted, CountedBy, OfImages, Per};
pub(crate) use looking::Looking;
pub use releases::ReleaseLine;
pub(crate) use tags::none_matches;

/// What a keep rule is.
pub(crate) trait KeepRule: Sized {
    /// How the policy file spells it: its key, what stands there, and what for.
    const FIELD: FieldSpec;

    /// Whether it looks at what everything before it left over, the graph included.
    const IS_LAST: bool = false;

    /// Whether it reads the tags of images, besides its [patterns](Self::tag_patterns).
    const READS_TAGS: bool = false;

    /// Whether it keeps images because they were pulled.
    const GOES_BY_PULLS: bool = false;

    /// The rule that was read. None where a part that has to be there was not.
    fn of(value: &Value) -> Option<Self>;

    /// What the policy file says of it, with every default.
    fn value(&self) -> Value;

    /// Adds a reason to every image that it keeps.
    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons);

    /// What holds for an image of its clause that it does not keep, with the numbers that
    /// [`Self::keep`] goes by. `reasons` are those of the whole decision.
    fn unmet(&self, looking: &Looking<'_, '_>, reasons: &Reasons, at: usize) -> Option<String>;

    /// Its patterns over the tags of images.
    fn tag_patterns(&self) -> &[Pattern] {
        &[]
    }

    /// What has to be read for it, besides images.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// What the reader of a plan should know of it.
    fn warnings(&self, _looking: &Looking<'_, '_>) -> Vec<(WarningCode, String)> {
        Vec::new()
    }

    /// Whether a tag of an image says something to it.
    fn reads(&self, _tag: &str) -> bool {
        false
    }
}

/// What has to be read for keep rules, besides images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// The tags of the repository itself.
    pub repository_tags: bool,
    /// So many of the newest revisions of each task-definition family.
    pub task_definition_revisions: u32,
    /// What earlier runs saw in use, so far back.
    pub use_history: Option<Age>,
}

impl Needs {
    /// What both need.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            repository_tags: self.repository_tags || other.repository_tags,
            task_definition_revisions: self
                .task_definition_revisions
                .max(other.task_definition_revisions),
            use_history: self.use_history.max(other.use_history),
        }
    }
}

/// A kind of rule, as one of them.
pub trait OneOf: Into<Rule> {
    /// Which it is.
    const NAME: RuleName;

    /// The rule, if it is of this kind.
    fn of_rule(rule: &Rule) -> Option<&Self>;
}

macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident :: $rule:ident),+ $(,)?) => {
        $($(#[$meta])* mod $name;
        $(#[$meta])* pub use $name::$rule;)+

        /// The names of the keep rules, in the order in which people read them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RuleName {
            $($(#[$meta])* #[doc = concat!("`", stringify!($name), "`.")] $rule),+
        }

        /// A keep rule.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Rule {
            $($(#[$meta])* #[doc = concat!("`", stringify!($name), "`.")] $rule($name::$rule)),+
        }

        /// The keep rules, as the policy file spells them.
        pub const FIELDS: &[FieldSpec] = &[
            $($(#[$meta])* <$name::$rule as KeepRule>::FIELD),+
        ];

        impl RuleName {
            /// Every one.
            pub const ALL: &[Self] = &[$($(#[$meta])* Self::$rule),+];

            /// The name as the policy file spells it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(#[$meta])* Self::$rule => stringify!($name)),+ }
            }

            /// What the code of its reason means, in a sentence.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self {
                    $($(#[$meta])* Self::$rule => {
                        concat!("The rule `", stringify!($name), "` keeps it.")
                    }),+
                }
            }

            /// The rule of that name that was read.
            pub(crate) fn read(self, value: &Value) -> Option<Rule> {
                match self {
                    $($(#[$meta])* Self::$rule => {
                        <$name::$rule as KeepRule>::of(value).map(Rule::$rule)
                    }),+
                }
            }

            /// Whether it keeps images because they were pulled.
            pub(crate) fn goes_by_pulls(self) -> bool {
                match self { $($(#[$meta])* Self::$rule => <$name::$rule as KeepRule>::GOES_BY_PULLS),+ }
            }

            fn is_last(self) -> bool {
                match self { $($(#[$meta])* Self::$rule => <$name::$rule as KeepRule>::IS_LAST),+ }
            }
        }

        impl Rule {
            /// Which rule it is.
            #[must_use]
            pub const fn name(&self) -> RuleName {
                match self { $($(#[$meta])* Self::$rule(_) => RuleName::$rule),+ }
            }

            /// What the policy file says of it, with every default.
            #[must_use]
            pub fn value(&self) -> Value {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.value()),+ }
            }

            /// Its patterns over the tags of images.
            #[must_use]
            pub fn tag_patterns(&self) -> &[Pattern] {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.tag_patterns()),+ }
            }

            /// What has to be read for it, besides images.
            #[must_use]
            pub fn needs(&self) -> Needs {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.needs()),+ }
            }

            pub(crate) fn warnings(&self, looking: &Looking<'_, '_>) -> Vec<(WarningCode, String)> {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.warnings(looking)),+ }
            }

            /// Whether it reads the tags of images, besides its patterns.
            #[must_use]
            pub const fn reads_tags(&self) -> bool {
                match self { $($(#[$meta])* Self::$rule(_) => <$name::$rule as KeepRule>::READS_TAGS),+ }
            }

            /// Whether a tag of an image says something to it.
            pub(crate) fn reads(&self, tag: &str) -> bool {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.reads(tag)),+ }
            }

            pub(crate) fn unmet(
                &self,
                looking: &Looking<'_, '_>,
                reasons: &Reasons,
                at: usize,
            ) -> Option<String> {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.unmet(looking, reasons, at)),+ }
            }

            fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
                match self { $($(#[$meta])* Self::$rule(rule) => rule.keep(looking, reasons)),+ }
            }
        }

        $($(#[$meta])*
        impl From<$name::$rule> for Rule {
            fn from(rule: $name::$rule) -> Self {
                Self::$rule(rule)
            }
        }

        $(#[$meta])*
        impl OneOf for $name::$rule {
            const NAME: RuleName = RuleName::$rule;

            fn of_rule(rule: &Rule) -> Option<&Self> {
                match rule {
                    Rule::$rule(rule) => Some(rule),
                    _ => None,
                }
            }
        })+
    };
}

rules! {
    pushed_within::PushedWithin,
    pulled_within::PulledWithin,
    used_within::UsedWithin,
    newest::Newest,
    spare::Spare,
    tags::Tags,
    tagged::Tagged,
    releases::Releases,
    behind_tags::BehindTags,
    behind_deployed::BehindDeployed,
    #[cfg(test)]
    smaller_than::SmallerThan,
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Applies every rule but those that look at what is left over.
pub(crate) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    for looking in Looking::all(facts) {
        for rule in looking.clause.iter().filter(|rule| !rule.name().is_last()) {
            rule.keep(&looking, reasons);
        }
    }
}

/// Applies the rules that look at what is left over. Whether there are any.
pub(crate) fn keep_of_the_rest(facts: &Facts<'_>, reasons: &mut Reasons) -> bool {
    let mut any = false;
    for looking in Looking::all(facts) {
        for rule in looking.clause.iter().filter(|rule| rule.name().is_last()) {
            rule.keep(&looking, reasons);
            any = true;
        }
    }
    any
}

#[cfg(test)]
mod registration;
#[cfg(test)]
mod tests;
