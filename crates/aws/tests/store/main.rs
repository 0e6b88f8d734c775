//! The run store in a folder and in a bucket: one contract, and what only one of them can do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod answers;
mod blobs;
mod bucket;
mod contract;
mod folder;
#[path = "../../../../tests/moto/server.rs"]
mod moto;
mod simulated;
