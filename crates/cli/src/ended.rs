//! How a command ends that has shown its result.
//!
//! Only this gives a code that is not 0 without a [`Failure`]: so nobody can end with one and not say
//! why, and what to do next, on standard error.

use ecr_sweep_core::Gap;
use ecr_sweep_protocol::ExitCode;

use crate::args::wants_json;
use crate::commands::next_step;
use crate::diagnostics;
use crate::failure::Failure;

/// How a command ended that has shown its result.
#[derive(Debug)]
#[must_use]
pub struct Ended(ExitCode);

/// What to do where something is in the way.
#[derive(Debug)]
pub enum Next<'a> {
    /// A step.
    Step(String),
    /// What helps against gaps; none of them where it is another step.
    Unseen(&'a [Gap], String),
}

impl Ended {
    /// With nothing in the way.
    pub const WELL: Self = Self(ExitCode::Done);

    /// Tells why it is not all well, and what to do.
    pub fn short(code: ExitCode, why: impl Into<String>, next: Next<'_>) -> Self {
        let failure = Failure::new(code, why);
        let (step, gaps) = match next {
            Next::Step(step) | Next::Unseen([], step) => (Some(step), [].as_slice()),
            // A program reads the gaps in the result.
            Next::Unseen(gaps, _) => (None, gaps),
        };
        let failure = match step {
            Some(step) => failure.next(step),
            None => failure,
        };
        if !wants_json() {
            next_step::blank();
            diagnostics::report(&failure);
            next_step::if_unseen(gaps);
        } else if code != ExitCode::Incomplete {
            // Of what is in the way of a result, the result says all to a program.
            diagnostics::report(&failure);
        }
        Self(code)
    }

    /// The code that says so.
    pub const fn exit_code(self) -> ExitCode {
        self.0
    }
}
