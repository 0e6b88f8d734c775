//! delete-batch: taking the lock, deleting, and giving the lock back.

use ecr_sweep_aws::NotProven;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{
    ApprovalAnswer, ApprovalRecord, Caller, FencingToken, IdentityProof, MatchedRepository, RunId,
    Stage, StepName, V1, approving, keys, sha256,
};
use ecr_sweep_protocol::functions::{Cursor, DeleteBatchCall, Finished, Progressed, SweepState};
use futures::try_join;
use serde::Serialize;

use super::{DeleteBatchSettings, Host};
use crate::run::attempt::{Cause, record_failure};
use crate::steps::items::write_repositories;
use crate::steps::list_repos::{ListedScopes, list_scopes};
use crate::steps::reviewed::with_deletions;
use crate::steps::rounds::{Round, next_round, standings};
use crate::steps::settle_asked::{settle_asked, settle_left};
use crate::{Deletion, HeldLock, RegistryItems, Run, StepError, delete_batch as delete_images};

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
    let Some(delete_role) = &settings.delete_role else {
        return Err(StepError::InvalidRequest {
            problem: "asked to delete, and deployed without deletion".to_owned(),
            next: NextStep::DeployDeletion,
        });
    };
    let host = &host.deleting_as(delete_role);
    match call {
        DeleteBatchCall::Begin { execution_arn, answer, state } => {
            let state = begin(host, settings, &execution_arn, answer, state).await?;
            Ok(DeleteBatchAnswer::Begun(Box::new(state)))
        }
        DeleteBatchCall::Settle { execution_arn, run } => {
            let run = host.open(&run, None).await?;
            settle_left(&run, HeldLock::take_for(&run, &run.id, &execution_arn)).await?;
            Ok(DeleteBatchAnswer::Progressed(Progressed::DONE))
        }
        DeleteBatchCall::Delete { run, token, repository, cursor } => {
            let progressed = delete(host, &run, token, &repository, cursor).await?;
            Ok(DeleteBatchAnswer::Progressed(progressed))
        }
        DeleteBatchCall::Failed { run, repository, error } => {
            let run = host.open(&run, None).await?;
            if !host.is_stop(&run, &error).await? {
                failed(&run, &repository, &error).await?;
            }
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
    settings: &DeleteBatchSettings,
    execution_arn: &str,
    answer: Option<ApprovalAnswer>,
    state: SweepState,
) -> Result<SweepState, StepError> {
    let run = host.open(&state.run, None).await?;
    if state.dry_run {
        return Err(StepError::InvalidRequest {
            problem: format!("the run `{}` is a dry run", state.run),
            next: NextStep::StartSweep,
        });
    }
    if state.approval {
        check_approval(&run, settings, answer, state.other_than.clone()).await?;
    }
    let planned = run.read(&keys::summary(&run.id, Stage::Plan)).await?;
    let repositories = with_deletions(&run, &planned).await?;
    // What is planned again is written by whoever holds the lock, and by nobody else.
    let lock = HeldLock::take_for(&run, &run.id, execution_arn).await?;
    settle_asked(&run, &lock).await?;
    let (scopes, registries) = list_again(&run, &repositories).await?;
    Ok(SweepState {
        stage: Stage::Recheck,
        token: Some(lock.token()),
        scopes_key: scopes.key,
        registries_key: registries.key,
        registries: registries.registries,
        gone: 0,
        gone_in_vain: None,
        ..state
    })
}

/// Lists what is scanned and planned again.
async fn list_again(
    run: &Run,
    repositories: &[MatchedRepository],
) -> Result<(ListedScopes, RegistryItems), StepError> {
    try_join!(
        list_scopes(run, Stage::Recheck),
        write_repositories(run, Stage::Recheck, repositories),
    )
}

/// Writes the approval down, and refuses one that says no, is of another plan, or where a second person
/// has to approve is not known to be by one.
async fn check_approval(
    run: &Run,
    settings: &DeleteBatchSettings,
    answer: Option<ApprovalAnswer>,
    other_than: Option<Caller>,
) -> Result<(), StepError> {
    let Some(mut answer) = answer else {
        return Err(StepError::InvalidRequest {
            problem: "this deployment asks for approval, and there is none".to_owned(),
            next: NextStep::AskForApproval,
        });
    };
    // It shows who that is, for some minutes to whoever has it.
    let proof = answer.proof.take();
    let approved_by = match &other_than {
        Some(_) if answer.approved => Some(who_approves(run, &answer, proof).await?),
        _ => None,
    };
    let record = ApprovalRecord {
        schema_version: V1,
        run: run.id.clone(),
        answer: answer.clone(),
        started_by: other_than.clone(),
        approved_by: approved_by.clone(),
    };
    run.write(&keys::approval_answer(&run.id), &record).await?;
    if !answer.approved {
        return Err(StepError::Rejected { by: answer.by, at: answer.at });
    }
    if let Some((starter, approver)) = other_than.zip(approved_by) {
        let differs = approver.check_differs(&starter, &settings.personal_roles);
        differs.map_err(|problem| no_second_person(run, &problem.to_string()))?;
    }
    let key = keys::summary(&run.id, Stage::Plan);
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    if sha256(&stored.bytes) == answer.plan_digest {
        return Ok(());
    }
    Err(StepError::Conflict {
        problem: format!("{} approved another plan than {}", answer.by, run.store.address(&key)),
        next: NextStep::ApproveNewPlan,
    })
}

/// Who approves, as STS says.
async fn who_approves(
    run: &Run,
    answer: &ApprovalAnswer,
    proof: Option<IdentityProof>,
) -> Result<Caller, StepError> {
    let Some(proof) = proof else {
        return Err(no_second_person(run, "nothing shows who has approved"));
    };
    let purpose = approving(&run.id, &answer.plan_digest);
    run.sessions.who_proves(&proof, &purpose).await.map_err(|error| match error {
        NotProven::Aws(error) => error.into(),
        NotProven::Proof(problem) => {
            no_second_person(run, &format!("who has approved is not shown: {problem}"))
        }
    })
}

fn no_second_person(run: &Run, problem: &str) -> StepError {
    StepError::Conflict {
        problem: format!("a second person has to approve: {problem}"),
        next: NextStep::AskSecondPerson { run: run.id.clone() },
    }
}

/// Deletes images of one repository. What stops it is written down and stops none of the others,
/// but for the loss of the lock and what may pass.
async fn delete(
    host: &Host,
    run: &RunId,
    token: FencingToken,
    repository: &MatchedRepository,
    cursor: Option<Cursor>,
) -> Result<Progressed, StepError> {
    let lock = HeldLock::resume(run.clone(), token);
    let run = host.open(run, Some(token)).await?;
    match delete_images(&run, &lock, repository).await {
        Ok(Deletion::Unfinished { gone }) => {
            let calls = cursor.map_or(0, |cursor| cursor.calls) + 1;
            Ok(Progressed { done: false, cursor: Some(Cursor { calls, steps: gone }) })
        }
        Ok(Deletion::Done) => Ok(Progressed::DONE),
        // What the brake found is what stopped this repository; a wish is of all of them.
        Err(error @ (StepError::Conflict { .. } | StepError::Stopped { found: None, .. })) => {
            Err(error)
        }
        Err(error) if error.may_pass() => Err(error),
        Err(error) => {
            failed(&run, repository, &error).await?;
            Ok(Progressed::DONE)
        }
    }
}

async fn failed(
    run: &Run,
    repository: &MatchedRepository,
    cause: impl Into<Cause>,
) -> Result<(), StepError> {
    record_failure(run, &repository.id(), StepName::Delete, cause).await?;
    Ok(())
}

/// Sees whether repositories are left for which the evidence got too old. If so they are planned again,
/// unless no image has gone for two rounds; else, or if somebody asked the run to stop, the lock is
/// given back. Called again after its answer was lost, it says the same: what it gave back is not lost.
async fn finish(host: &Host, state: SweepState) -> Result<Finished, StepError> {
    if let Some(token) = state.token
        && HeldLock::resume(state.run.clone(), token).is_given_back(&host.environment).await?
    {
        return Ok(Finished { again: false, state });
    }
    let (run, next) = match host.open(&state.run, state.token).await {
        Err(StepError::Stopped { .. }) => (host.open(&state.run, None).await?, None),
        run => {
            let run = run?;
            let standings = standings(&run).await?;
            (run, next_round(standings, state.gone_in_vain))
        }
    };
    let Some(Round { repositories, gone }) = next else {
        if let Some(token) = state.token {
            HeldLock::resume(run.id.clone(), token).release(&run).await?;
        }
        return Ok(Finished { again: false, state });
    };
    let (scopes, registries) = list_again(&run, &repositories).await?;
    let state = SweepState {
        scopes_key: scopes.key,
        registries_key: registries.key,
        registries: registries.registries,
        gone_in_vain: (gone == state.gone).then_some(gone),
        gone,
        ..state
    };
    Ok(Finished { again: true, state })
}
