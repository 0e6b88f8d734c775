//! The adapters against the simulator: what they read, how often they call, and what becomes of
//! errors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]
#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values to give away")]

mod accounts;
mod answers;
mod deletion;
mod ecs;
mod images;
mod kubernetes;
mod lambda;
mod manifests;
mod mocked;
mod notices;
mod policies;
mod probes;
mod repositories;
mod secrets;
mod sessions;
mod tables;
mod usage_files;
mod world;
