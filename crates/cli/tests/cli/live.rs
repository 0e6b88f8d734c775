//! Live commands, against a simulated account.

mod accounts;
mod bucket;
mod policy;
mod reading;
mod refusals;
mod sweeping;
mod world;
