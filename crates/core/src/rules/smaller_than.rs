//! A rule of the tests alone: one file, and one line in `rules!`, is all that a rule takes.

use super::{FieldSpec, KeepRule, Kind, Looking, Needs, Value, Values};
use crate::Pattern;
use crate::decide::Reasons;
use crate::policy::Form;

/// Images smaller than a size, and any of whose tags matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallerThan {
    /// The size.
    pub bytes: u64,
    /// The tags.
    pub tags: Vec<Pattern>,
}

const FORM: Form = Form::new(&[
    FieldSpec::new("bytes", Kind::Count { most: u64::MAX }, "Smaller than so much.").required(),
    FieldSpec::new("tags", Kind::List(&Kind::Pattern), "With a tag that matches.").required(),
]);

impl KeepRule for SmallerThan {
    const FIELD: FieldSpec =
        FieldSpec::new("smaller_than", Kind::Form(&FORM), "Keeps small images.");

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        Some(Self { bytes: values.get("bytes")?, tags: values.list("tags") })
    }

    fn value(&self) -> Value {
        Values::default().with("bytes", self.bytes).with_list("tags", &self.tags).into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        for (at, image) in looking.images() {
            let is_named = |tag: &str| self.tags.iter().any(|pattern| pattern.matches(tag));
            if image.size_bytes.is_none_or(|size| size < self.bytes)
                && image.tags.iter().any(|tag| is_named(tag))
            {
                looking.keep::<Self>(reasons, at, "it is small".to_owned());
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let size = looking.facts.graph.image(at).size_bytes?;
        Some(format!("it has {size} bytes, not less than {}", self.bytes))
    }

    fn tag_patterns(&self) -> &[Pattern] {
        &self.tags
    }

    fn needs(&self) -> Needs {
        Needs { task_definition_revisions: 7, ..Needs::default() }
    }
}
