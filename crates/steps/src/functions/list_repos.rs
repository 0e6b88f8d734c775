//! list-repos: what an execution is to do, and on what.

use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunId, Stage, keys};
use ecr_sweep_protocol::functions::{ListReposCall, SweepInput, SweepState};

use super::{Host, ListReposSettings};
use crate::items::write_repositories;
use crate::list_repos::list_scopes;
use crate::reviewed::with_deletions;
use crate::{Context, ListReposRequest, RunInputs, StepError, list_repos as list};

/// Does what list-repos is asked. Gives the state of an execution that is to plan anew, or to
/// delete what an earlier one has planned.
pub async fn list_repos(
    host: &Host,
    settings: &ListReposSettings,
    call: ListReposCall,
) -> Result<SweepState, StepError> {
    let ListReposCall::List { execution, input } = call;
    let dry_run = input.dry_run || !settings.deletion;
    if !input.dry_run && dry_run {
        tracing::warn!("asked to delete, and deployed without deletion: this is a dry run");
    }
    let run = match &input.plan {
        Some(plan) => plan.clone(),
        None => execution.parse::<RunId>().map_err(|error| StepError::InvalidRequest {
            problem: error.to_string(),
            next: NextStep::RenameExecution,
        })?,
    };
    let ctx = host.context(&run);
    let state = SweepState {
        run,
        stage: Stage::Plan,
        dry_run,
        reviewed: input.plan.is_some(),
        approval: settings.approval,
        token: None,
        scopes_key: String::new(),
        registries_key: String::new(),
        concurrency: settings.concurrency,
        gone: 0,
    };
    if input.plan.is_some() {
        reviewed(&ctx, &input, state).await
    } else {
        new(&ctx, settings, input, state).await
    }
}

async fn new(
    ctx: &Context,
    settings: &ListReposSettings,
    input: SweepInput,
    state: SweepState,
) -> Result<SweepState, StepError> {
    let request = ListReposRequest {
        policy_name: settings.policy.to_string(),
        policy: settings.policy.read(&ctx.sessions).await?,
        dry_run: state.dry_run,
        repositories: input.repositories,
    };
    let listed = list(ctx, request).await?;
    Ok(SweepState { scopes_key: listed.scopes_key, registries_key: listed.registries_key, ..state })
}

/// The plan of an earlier run. To be deleted, it goes on where that one stopped; else it is only
/// planned again.
async fn reviewed(
    ctx: &Context,
    input: &SweepInput,
    state: SweepState,
) -> Result<SweepState, StepError> {
    if !input.repositories.is_empty() {
        return Err(StepError::InvalidRequest {
            problem: "`plan` and `repositories` exclude each other: a plan is deleted as a whole"
                .to_owned(),
            next: NextStep::LeaveOneOut,
        });
    }
    // An unknown run is told from one that never got as far as a plan.
    let _ = ctx.read(&keys::request(&ctx.run)).await?;
    let inputs = RunInputs::read(ctx).await?;
    let planned = ctx.read(&keys::summary(&ctx.run, Stage::Plan)).await?;
    if !state.dry_run {
        return Ok(state);
    }
    let repositories = with_deletions(ctx, &inputs, &planned).await?;
    Ok(SweepState {
        stage: Stage::Recheck,
        scopes_key: list_scopes(ctx, &inputs, Stage::Recheck).await?,
        registries_key: write_repositories(ctx, Stage::Recheck, &repositories).await?,
        ..state
    })
}
