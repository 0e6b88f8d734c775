//! Live commands, against a simulated account.

mod accounts;
mod advice;
mod bucket;
mod comparing;
mod deployed;
mod doctor;
mod logs;
mod policy;
mod pulls;
mod reading;
mod refusals;
mod reporting;
mod runs;
mod shortfalls;
mod starting;
mod states;
mod sweeping;
mod undoing;
mod usage_files;
mod waiting;
mod world;

pub use world::World;
