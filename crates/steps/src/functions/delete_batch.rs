//! delete-batch: taking the lock, deleting, and giving the lock back.

use ecr_sweep_protocol::documents::{
    ApprovalAnswer, ApprovalRecord, FencingToken, MatchedRepository, Receipts, Repositories, Stage,
    StepName, V1, keys, sha256,
};
use ecr_sweep_protocol::functions::{
    Caught, Cursor, DeleteBatchCall, Finished, Progressed, SweepState,
};
use ecr_sweep_protocol::{ErrorName, NextStep};
use serde::Serialize;

use super::{DeleteBatchSettings, Host};
use crate::failure::{record_caught, record_failure};
use crate::items::write_repositories;
use crate::list_repos::list_scopes;
use crate::reviewed::with_deletions;
use crate::{Context, DeleteBatchRequest, HeldLock, StepError, delete_batch as delete_images};

/// What delete-batch answers with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum DeleteBatchAnswer {
    /// The state to plan again in.
    Begun(Box<SweepState>),
    /// How far it got.
    Progressed(Progressed),
    /// What to do next.
    Finished(Box<Finished>),
}

/// Does what delete-batch is asked.
pub async fn delete_batch(
    host: &Host,
    settings: &DeleteBatchSettings,
    call: DeleteBatchCall,
) -> Result<DeleteBatchAnswer, StepError> {
    if !settings.deletion {
        return Err(StepError::InvalidRequest {
            problem: "asked to delete, and deployed without deletion".to_owned(),
            next: NextStep::DeployDeletion,
        });
    }
    match call {
        DeleteBatchCall::Begin { execution_arn, answer, state } => {
            let state = begin(host, &execution_arn, answer, state).await?;
            Ok(DeleteBatchAnswer::Begun(Box::new(state)))
        }
        DeleteBatchCall::Delete { run, token, repository, cursor } => {
            let ctx = host.context(&run);
            let progressed = delete(host, &ctx, token, &repository, cursor).await?;
            Ok(DeleteBatchAnswer::Progressed(progressed))
        }
        DeleteBatchCall::Failed { run, repository, error } => {
            failed(&host.context(&run), &repository, &error).await?;
            Ok(DeleteBatchAnswer::Progressed(Progressed::DONE))
        }
        DeleteBatchCall::Finish { state } => {
            Ok(DeleteBatchAnswer::Finished(Box::new(finish(host, state).await?)))
        }
    }
}

/// Checks the plan and its approval, takes the lock, and lists what is planned again.
async fn begin(
    host: &Host,
    execution_arn: &str,
    answer: Option<ApprovalAnswer>,
    state: SweepState,
) -> Result<SweepState, StepError> {
    let (ctx, inputs) = host.open(&state.run, None).await?;
    if state.dry_run {
        return Err(StepError::InvalidRequest {
            problem: format!("the run `{}` is a dry run", state.run),
            next: NextStep::StartSweep,
        });
    }
    if state.approval {
        check_approval(&ctx, answer).await?;
    }
    let planned = ctx.read(&keys::summary(&ctx.run, Stage::Plan)).await?;
    let repositories = with_deletions(&ctx, &inputs, &planned).await?;
    let lock = HeldLock::take_for(&ctx, execution_arn).await?;
    Ok(SweepState {
        stage: Stage::Recheck,
        token: Some(lock.token()),
        scopes_key: list_scopes(&ctx, &inputs, Stage::Recheck).await?,
        registries_key: write_repositories(&ctx, Stage::Recheck, &repositories).await?,
        gone: 0,
        ..state
    })
}

/// Writes the approval down, and refuses one that says no, or is of another plan.
async fn check_approval(ctx: &Context, answer: Option<ApprovalAnswer>) -> Result<(), StepError> {
    let Some(answer) = answer else {
        return Err(StepError::InvalidRequest {
            problem: "this deployment asks for approval, and there is none".to_owned(),
            next: NextStep::AskForApproval,
        });
    };
    let record =
        ApprovalRecord { schema_version: V1, run: ctx.run.clone(), answer: answer.clone() };
    ctx.write(&keys::approval_answer(&ctx.run), &record).await?;
    if !answer.approved {
        return Err(StepError::Rejected { by: answer.by, at: answer.at });
    }
    let key = keys::summary(&ctx.run, Stage::Plan);
    let stored = ctx.store.get(&key).await?.ok_or_else(|| ctx.missing(&key))?;
    if sha256(&stored.bytes) == answer.plan_digest {
        return Ok(());
    }
    Err(StepError::Conflict {
        problem: format!("{} approved another plan than {}", answer.by, ctx.store.address(&key)),
        next: NextStep::ApproveNewPlan,
    })
}

