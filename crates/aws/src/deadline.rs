//! Deadlines: when to stop early enough to hand over what is done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Somebody's wish that a run comes to an end before it is done. It may be told once.
#[derive(Debug, Clone, Copy)]
pub struct Stop(&'static AtomicBool);

impl Stop {
    /// The wish that this says.
    #[must_use]
    pub const fn new(flag: &'static AtomicBool) -> Self {
        Self(flag)
    }

    /// Tells it.
    pub fn ask(self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was told.
    #[must_use]
    pub fn is_asked(self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// When a caller has to stop between two calls, if it has to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deadline {
    at: Option<Instant>,
    stop: Option<Stop>,
}

impl Deadline {
    /// There is all the time in the world.
    pub const NEVER: Self = Self { at: None, stop: None };

    /// In this time from now.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self { at: Instant::now().checked_add(time), stop: None }
    }

    /// As soon as somebody asks.
    #[must_use]
    pub const fn when(stop: Stop) -> Self {
        Self { at: None, stop: Some(stop) }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        self.is_asked() || self.at.is_some_and(|instant| instant <= Instant::now())
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_asked(self) -> bool {
        self.stop.is_some_and(Stop::is_asked)
    }

    /// The time that is left; none if there is no end of it.
    #[must_use]
    pub fn left(self) -> Option<Duration> {
        if self.is_asked() {
            return Some(Duration::ZERO);
        }
        self.at.map(|instant| instant.saturating_duration_since(Instant::now()))
    }
}
