//! scan-usage: one account and Region a call, and all of them together.

use std::time::Duration;

use ecr_sweep_core::ScanPlace;
use ecr_sweep_protocol::documents::Stage;
use ecr_sweep_protocol::functions::{Progressed, ScanUsageCall};

use super::Host;
use super::progress::{Step, step};
use crate::steps::index_usage_after;
use crate::{Run, StepError, scan_failed, scan_usage as scan};

/// How long after the deadline a scan is cut off that has not stopped by itself: between two of
/// its checks there may be many calls.
const GRACE: Duration = Duration::from_secs(30);

/// Does what scan-usage is asked.
pub async fn scan_usage(host: &Host, call: ScanUsageCall) -> Result<Progressed, StepError> {
    match call {
        ScanUsageCall::Scan { run, stage, token, scope, cursor } => {
            let run = host.open(&run, token).await?;
            match step(cursor, cut_off(&run, stage, &scope).await)? {
                Step::Done => Ok(Progressed::DONE),
                Step::Further(progressed) => Ok(progressed),
                Step::Stuck(error) => {
                    let reason = error.in_full();
                    scan_failed(&run, stage, &scope, &reason).await?;
                    Ok(Progressed::DONE)
                }
            }
        }
        ScanUsageCall::Failed { run, stage, scope, error } => {
            let run = host.open(&run, None).await?;
            let reason = format!("{}: {}", error.error, error.message());
            scan_failed(&run, stage, &scope, &reason).await?;
            Ok(Progressed::DONE)
        }
        ScanUsageCall::Index { run, stage, token, cursor } => {
            let run = host.open(&run, token).await?;
            let before = cursor.map_or(0, |cursor| cursor.steps);
            match step(cursor, index_usage_after(&run, stage, before).await)? {
                Step::Done => Ok(Progressed::DONE),
                Step::Further(progressed) => Ok(progressed),
                Step::Stuck(error) => Err(error),
            }
        }
    }
}

async fn cut_off(run: &Run, stage: Stage, scope: &ScanPlace) -> Result<(), StepError> {
    let Some(left) = run.deadline.left() else { return scan(run, stage, scope).await };
    match tokio::time::timeout(left + GRACE, scan(run, stage, scope)).await {
        Ok(result) => result,
        Err(_) => Err(StepError::OutOfTime { steps: 0 }),
    }
}
