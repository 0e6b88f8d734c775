//! The rule `spare`: the newest images among those that nothing else keeps.

use super::counted::{Counted, FORM};
use super::{FieldSpec, KeepRule, Kind, Looking, OneOf, Value};
use crate::decide::Reasons;
use crate::{Reason, ReasonCode};

/// The newest images among those that nothing else keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spare(pub Counted);

impl Spare {
    /// So many, and nothing else said.
    #[must_use]
    pub const fn plain(count: u64) -> Self {
        Self(Counted::plain(count))
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
        self.0.values().into()
    }

    /// Every clause's chooses among the same images.
    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let is_left: Vec<bool> = reasons.iter().map(|reasons| is_left(reasons)).collect();
        self.0.keep::<Self>(looking, reasons, |at| is_left[at]);
    }

    fn unmet(&self, looking: &Looking<'_, '_>, reasons: &Reasons, at: usize) -> Option<String> {
        Some(self.0.unmet(looking, at, |at| is_left(&reasons[at])))
    }
}

/// Whether nothing but the rule itself, and what comes after it, speaks for an image.
fn is_left(reasons: &[Reason]) -> bool {
    reasons.iter().all(|reason| match reason.code {
        ReasonCode::InGrace | ReasonCode::InArchive | ReasonCode::OverLimit => true,
        ReasonCode::Rule(name) => name == Spare::NAME,
        _ => false,
    })
}
