//! Live commands, against a simulated account.

mod bucket;
mod policy;
mod reading;
mod refusals;
mod sweeping;
mod world;
