//! What something happened to within an age. Within is inclusive.

use jiff::Timestamp;

use super::{Facts, Reasons};
use crate::{Age, Image, Reason, ReasonCode};

/// Keeps what something happened to within an age.
pub(crate) struct Recent {
    code: ReasonCode,
    what: &'static str,
    when: fn(&Image) -> Option<Timestamp>,
    age: Age,
}

impl Recent {
    pub(crate) fn pushed(code: ReasonCode, age: Age) -> Self {
        Self { code, what: "pushed", when: |image| image.pushed_at, age }
    }

    pub(crate) fn pulled(code: ReasonCode, age: Age) -> Self {
        Self { code, what: "pulled", when: |image| image.pulled_at, age }
    }

    pub(crate) fn needed(code: ReasonCode, age: Age) -> Self {
        Self { code, what: "pulled or restored", when: Image::last_needed_at, age }
    }

    pub(crate) fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        let since = self.age.before(facts.now);
        // In words once for all images.
        let age = self.age.to_string();
        for (at, image) in facts.graph.images() {
            if let Some(time) = (self.when)(image).filter(|time| *time >= since) {
                let detail = format!("{} {time}, within {age}", self.what);
                reasons[at].push(Reason::new(self.code.clone(), detail));
            }
        }
    }
}
