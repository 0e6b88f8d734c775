//! The repositories that `--repository` selects.

use std::collections::BTreeSet;

use ecr_sweep_core::{Pattern, is_repository_name};
use ecr_sweep_policy::nearest;

use crate::failure::Failure;

/// Refuses the name of a repository that is not there: who names one means it. A pattern that
/// matches nothing is a warning of the plan.
pub fn check<'a>(
    selection: &[Pattern],
    names: impl Iterator<Item = &'a str>,
) -> Result<(), Failure> {
    let names: BTreeSet<&str> = names.collect();
    let is_absent = |name: &&str| is_repository_name(name) && !names.contains(name);
    let Some(name) = selection.iter().map(Pattern::as_str).find(is_absent) else { return Ok(()) };
    let failure = Failure::invalid(format!("there is no repository `{name}`"));
    Err(match nearest(name, names) {
        Some(near) => failure.next(format!("did you mean `--repository {near}`?")),
        None => failure.next("run without `--repository` to see what the policy takes"),
    })
}
