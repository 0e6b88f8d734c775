//! The rule `pulled_within`: images pulled within an age.

use super::{FieldSpec, KeepRule, Kind, Looking, Value};
use crate::Age;
use crate::decide::{Reasons, Recent, since};
use crate::policy::FromValue;

/// Images pulled at most so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PulledWithin(pub Age);

impl KeepRule for PulledWithin {
    const FIELD: FieldSpec =
        FieldSpec::new("pulled_within", Kind::Age, "Keeps images pulled at most so long ago.");

    const GOES_BY_PULLS: bool = true;

    fn of(value: &Value) -> Option<Self> {
        Age::from_value(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let recent = Recent::pulled(self.0, looking.facts.now);
        for (at, image) in looking.images() {
            if let Some(detail) = recent.tell(image) {
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        Some(since("pulled", facts.graph.image(at).pulled_at, self.0, facts.now))
    }
}
