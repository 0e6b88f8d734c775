//! What something happened to within an age. Within is inclusive.

use jiff::Timestamp;

use crate::{Age, Image};

/// What something happened to within an age.
pub(crate) struct Recent {
    what: &'static str,
    when: fn(&Image) -> Option<Timestamp>,
    since: Timestamp,
    /// In words once for all images.
    age: String,
}

impl Recent {
    pub(crate) fn pushed(age: Age, now: Timestamp) -> Self {
        Self::new("pushed", |image| image.pushed_at, age, now)
    }

    pub(crate) fn pulled(age: Age, now: Timestamp) -> Self {
        Self::new("pulled", |image| image.pulled_at, age, now)
    }

    pub(crate) fn used(age: Age, now: Timestamp) -> Self {
        Self::new("seen in use", |image| image.used_at, age, now)
    }

    pub(crate) fn needed(age: Age, now: Timestamp) -> Self {
        Self::new("pulled or restored", Image::last_needed_at, age, now)
    }

    fn new(
        what: &'static str,
        when: fn(&Image) -> Option<Timestamp>,
        age: Age,
        now: Timestamp,
    ) -> Self {
        Self { what, when, since: age.before(now), age: age.to_string() }
    }

    /// When that happened to an image, in words, if it was within the age.
    pub(crate) fn tell(&self, image: &Image) -> Option<String> {
        self.tell_at((self.when)(image)?)
    }

    /// The same of one to which it happened at this time.
    pub(crate) fn tell_at(&self, time: Timestamp) -> Option<String> {
        let is_recent = time >= self.since;
        is_recent.then(|| format!("{} {time}, within {}", self.what, self.age))
    }
}
