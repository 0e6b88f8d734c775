//! The rule `newest`: the newest images, whatever else keeps them.

use super::counted::{Counted, FORM_BY};
use super::{FieldSpec, KeepRule, Kind, Looking, Value};
use crate::decide::Reasons;
use crate::policy::Word;

/// The newest images, whatever else keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest(pub Counted);

impl Newest {
    /// So many, and nothing else said.
    #[must_use]
    pub const fn plain(count: u64) -> Self {
        Self(Counted::plain(count))
    }
}

impl KeepRule for Newest {
    const FIELD: FieldSpec = FieldSpec::new(
        "newest",
        Kind::Form(&FORM_BY),
        "Keeps the newest images, whatever else keeps them.",
    );

    fn of(value: &Value) -> Option<Self> {
        Counted::of(value).map(Self)
    }

    fn value(&self) -> Value {
        self.0.values().with("by", self.0.by.as_word()).into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        self.0.keep::<Self>(looking, reasons, |_| true);
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        Some(self.0.unmet(looking, at, |_| true))
    }
}
