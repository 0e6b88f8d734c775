//! The scan of a cluster, over a real API server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod custom;
mod objects;
mod pages;
mod rights;
mod world;
