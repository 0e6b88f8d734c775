//! Scanning accounts, by all sources.

use ecr_sweep_core::Policy;
use ecr_sweep_steps::{ScannedUsage, scan as scan_places};

use crate::args::LiveArguments;
use crate::commands::live::Live;
use crate::failure::Failure;

/// Scans what the policy has looked at; without one, the account of the credentials.
pub(super) fn scan(arguments: &LiveArguments, policy: Policy) -> Result<ScannedUsage, Failure> {
    let live = Live::connect(arguments)?;
    live.run(scan_places(&live.environment, policy))
}
