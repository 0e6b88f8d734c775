//! notify: judging a run, and telling people.

use ecr_sweep_aws::notice::Courier;
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{
    ApprovalRequest, FencingToken, RunId, RunSummary, RunTotals, Stage, V1, keys, sha256,
};
use ecr_sweep_protocol::functions::{Caught, NotifyCall, Outcome};
use ecr_sweep_protocol::{ErrorName, Reported};
use serde::Serialize;

use super::telling::Teller;
use super::{Host, NotifySettings};
use crate::run::stop::check_not_stopped;
use crate::steps::settle_asked::is_left;
use crate::{Environment, HeldLock, JudgeRequest, StepError, Stopped, judge};

/// What Step Functions reports when a state takes longer than it may.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
const TIMED_OUT: &str = "States.Timeout";

/// What notify answers with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum NotifyAnswer {
    /// How the run ended.
    Judged(Box<Outcome>),
    /// Nothing but that it is done.
    Told {},
}

/// Does what notify is asked.
pub async fn notify(
    host: &Host,
    settings: &NotifySettings,
    call: NotifyCall,
) -> Result<NotifyAnswer, StepError> {
    Box::pin(notify_by(host, settings, &Courier::default(), call)).await
}

/// The same, with what takes notices to channels.
pub async fn notify_by(
    host: &Host,
    settings: &NotifySettings,
    courier: &Courier,
    call: NotifyCall,
) -> Result<NotifyAnswer, StepError> {
    let environment = &host.environment;
    let teller = Teller { host, settings, courier };
    match call {
        NotifyCall::Judge { run, stage, dry_run } => {
            judge_plan(host, settings, &run, stage, dry_run).await.map(judged)
        }
        NotifyCall::JudgeDeletion { run } => judge_deletion(host, settings, &run).await.map(judged),
        NotifyCall::Refused { run, error } => {
            let reason = match error.error.as_str() {
                TIMED_OUT => "nobody approved it in time; nothing is deleted".into(),
                _ => error.message(),
            };
            // Whatever it was reported as, nobody said yes.
            let rejected = Reported::Ours(ErrorName::Rejected);
            let outcome = judge_anew(host, settings, &run, stopped(&rejected, reason)).await?;
            Ok(judged(Outcome { error: Some(rejected), ..outcome }))
        }
        NotifyCall::Ask { run, task_token, plan_digest } => {
            let (summary, _) = summary(environment, &run, Stage::Plan).await?;
            let request = ApprovalRequest {
                schema_version: V1,
                run: run.clone(),
                task_token: task_token.into(),
                plan_digest,
                asked_at: environment.now(),
            };
            environment.write(&keys::approval_request(&run), &request).await?;
            teller.ask(&summary, &request.task_token).await?;
            Ok(NotifyAnswer::Told {})
        }
        NotifyCall::Tell { run, outcome, entered_at } => {
            let (summary, _) = summary(environment, &run, outcome.stage).await?;
            log_end(&summary);
            teller.tell_end(&summary, &outcome, entered_at.as_deref()).await?;
            Ok(NotifyAnswer::Told {})
        }
        NotifyCall::Untold { run, error } => {
            teller.write_down_untold(&run, &error).await;
            Ok(NotifyAnswer::Told {})
        }
        NotifyCall::Failed { run, token, error, entered_at } => {
            if let Some(token) = token {
                give_up(host, settings, &run, token, &error).await?;
            }
            teller.tell_failure(&run, &error, entered_at.as_deref()).await?;
            Ok(NotifyAnswer::Told {})
        }
        NotifyCall::NotStarted { execution, error } => {
            teller.tell_not_started(&execution, &error).await?;
            Ok(NotifyAnswer::Told {})
        }
    }
}

fn judged(outcome: Outcome) -> NotifyAnswer {
    NotifyAnswer::Judged(Box::new(outcome))
}

