//! The rule `tags`: images any of whose tags matches a pattern.

use super::{FieldSpec, KeepRule, Kind, Value, reason};
use crate::Pattern;
use crate::decide::{Facts, Reasons, listed};
use crate::policy::FromValue;

/// Images any of whose tags matches any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags(pub Vec<Pattern>);

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

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        for (at, image) in facts.graph.images() {
            let matching = image
                .tags
                .iter()
                .filter_map(|tag| Some((tag, self.0.iter().find(|it| it.matches(tag))?)))
                .min_by_key(|(tag, _)| *tag);
            if let Some((tag, pattern)) = matching {
                reasons[at].push(reason::<Self>(format!("its tag `{tag}` matches `{pattern}`")));
            }
        }
    }

    fn unmet(&self, facts: &Facts<'_>, _: &Reasons, at: usize) -> Option<String> {
        let patterns: Vec<_> = self.0.iter().map(|pattern| pattern.as_str().into()).collect();
        Some(match facts.graph.image(at).tags.as_slice() {
            [] => format!("it has no tag to match {}", listed(&patterns)),
            tags => format!("none of {} matches {}", listed(tags), listed(&patterns)),
        })
    }

    fn tag_patterns(&self) -> &[Pattern] {
        &self.0
    }
}
