//! plan-repo: one repository a call, and the limits of all of them together.

use ecr_sweep_protocol::functions::{PlanRepoCall, Progressed};

use super::Host;
use super::progress::{Step, step};
use crate::run::attempt::record_failure;
use crate::{StepError, limit_run, plan_repo as plan};

/// Does what plan-repo is asked. A repository that cannot be planned is written down as failed,
/// and stops none of the others; what may pass, and whatever stops all of them, is an error.
pub async fn plan_repo(host: &Host, call: PlanRepoCall) -> Result<Progressed, StepError> {
    match call {
        PlanRepoCall::Plan { run, stage, token, repository, cursor } => {
            let run = host.open(&run, token).await?;
            let evidence = host.evidence(&run, stage).await?;
            let planned = plan(&run, &evidence, &repository).await;
            let error = match step(cursor, planned) {
                Ok(Step::Done) => return Ok(Progressed::DONE),
                Ok(Step::Further(progressed)) => return Ok(progressed),
                Err(error) if error.may_pass() => return Err(error),
                Ok(Step::Stuck(error)) | Err(error) => error,
            };
            record_failure(&run, &repository.id(), stage.into(), &error).await?;
            Ok(Progressed::DONE)
        }
        PlanRepoCall::Failed { run, stage, repository, error } => {
            let run = host.open(&run, None).await?;
            if !host.is_stop(&run, &error).await? {
                record_failure(&run, &repository.id(), stage.into(), &error).await?;
            }
            Ok(Progressed::DONE)
        }
        PlanRepoCall::Limit { run, stage, token, cursor } => {
            let run = host.open(&run, token).await?;
            let evidence = host.evidence(&run, stage).await?;
            match step(cursor, limit_run(&run, &evidence).await)? {
                Step::Done => Ok(Progressed::DONE),
                Step::Further(progressed) => Ok(progressed),
                Step::Stuck(error) => Err(error),
            }
        }
    }
}
