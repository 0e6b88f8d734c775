//! The commands that a message leads to.

use std::collections::BTreeSet;

use ecr_sweep_core::wording::as_a_word;
use ecr_sweep_protocol::documents::{RunId, RunSummary};

use super::Addresses;

/// How many codes of blocks can be looked up.
const CODES: usize = 3;

/// The option that names the run store: a reader's shell has another one, or none.
pub(super) fn store(addresses: &Addresses<'_>) -> String {
    format!(" --store {}", as_a_word(addresses.store))
}

/// What shows a run.
pub(super) fn show(run: &RunId, addresses: &Addresses<'_>) -> String {
    format!("ecr-sweep show {run}{}", store(addresses))
}

/// What shows the run and its report, and says what mends the blocks.
pub(super) fn commands(summary: &RunSummary, addresses: &Addresses<'_>) -> Vec<String> {
    let run = &summary.run;
    let mut commands = vec![show(run, addresses)];
    if addresses.report.is_some() {
        commands.push(format!("ecr-sweep report {run} --open{}", store(addresses)));
    }
    let blocks = summary.repositories.iter().flat_map(|it| &it.blocked);
    let codes: BTreeSet<String> = blocks.map(|it| it.code.to_string()).collect();
    commands.extend(codes.into_iter().take(CODES).map(|code| format!("ecr-sweep help {code}")));
    commands
}
