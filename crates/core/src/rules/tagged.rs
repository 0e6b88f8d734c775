//! The rule `tagged`: every tagged image.

use super::{FieldSpec, KeepRule, Kind, Value, reason};
use crate::decide::{Facts, Reasons};

/// Every tagged image; fallback tags do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tagged;

impl KeepRule for Tagged {
    const FIELD: FieldSpec = FieldSpec::new("tagged", Kind::Yes, "Keeps every tagged image.");

    fn of(value: &Value) -> Option<Self> {
        (*value == Value::Yes).then_some(Self)
    }

    fn value(&self) -> Value {
        Value::Yes
    }

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        for (at, _) in facts.graph.images().filter(|(_, image)| image.is_tagged()) {
            reasons[at].push(reason::<Self>("it has a tag"));
        }
    }

    fn unmet(&self, _: &Facts<'_>, _: &Reasons, _: usize) -> Option<String> {
        Some("it has no tag".to_owned())
    }
}
