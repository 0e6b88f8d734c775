//! The simulator as its clients see it: what it answers, byte by byte where that matters.

mod clients;
mod deletion;
mod ecs;
mod faults;
mod identity;
mod images;
mod lambda;
mod manifests;
mod put;
mod rates;
mod registry;
mod repositories;
mod requests;
mod sealing;
mod seeding;
mod world;