/// Deletes images of one repository. What stops it is written down and stops none of the others,
/// but for the loss of the lock and what may pass.
async fn delete(
    host: &Host,
    ctx: &Context,
    token: FencingToken,
    repository: &MatchedRepository,
    cursor: Option<Cursor>,
) -> Result<Progressed, StepError> {
    let (_, inputs) = host.open(&ctx.run, Some(token)).await?;
    if !is_planned_again(ctx, repository).await? {
        return Ok(Progressed::DONE);
    }
    let request = DeleteBatchRequest {
        registry: repository.place(),
        repository: repository.repository.clone(),
    };
    match delete_images(ctx, &inputs, &HeldLock::resume(token), &request).await {
        Ok(response) if response.is_unfinished => {
            let calls = cursor.map_or(0, |cursor| cursor.calls) + 1;
            let steps = response.outcomes.deleted + response.outcomes.already_gone;
            Ok(Progressed { done: false, cursor: Some(Cursor { calls, steps }) })
        }
        Ok(_) => Ok(Progressed::DONE),
        Err(error) if error.may_pass() || matches!(error, StepError::Conflict { .. }) => Err(error),
        Err(error) => {
            let (place, name) = (repository.place(), &repository.repository);
            record_failure(ctx, &place, name, StepName::Delete, &error).await?;
            Ok(Progressed::DONE)
        }
    }
}

/// Whether the last attempt to plan a repository again succeeded: what an earlier one made is
/// nothing to delete by.
async fn is_planned_again(
    ctx: &Context,
    repository: &MatchedRepository,
) -> Result<bool, StepError> {
    let (place, name) = (repository.place(), &*repository.repository);
    let plan = ctx.find(&keys::plan(&ctx.run, Stage::Recheck, &place, name).head()).await?;
    let failure = ctx.find(&keys::failure(&ctx.run, StepName::Recheck, &place, name)).await?;
    Ok(plan.is_some_and(|plan| failure.is_none_or(|failure| failure.failed_at < plan.planned_at)))
}

async fn failed(
    ctx: &Context,
    repository: &MatchedRepository,
    error: &Caught,
) -> Result<(), StepError> {
    let (place, name) = (repository.place(), &repository.repository);
    record_caught(ctx, &place, name, StepName::Delete, error).await
}

/// Sees whether repositories are left for which the evidence got too old. If so, and images have
/// gone since the last time, they are planned again; else the lock is given back.
async fn finish(host: &Host, state: SweepState) -> Result<Finished, StepError> {
    let (ctx, inputs) = host.open(&state.run, state.token).await?;
    let Repositories { repositories, .. } = ctx.read(&keys::repositories(&ctx.run)).await?;
    let mut left = Vec::new();
    let mut gone = 0;
    for repository in repositories {
        let (place, name) = (repository.place(), &*repository.repository);
        let found = ctx.find(&keys::receipts(&ctx.run, &place, name)).await?;
        let Some(Receipts { receipts, finished, .. }) = found else { continue };
        gone += receipts.iter().filter(|receipt| receipt.outcome.is_gone()).count() as u64;
        if !finished && is_stale(&ctx, &repository).await? {
            left.push(repository);
        }
    }
    if left.is_empty() || gone == state.gone {
        if let Some(token) = state.token {
            HeldLock::resume(token).release(&ctx).await?;
        }
        return Ok(Finished { again: false, state });
    }
    let state = SweepState {
        scopes_key: list_scopes(&ctx, &inputs, Stage::Recheck).await?,
        registries_key: write_repositories(&ctx, Stage::Recheck, &left).await?,
        gone,
        ..state
    };
    Ok(Finished { again: true, state })
}

/// Whether old evidence is what stopped the deletion.
async fn is_stale(ctx: &Context, repository: &MatchedRepository) -> Result<bool, StepError> {
    let (place, name) = (repository.place(), &*repository.repository);
    let failure = ctx.find(&keys::failure(&ctx.run, StepName::Delete, &place, name)).await?;
    Ok(failure.is_some_and(|failure| failure.error == ErrorName::StaleEvidence))
}
