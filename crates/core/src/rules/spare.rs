//! The rule `spare`: the newest images among those that nothing else keeps.

use super::counted::{Counted, FORM};
use super::{FieldSpec, KeepRule, Kind, OneOf, Value, reason};
use crate::ReasonCode;
use crate::decide::{Facts, Reasons};

/// The newest images among those that nothing else keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spare(pub Counted);

impl Spare {
    /// So many tagged images of a repository.
    #[must_use]
    pub const fn tagged(count: u64) -> Self {
        Self(Counted::tagged(count))
    }
}

impl KeepRule for Spare {
    const FIELD: FieldSpec = FieldSpec::new(
        "spare",
        Kind::Form(&FORM),
        "Keeps the newest images among those that nothing else keeps.",
    );

    const IS_LAST: bool = true;

    fn of(value: &Value) -> Option<Self> {
        Counted::of(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.value()
    }

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        let is_left: Vec<bool> = reasons.iter().map(Vec::is_empty).collect();
        self.0.keep(facts, reasons, reason::<Self>, |at| is_left[at]);
    }

    /// It looks at an image for which nothing but itself and what comes after it speaks.
    fn unmet(&self, facts: &Facts<'_>, reasons: &Reasons, at: usize) -> Option<String> {
        let speaks = |code: &ReasonCode| {
            !matches!(code, ReasonCode::InGrace | ReasonCode::OverLimit) && *code != ReasonCode::Rule(Self::NAME)
        };
        let is_left = |at: usize| !reasons[at].iter().any(|reason| speaks(&reason.code));
        Some(self.0.unmet(facts, at, is_left))
    }
}
