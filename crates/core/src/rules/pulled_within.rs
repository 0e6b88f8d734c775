//! The rule `pulled_within`: images pulled within an age.

use super::{FieldSpec, KeepRule, Kind, OneOf, Value};
use crate::decide::{Facts, Reasons, Recent, since};
use crate::policy::FromValue;
use crate::{Age, ReasonCode};

/// Images pulled at most so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PulledWithin(pub Age);

impl KeepRule for PulledWithin {
    const FIELD: FieldSpec =
        FieldSpec::new("pulled_within", Kind::Age, "Keeps images pulled at most so long ago.");

    fn of(value: &Value) -> Option<Self> {
        Age::from_value(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.into()
    }

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        Recent::pulled(ReasonCode::Rule(Self::NAME), self.0).keep(facts, reasons);
    }

    fn unmet(&self, facts: &Facts<'_>, _: &Reasons, at: usize) -> Option<String> {
        Some(since("pulled", facts.graph.image(at).pulled_at, self.0, facts.now))
    }
}
