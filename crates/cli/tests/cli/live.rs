//! Live commands, against a simulated account.

mod policy;
mod reading;
mod refusals;
mod sweeping;
mod world;
