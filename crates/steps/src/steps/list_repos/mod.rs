//! The step `list-repos`: what was asked for, where usage is looked for, and which repositories
//! are planned.

mod repositories;
mod scopes;

use ecr_sweep_protocol::documents::{Scopes, Stage, V1, keys};
use futures::join;

use crate::steps::items::{RegistryItems, write_repositories, write_scopes};
use crate::{Run, StepError};

pub(crate) use repositories::repository_gone_warning;
pub(crate) use scopes::{FoundScopes, find as find_scopes};

/// Where the lists are that the state machine goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItems {
    /// The key of the scopes as plain items.
    pub scopes_key: String,
    /// The registries as plain items.
    pub registries: RegistryItems,
}

/// Lists the repositories that are planned, and where usage is looked for.
pub async fn list_repos(run: &Run) -> Result<ListedItems, StepError> {
    let patterns = run.patterns()?;
    let (repositories, scopes) = join!(repositories::find(run, &patterns), scopes::find(run));
    let repositories = repositories?;
    let registries = write_repositories(run, Stage::Plan, &repositories.repositories).await?;
    let scopes_key = write_found(run, Stage::Plan, scopes).await?;
    run.write(&keys::repositories(&run.id), &repositories).await?;
    Ok(ListedItems { scopes_key, registries })
}

/// Lists the accounts and Regions whose usage is scanned for a plan, and gives the key of their
/// plain list. They are listed anew before images are deleted: an account or a Region may have
/// come since the plan was made.
pub(crate) async fn list_scopes(run: &Run, stage: Stage) -> Result<String, StepError> {
    write_found(run, stage, scopes::find(run).await).await
}

async fn write_found(run: &Run, stage: Stage, found: FoundScopes) -> Result<String, StepError> {
    let FoundScopes { default, reason, remedies, organization, scopes } = found;
    let scopes = Scopes {
        schema_version: V1,
        run: run.id.clone(),
        default,
        reason,
        remedies,
        organization,
        scopes,
    };
    run.write(&keys::scopes(&run.id, stage), &scopes).await?;
    write_scopes(run, stage, &scopes.scopes).await
}
