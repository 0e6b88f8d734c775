//! The simulator as its clients see it: what it answers, byte by byte where that matters.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]
#![expect(clippy::needless_pass_by_value, reason = "`json!` literals are written in place")]

mod clients;
mod cloudtrail;
mod command;
mod deletion;
mod ecs;
mod faults;
mod identity;
mod images;
mod lambda;
mod layers;
mod manifests;
mod objects;
mod organizations;
mod put;
mod rates;
mod registry;
mod repositories;
mod requests;
mod sealing;
mod secrets;
mod seeding;
mod world;
