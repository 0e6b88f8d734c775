//! What the tests of several crates say in the same words: an account and a Region, digests by
//! number, snapshots, policies, faults.
//!
//! What one crate's tests need besides is in their own `world`.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, its helpers too"
)]

mod faults;
mod listener;
mod organization;
mod policy;

pub use faults::{changing_calls, error, fault};
pub use listener::{Listener, Received, Reply};
pub use organization::{organization, registry, snapshot};
pub use policy::{built, off_but_emulated, off_unbuilt};

use ecr_sweep_core::{Digest, Place};
use jiff::Timestamp;

/// The account that everything starts from.
pub const ACCOUNT: &str = "111122223333";

/// Its Region.
pub const REGION: &str = "eu-west-1";

/// Another account.
pub const OTHER: &str = "444455556666";

/// The registry's host.
pub const HOST: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

/// The account and Region that everything starts from.
#[must_use]
pub fn place() -> Place {
    place_of(ACCOUNT, REGION)
}

/// An account and Region.
#[must_use]
pub fn place_of(account: &str, region: &str) -> Place {
    Place { account: account.parse().unwrap(), region: region.parse().unwrap() }
}

/// The time that it is.
#[must_use]
pub fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// The digest of an image by its number, as snapshots write it before they are sealed.
#[must_use]
pub fn digest(number: u32) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
}
