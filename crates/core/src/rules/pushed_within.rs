//! The rule `pushed_within`: images pushed within an age.

use super::{FieldSpec, KeepRule, Kind, Looking, Needs, Value, Values};
use crate::decide::{Reasons, Recent, since};
use crate::policy::Form;
use crate::{Age, ReasonCode, Repository, WarningCode};

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

const FORM: Form = Form::new(&[
    FieldSpec::new("tag", Kind::Text, "The tag's key. A value that is no number keeps everything.")
        .required_as("the name of a tag of the repository"),
    FieldSpec::new("default", Kind::Age, "Where the repository has no such tag.").required(),
])
.called("Whole days, read from a tag of the repository.")
.or_short("age", Kind::Age)
.expecting("a duration such as `90d`, or `tag` and `default`");

impl PushedWithin {
    /// How long it keeps in a repository, or why it keeps everything there.
    fn age(&self, repository: &Repository) -> Result<Age, String> {
        match self {
            Self::Age(age) => Ok(*age),
            Self::RepositoryTag { tag, default } => match repository.tags.get(tag) {
                None => Ok(*default),
                Some(value) => format!("{value}d").parse().map_err(|_| {
                    format!("the repository's tag `{tag}` is `{value}`: expected whole days")
                }),
            },
        }
    }
}

impl KeepRule for PushedWithin {
    const FIELD: FieldSpec = FieldSpec::new(
        "pushed_within",
        Kind::Form(&FORM),
        "Keeps images pushed at most so long ago.",
    );

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        match values.get("age") {
            Some(age) => Some(Self::Age(age)),
            None => {
                Some(Self::RepositoryTag { tag: values.get("tag")?, default: values.get("default")? })
            }
        }
    }

    fn value(&self) -> Value {
        let values = Values::default();
        match self {
            Self::Age(age) => values.with("age", *age),
            Self::RepositoryTag { tag, default } => {
                values.with("tag", tag.clone()).with("default", *default)
            }
        }
        .into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let age = match self.age(looking.facts.repository) {
            Ok(age) => age,
            Err(problem) => {
                let code = ReasonCode::RepositoryTagUnreadable;
                return looking.keep_everything(&code, reasons, &problem);
            }
        };
        let recent = Recent::pushed(age, looking.facts.now);
        for (at, image) in looking.images() {
            if let Some(detail) = recent.tell(image) {
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        let age = self.age(facts.repository).ok()?;
        Some(since("pushed", facts.graph.image(at).pushed_at, age, facts.now))
    }

    fn needs(&self) -> Needs {
        let repository_tags = matches!(self, Self::RepositoryTag { .. });
        Needs { repository_tags, ..Needs::default() }
    }

    fn warnings(&self, looking: &Looking<'_, '_>) -> Vec<(WarningCode, String)> {
        let problem = self.age(looking.facts.repository).err();
        let kept = match &looking.clause.of {
            None => "everything is kept".to_owned(),
            Some(_) => format!("all that `{}` looks at is kept", looking.setting),
        };
        let detail = problem.map(|problem| format!("{problem}; {kept}"));
        detail.map(|detail| (WarningCode::RepositoryTagUnreadable, detail)).into_iter().collect()
    }
}
