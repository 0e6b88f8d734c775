//! The definition of the state machine: what holds of it before it ever runs.
//!
//! `asl-validator` and cfn-lint know the language; these tests know the project: which calls the
//! functions take, which names errors have, and what must never be reached.

mod answers;
mod calls;
mod definition;
mod deletion;
mod documentation;
mod errors;
mod size;
mod structure;
mod templates;
mod ways;
