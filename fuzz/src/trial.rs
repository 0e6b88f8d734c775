//! One input under watch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::Target;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one input may take until it counts as one without end. Far more than any needs, as
/// other programs run at the same time.
pub const TIME: Duration = Duration::from_secs(20);

/// How many bytes one input may have allocated at once, besides the input.
pub const MEMORY: usize = 256 << 20;

/// What came of one input.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// Whether it was accepted. None: the reader panicked, or what it read does not hold together.
    pub accepted: Option<bool>,
    /// What it took.
    pub taken: Duration,
    /// The most bytes that it had allocated at once.
    pub allocated: usize,
}

impl Trial {
    /// Gives an input to a target. Only one at a time in a process, or their memory is counted
    /// together.
    #[must_use]
    pub fn of(target: &Target, input: &[u8]) -> Self {
        PeakAlloc.reset_peak_usage();
        let before = PeakAlloc.current_usage();
        let start = Instant::now();
        let accepted = catch_unwind(AssertUnwindSafe(|| (target.read)(input))).ok();
        Self {
            accepted,
            taken: start.elapsed(),
            allocated: PeakAlloc.peak_usage().saturating_sub(before),
        }
    }

    /// What is wrong with it, in words.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if self.accepted.is_none() {
            return Some("it panicked".to_owned());
        }
        if self.allocated > MEMORY {
            return Some(format!("it allocated {} MiB at once", self.allocated >> 20));
        }
        (self.taken > TIME).then(|| format!("it took {:.1} s", self.taken.as_secs_f64()))
    }
}

/// How many bytes are allocated now.
#[must_use]
pub fn allocated() -> usize {
    PeakAlloc.current_usage()
}
