//! The rule `tagged`: every tagged image.

use super::{FieldSpec, KeepRule, Kind, Looking, Value};
use crate::decide::Reasons;

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

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        for (at, _) in looking.images().filter(|(_, image)| image.is_tagged()) {
            looking.keep::<Self>(reasons, at, "it has a tag".to_owned());
        }
    }

    fn unmet(&self, _: &Looking<'_, '_>, _: &Reasons, _: usize) -> Option<String> {
        Some("it has no tag".to_owned())
    }
}
