//! What a stored run saves at other prices.

use ecr_sweep_core::policy::GivenPrice;
use ecr_sweep_policy::{self as policy, PolicyFile, Use};
use ecr_sweep_protocol::documents::{RunId, RunSummary, keys};
use ecr_sweep_steps::StepError;

use super::open_store::OpenStore;
use crate::failure::Failure;

/// Tells what a run saves at these prices, and where they say nothing, at those that it was asked for with.
pub fn price(
    open: &OpenStore,
    summary: &mut RunSummary,
    given: &[GivenPrice],
) -> Result<(), Failure> {
    if given.is_empty() {
        return Ok(());
    }
    let (file, _) = stored_policy(open, &summary.run)?;
    let mut prices = file.policy.prices;
    prices.given = open.read(&summary.run, &keys::request(&summary.run))?.prices;
    prices.given.extend_from_slice(given);
    summary.price(&prices);
    Ok(())
}

/// The policy of a run, with its text.
pub fn stored_policy(open: &OpenStore, run: &RunId) -> Result<(PolicyFile, String), Failure> {
    let key = keys::policy(run);
    let address = open.store.address(&key);
    let missing = || StepError::Missing { run: run.clone(), address: address.clone() };
    let stored = open.run(async { open.store.get(&key).await?.ok_or_else(missing) })?;
    let text = String::from_utf8_lossy(&stored.bytes).into_owned();
    match policy::read(&address, &text, Use::Live) {
        Ok(file) => Ok((file, text)),
        Err(errors) => Err(Failure::Policy { errors, text }),
    }
}
