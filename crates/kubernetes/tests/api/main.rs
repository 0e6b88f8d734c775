//! The scan of a cluster, over a stand-in for its API.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod failures;
mod kubeconfigs;
mod pages;
mod secrets;
mod world;
