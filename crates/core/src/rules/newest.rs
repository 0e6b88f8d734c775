//! The rule `newest`: the newest images, whatever else keeps them.

use super::counted::{Counted, FORM};
use super::{FieldSpec, KeepRule, Kind, Value, reason};
use crate::decide::{Facts, Reasons};

/// The newest images, whatever else keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest(pub Counted);

impl Newest {
    /// So many tagged images of a repository.
    #[must_use]
    pub const fn tagged(count: u64) -> Self {
        Self(Counted::tagged(count))
    }
}

impl KeepRule for Newest {
    const FIELD: FieldSpec = FieldSpec::new(
        "newest",
        Kind::Form(&FORM),
        "Keeps the newest images, whatever else keeps them.",
    );

    fn of(value: &Value) -> Option<Self> {
        Counted::of(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.value()
    }

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        self.0.keep(facts, reasons, reason::<Self>, |_| true);
    }

    fn unmet(&self, facts: &Facts<'_>, _: &Reasons, at: usize) -> Option<String> {
        Some(self.0.unmet(facts, at, |_| true))
    }
}
