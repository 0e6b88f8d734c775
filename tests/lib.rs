//! What the tests that cross crates share: a naive model of the decision, and random
//! organizations and policies to hold it and the project against each other.

#![expect(clippy::unwrap_used, reason = "what is drawn from constants is right")]

pub mod model;
pub mod random;
