//! list-repos: what an execution is to do, and on what.

use ecr_sweep_aws::NotProven;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{Caller, RunId, Stage, keys, starting};
use ecr_sweep_protocol::functions::{ListReposCall, SweepInput, SweepState};
use futures::try_join;

use super::{Approval, Host, ListReposSettings};
use crate::drive::end_unplanned;
use crate::run::stop::withdraw_stop;
use crate::steps::items::write_repositories;
use crate::steps::list_repos::list_scopes;
use crate::steps::reviewed::with_deletions;
use crate::{
    Environment, HeldLock, ListedItems, Purpose, Run, RunOptions, StepError, list_repos as list,
};

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
    let other_than = match settings.approval {
        Approval::SecondPerson if !dry_run => {
            Some(who_starts(host, settings, &execution, &input).await?)
        }
        _ => None,
    };
    let run = match &input.plan {
        Some(plan) => plan.clone(),
        None => execution.parse::<RunId>().map_err(|error| StepError::InvalidRequest {
            problem: error.to_string(),
            next: NextStep::RenameExecution,
        })?,
    };
    let state = SweepState {
        run,
        stage: Stage::Plan,
        dry_run,
        reviewed: input.plan.is_some(),
        approval: settings.approval != Approval::None,
        other_than,
        token: None,
        scopes_key: String::new(),
        registries_key: String::new(),
        registries: 0,
        concurrency: settings.concurrency,
        gone: 0,
        gone_in_vain: None,
    };
    if input.plan.is_some() {
        reviewed(&host.environment, &input, state).await
    } else {
        new(&host.environment, settings, input, state).await
    }
}

/// Who starts an execution, as STS says: where that cannot be told, nothing is planned that a second
/// person could approve.
async fn who_starts(
    host: &Host,
    settings: &ListReposSettings,
    execution: &str,
    input: &SweepInput,
) -> Result<Caller, StepError> {
    let refused = |problem: String| StepError::InvalidRequest {
        problem: format!("a second person has to approve what this deletes, and {problem}"),
        next: NextStep::ProveWhoStarts,
    };
    let Some(proof) = &input.started_by else {
        return Err(refused("nothing shows who starts it".to_owned()));
    };
    let asked = host.environment.sessions.who_proves(proof, &starting(execution)).await;
    let caller = asked.map_err(|error| match error {
        NotProven::Aws(error) => error.into(),
        NotProven::Proof(problem) => refused(format!("who starts it is not shown: {problem}")),
    })?;
    let is_person = caller.check_is_person(&settings.personal_roles);
    is_person.map_err(|problem| refused(problem.to_string()))?;
    Ok(caller)
}

async fn new(
    environment: &Environment,
    settings: &ListReposSettings,
    input: SweepInput,
    state: SweepState,
) -> Result<SweepState, StepError> {
    let options = RunOptions {
        policy_name: settings.policy.to_string(),
        policy: settings.policy.read(&environment.sessions).await?,
        repositories: input.repositories,
        ..RunOptions::default()
    };
    let purpose = if state.dry_run { Purpose::Plan } else { Purpose::Sweep };
    let run = Run::begin(environment, &state.run, options, purpose).await?;
    if purpose == Purpose::Sweep
        && let Err(refused) = HeldLock::check_free(environment).await
    {
        return Err(end_unplanned(&run, refused).await);
    }
    let ListedItems { scopes_key, registries } = list(&run).await?;
    Ok(SweepState {
        scopes_key,
        registries_key: registries.key,
        registries: registries.registries,
        ..state
    })
}

/// The plan of an earlier run. To be deleted, it goes on where that one stopped; else it is only
/// planned again.
async fn reviewed(
    environment: &Environment,
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
    let run = &Run::open(environment, &state.run).await?;
    let planned = run.read(&keys::summary(&run.id, Stage::Plan)).await?;
    if !state.dry_run {
        withdraw_stop(environment, &run.id).await?;
        return Ok(state);
    }
    let repositories = with_deletions(run, &planned).await?;
    let (scopes, registries) = try_join!(
        list_scopes(run, Stage::Recheck),
        write_repositories(run, Stage::Recheck, &repositories),
    )?;
    Ok(SweepState {
        stage: Stage::Recheck,
        scopes_key: scopes.key,
        registries_key: registries.key,
        registries: registries.registries,
        ..state
    })
}
