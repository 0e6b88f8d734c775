//! Items: what the state machine's maps go through, as plain lists.
//!
//! A Distributed Map reads one JSON array from the run store. The lists say nothing that
//! `scopes.json` and `repositories.json` do not say.

use std::collections::BTreeMap;

use ecr_sweep_core::{Place, ScanPlace};
use ecr_sweep_protocol::documents::{MatchedRepository, RegistryItem, Stage, keys};
use futures::{StreamExt, TryStreamExt, stream, try_join};

use crate::run::documents::AT_ONCE;
use crate::{Run, StepError};

/// Writes the list of accounts and Regions, and gives its key.
pub(crate) async fn write_scopes(
    run: &Run,
    stage: Stage,
    scopes: &[ScanPlace],
) -> Result<String, StepError> {
    let key = keys::scope_items(&run.id, stage);
    run.write(&key, &scopes.to_vec()).await?;
    Ok(key.into())
}

/// The list of registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryItems {
    /// Its key.
    pub key: String,
    /// How many registries it has: those without a repository are not among them.
    pub registries: u64,
}

/// Writes the list of registries, and a list of the repositories of each.
pub(crate) async fn write_repositories(
    run: &Run,
    stage: Stage,
    repositories: &[MatchedRepository],
) -> Result<RegistryItems, StepError> {
    let mut by_registry: BTreeMap<Place, Vec<MatchedRepository>> = BTreeMap::new();
    for repository in repositories {
        by_registry.entry(repository.place()).or_default().push(repository.clone());
    }
    let of_registry = |place| keys::repository_items(&run.id, stage, place);
    let registries: Vec<RegistryItem> = by_registry
        .iter()
        .map(|(place, repositories)| RegistryItem {
            account: place.account.clone(),
            region: place.region.clone(),
            repositories_key: of_registry(place).into(),
            repositories: repositories.len() as u64,
        })
        .collect();
    let key = keys::registry_items(&run.id, stage);
    // The state machine reads none of them before the step is done.
    let lists = stream::iter(&by_registry)
        .map(async |(place, repositories)| run.write(&of_registry(place), repositories).await)
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>();
    try_join!(lists, run.write(&key, &registries))?;
    Ok(RegistryItems { key: key.into(), registries: registries.len() as u64 })
}
