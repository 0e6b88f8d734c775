//! Broken input for everything that reads what others wrote: references, policies, snapshots,
//! manifests.
//!
//! The inputs are the project's own examples and stories, changed at random. For each of them:
//! no panic, no end that does not come, memory in bounds, and what was read holds together.
//! Whatever is accepted is changed further, so that inputs go deeper than a first check.

#![expect(clippy::unwrap_used, reason = "a seed that cannot be read, or is none, ends the run")]

mod dice;
mod mutation;
mod session;
mod targets;
mod trial;

pub use dice::Dice;
pub use session::{Session, Totals};
pub use targets::{TARGETS, Target};
pub use trial::{MEMORY, TIME, Trial, allocated};
