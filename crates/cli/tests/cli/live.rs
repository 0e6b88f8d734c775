//! Live commands, against a simulated account.

mod bucket;
mod comparing;
mod policy;
mod reading;
mod refusals;
mod runs;
mod starting;
mod sweeping;
mod world;
