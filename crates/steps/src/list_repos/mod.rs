//! The step `list-repos`: what was asked for, where usage is looked for, and which repositories
//! are planned.

mod repositories;
mod scopes;

use ecr_sweep_core::{NotAPattern, Pattern};
use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunRequest, Stage, V1, keys, sha256};

use crate::items::{write_repositories, write_scopes};
use crate::{Context, RunInputs, StepError};

pub(crate) use repositories::gone;
pub(crate) use scopes::{check as check_scope, find as find_scopes};

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct ListReposRequest {
    /// Where the policy comes from, for its errors.
    pub policy_name: String,
    /// The policy's text.
    pub policy: String,
    /// Whether nothing is to be deleted.
    pub dry_run: bool,
    /// Patterns over the names of the repositories to plan; all that the policy takes, if empty.
    pub repositories: Vec<Box<str>>,
}

/// Where the lists are that the state machine goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReposResponse {
    /// The key of the scopes as plain items.
    pub scopes_key: String,
    /// The key of the registries as plain items.
    pub registries_key: String,
}

/// Writes down what was asked for and by which policy, then lists scopes and repositories.
///
/// A run of this name that was asked for something else is a conflict.
pub async fn list_repos(
    ctx: &Context,
    request: ListReposRequest,
) -> Result<ListReposResponse, StepError> {
    list_repos_to(ctx, request, Purpose::Plan).await
}

/// What the lists are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A plan.
    Plan,
    /// To explain one image.
    Explain,
}

/// The same, for a purpose.
pub(crate) async fn list_repos_to(
    ctx: &Context,
    request: ListReposRequest,
    purpose: Purpose,
) -> Result<ListReposResponse, StepError> {
    let file = policy::read(&request.policy_name, &request.policy, Use::Live)?;
    let ctx = &ctx.reading_by(&file.policy);
    let patterns = patterns(&request.repositories)?;
    scopes::check(ctx, &file.policy)?;
    let inputs = RunInputs {
        request: RunRequest {
            schema_version: V1,
            run: ctx.run.clone(),
            started_at: ctx.now(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            policy_digest: sha256(request.policy.as_bytes()),
            dry_run: request.dry_run,
            repositories: request.repositories,
            explain_only: purpose == Purpose::Explain,
        },
        policy: file.policy,
    };
    start(ctx, &inputs, request.policy).await?;

    let repositories = repositories::find(ctx, &inputs.policy, &patterns).await?;
    let registries_key = write_repositories(ctx, Stage::Plan, &repositories.repositories).await?;
    let scopes_key = list_scopes(ctx, &inputs, Stage::Plan).await?;
    ctx.write(&keys::repositories(&ctx.run), &repositories).await?;
    Ok(ListReposResponse { scopes_key, registries_key })
}

/// Lists the accounts and Regions whose usage is scanned for a plan, and gives the key of their
/// plain list. They are listed anew before images are deleted: an account or a Region may have
/// come since the plan was made.
pub(crate) async fn list_scopes(
    ctx: &Context,
    inputs: &RunInputs,
    stage: Stage,
) -> Result<String, StepError> {
    let ctx = &ctx.reading_by(&inputs.policy);
    let scopes = scopes::find(ctx, &inputs.policy).await;
    ctx.write(&keys::scopes(&ctx.run, stage), &scopes).await?;
    write_scopes(ctx, stage, &scopes.scopes).await
}

fn patterns(texts: &[Box<str>]) -> Result<Vec<Pattern>, StepError> {
    let read = |text: &str| {
        text.parse::<Pattern>().map_err(|error: NotAPattern| StepError::InvalidRequest {
            problem: format!("`{text}` names no repositories: {error}"),
            next: NextStep::NamePattern,
        })
    };
    texts.iter().map(|text| read(text)).collect()
}

/// Stores the policy and the request, or finds that they are what this run started with.
async fn start(ctx: &Context, inputs: &RunInputs, policy: String) -> Result<(), StepError> {
    let key = keys::request(&ctx.run);
    if !ctx.write_new(&key, &inputs.request).await? {
        let first: RunRequest = ctx.read(&key).await?;
        let asked = RunRequest {
            started_at: first.started_at,
            tool_version: first.tool_version.clone(),
            ..inputs.request.clone()
        };
        if asked != first {
            return Err(StepError::Conflict {
                problem: format!("the run `{}` was asked for something else", ctx.run),
                next: NextStep::ChooseRunName,
            });
        }
    }
    ctx.store.put(&keys::policy(&ctx.run), policy.into_bytes()).await?;
    Ok(())
}