/// Judges a plan. One that was judged before is as it was: somebody may have approved that.
async fn judge_plan(
    host: &Host,
    settings: &NotifySettings,
    run: &RunId,
    stage: Stage,
    dry_run: bool,
) -> Result<Outcome, StepError> {
    let judged: Option<RunSummary> = match stage {
        Stage::Plan => host.environment.find(&keys::summary(run, stage)).await?,
        Stage::Recheck => None,
    };
    if judged.is_none() {
        judge_anew(host, settings, run, JudgeRequest { stage, ..JudgeRequest::default() }).await?;
    }
    let (planned, digest) = summary(&host.environment, run, stage).await?;
    if dry_run {
        return Ok(Outcome::of(&planned, stage, false, digest));
    }
    if !planned.deletes_nothing() {
        return Ok(Outcome::of(&planned, stage, true, digest));
    }
    if stage == Stage::Plan && is_left(&host.environment).await? {
        // Another function looks that up, and how the run ended is judged after it.
        let outcome = Outcome::of(&planned, stage, false, digest);
        return Ok(Outcome { settle: true, ..outcome });
    }
    // Nothing to delete ends a sweep here: it says so if that is because something was not seen.
    judge_anew(host, settings, run, JudgeRequest { deleting: true, ..JudgeRequest::default() })
        .await
}

/// Judges a deletion. If somebody asked the run to stop and it is not done, that is how it ended.
async fn judge_deletion(
    host: &Host,
    settings: &NotifySettings,
    run: &RunId,
) -> Result<Outcome, StepError> {
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let outcome = judge_anew(host, settings, run, request).await?;
    let Some(wish) = find_wish(host, run).await?.filter(|_| !outcome.succeeded) else {
        return Ok(outcome);
    };
    let name = Reported::Ours(wish.name());
    let outcome = judge_anew(host, settings, run, stopped_by(&wish)).await?;
    Ok(Outcome { error: Some(name), ..outcome })
}

/// What a run that somebody asked to stop ends with.
async fn find_wish(host: &Host, run: &RunId) -> Result<Option<StepError>, StepError> {
    match check_not_stopped(&host.environment, run).await {
        Ok(()) => Ok(None),
        Err(wish @ StepError::Stopped { .. }) => Ok(Some(wish)),
        Err(error) => Err(error),
    }
}

fn stopped_by(wish: &StepError) -> JudgeRequest {
    let stopped = Some(Stopped { ending: wish.ending(), reason: wish.in_full().into() });
    JudgeRequest { deleting: true, stopped, ..JudgeRequest::default() }
}

async fn judge_anew(
    host: &Host,
    settings: &NotifySettings,
    run: &RunId,
    request: JudgeRequest,
) -> Result<Outcome, StepError> {
    let run = host.open(run, None).await?;
    let stage = request.stage;
    let request = JudgeRequest { has_no_slack_token: !settings.has_slack_token(), ..request };
    judge(&run, request).await?;
    let (summary, digest) = summary(&run, &run.id, stage).await?;
    Ok(Outcome::of(&summary, stage, false, digest))
}

/// The summary, and its digest.
async fn summary(
    environment: &Environment,
    run: &RunId,
    stage: Stage,
) -> Result<(RunSummary, Digest), StepError> {
    let key = keys::summary(run, stage);
    let stored = environment.store.get(&key).await?;
    let stored = stored.ok_or_else(|| environment.missing_of(run, &key))?;
    Ok((environment.parse(&key, &stored.bytes)?, sha256(&stored.bytes)))
}

/// Judges a deletion that something stopped, and gives the lock back, unless it is lost.
async fn give_up(
    host: &Host,
    settings: &NotifySettings,
    run: &RunId,
    token: FencingToken,
    error: &Caught,
) -> Result<(), StepError> {
    match HeldLock::resume(run.clone(), token).release(&host.environment).await {
        Ok(()) | Err(StepError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    let request = match find_wish(host, run).await? {
        Some(wish) => stopped_by(&wish),
        None => stopped(&error.error, error.message()),
    };
    judge_anew(host, settings, run, request).await?;
    Ok(())
}

fn stopped(name: &Reported, reason: Box<str>) -> JudgeRequest {
    let stopped = Some(Stopped::by(name, reason));
    JudgeRequest { deleting: true, stopped, ..JudgeRequest::default() }
}

/// Logs how a run ended: `infra/lib/run-metrics.ts` makes metrics of these fields.
fn log_end(summary: &RunSummary) {
    let RunTotals { repositories, blocked, plan, outcomes } = &summary.totals;
    let gaps = summary.gaps().len() as u64;
    let complete = gaps == 0 && *blocked == 0 && summary.failed.is_empty();
    let seconds = summary.ended_at.duration_since(summary.started_at).as_secs();
    tracing::info!(
        repositories,
        blocked,
        gaps,
        complete = u64::from(complete),
        images = plan.images,
        images_to_delete = plan.deleted(),
        bytes_to_delete = plan.delete_bytes,
        images_deleted = outcomes.deleted,
        images_failed = outcomes.failed,
        seconds,
        "a run ended"
    );
}
