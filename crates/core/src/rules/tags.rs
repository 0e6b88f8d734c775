//! The rule `tags`: images any of whose tags matches a pattern.

use super::{FieldSpec, KeepRule, Kind, Looking, Value};
use crate::decide::{Reasons, listed};
use crate::policy::FromValue;
use crate::{Image, Pattern};

/// Images any of whose tags matches any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags(pub Vec<Pattern>);

/// That no tag of an image matches any of some patterns.
pub(crate) fn none_matches(image: &Image, patterns: &[Pattern]) -> String {
    let patterns: Vec<_> = patterns.iter().map(|pattern| pattern.as_str().into()).collect();
    match image.tags.as_slice() {
        [] => format!("it has no tag to match {}", listed(&patterns)),
        tags => format!("none of {} matches {}", listed(tags), listed(&patterns)),
    }
}

impl KeepRule for Tags {
    const FIELD: FieldSpec = FieldSpec::new(
        "tags",
        Kind::List(&Kind::Pattern),
        "Keeps images any of whose tags matches.",
    );

    fn of(value: &Value) -> Option<Self> {
        let Value::List(items) = value else { return None };
        Some(Self(items.iter().filter_map(Pattern::from_value).collect()))
    }

    fn value(&self) -> Value {
        Value::List(self.0.iter().cloned().map(Value::Pattern).collect())
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        for (at, image) in looking.images() {
            let matching = image
                .tags
                .iter()
                .filter_map(|tag| Some((tag, self.0.iter().find(|it| it.matches(tag))?)))
                .min_by_key(|(tag, _)| *tag);
            if let Some((tag, pattern)) = matching {
                let detail = format!("its tag `{tag}` matches `{pattern}`");
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        Some(none_matches(looking.facts.graph.image(at), &self.0))
    }

    fn tag_patterns(&self) -> &[Pattern] {
        &self.0
    }
}
