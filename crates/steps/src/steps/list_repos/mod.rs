//! The step `list-repos`: what was asked for, where usage is looked for, and which repositories
//! are planned.

mod registries;
mod repositories;
mod scopes;

use ecr_sweep_protocol::documents::{Repositories, Scopes, Stage, V1, keys};
use futures::{join, try_join};

use crate::steps::items::{RegistryItems, write_repositories, write_scopes};
use crate::{Run, StepError};

pub(crate) use registries::find_registries;
pub(crate) use repositories::{repository_gone_warning, unlisted_registries};
pub(crate) use scopes::{ACTIVE, FoundScopes, find as find_scopes, is_active};

/// Where the lists are that the state machine goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItems {
    /// The key of the scopes as plain items.
    pub scopes_key: String,
    /// The registries as plain items.
    pub registries: RegistryItems,
}

/// What a run goes through, as it is stored.
pub(crate) struct Listed {
    pub(crate) repositories: Repositories,
    pub(crate) scopes: Scopes,
    items: ListedItems,
}

/// The scopes as they are stored, and the key of their plain list.
pub(crate) struct ListedScopes {
    pub(crate) scopes: Scopes,
    pub(crate) key: String,
}

/// Lists the repositories that are planned, and where usage is looked for.
pub async fn list_repos(run: &Run) -> Result<ListedItems, StepError> {
    Ok(list(run).await?.items)
}

/// The same, and gives the lists: whoever goes on in this process need not read them.
pub(crate) async fn list(run: &Run) -> Result<Listed, StepError> {
    let patterns = run.patterns()?;
    let (repositories, scopes) = join!(repositories::find(run, &patterns), find_scopes(run));
    let (repositories, scopes) = (repositories?, found(run, scopes));
    // Whoever reads one of these reads it after this step: none has to be there before another.
    let key = keys::repositories(&run.id);
    let (registries, scopes_key, ()) = try_join!(
        write_repositories(run, Stage::Plan, &repositories.repositories),
        store_scopes(run, Stage::Plan, &scopes),
        run.write(&key, &repositories),
    )?;
    Ok(Listed { repositories, scopes, items: ListedItems { scopes_key, registries } })
}

/// Lists the accounts and Regions whose usage is scanned for a plan. They are listed anew before
/// images are deleted: an account or a Region may have come since the plan was made.
pub(crate) async fn list_scopes(run: &Run, stage: Stage) -> Result<ListedScopes, StepError> {
    let scopes = found(run, find_scopes(run).await);
    let key = store_scopes(run, stage, &scopes).await?;
    Ok(ListedScopes { scopes, key })
}

async fn store_scopes(run: &Run, stage: Stage, scopes: &Scopes) -> Result<String, StepError> {
    let document = keys::scopes(&run.id, stage);
    let ((), key) =
        try_join!(run.write(&document, scopes), write_scopes(run, stage, &scopes.scopes))?;
    Ok(key)
}

fn found(run: &Run, found: FoundScopes) -> Scopes {
    let FoundScopes { default, reason, remedies, organization, scopes } = found;
    Scopes {
        schema_version: V1,
        run: run.id.clone(),
        default,
        reason,
        remedies,
        organization,
        scopes,
    }
}
