//! scan-usage: one account and Region a call, and all of them together.

use std::time::Duration;

use ecr_sweep_protocol::functions::{Progressed, ScanUsageCall};

use super::Host;
use super::progress::{Step, step};
use crate::{
    Context, IndexUsageRequest, RunInputs, ScanUsageRequest, StepError, index_usage, scan_failed,
    scan_usage as scan,
};

/// How long after the deadline a scan is cut off that has not stopped by itself: between two of
/// its checks there may be many calls.
const GRACE: Duration = Duration::from_secs(30);

/// Does what scan-usage is asked.
pub async fn scan_usage(host: &Host, call: ScanUsageCall) -> Result<Progressed, StepError> {
    match call {
        ScanUsageCall::Scan { run, stage, token, scope, cursor } => {
            let (ctx, inputs) = host.open(&run, token).await?;
            let request = ScanUsageRequest { stage, scope };
            match step(cursor, cut_off(&ctx, &inputs, &request).await)? {
                Step::Done => Ok(Progressed::DONE),
                Step::Further(progressed) => Ok(progressed),
                Step::Stuck(error) => {
                    let reason = error.in_full();
                    scan_failed(&ctx, &inputs, &request, &reason).await?;
                    Ok(Progressed::DONE)
                }
            }
        }
        ScanUsageCall::Failed { run, stage, scope, error } => {
            let (ctx, inputs) = host.open(&run, None).await?;
            let reason = format!("{}: {}", error.error, error.message());
            scan_failed(&ctx, &inputs, &ScanUsageRequest { stage, scope }, &reason).await?;
            Ok(Progressed::DONE)
        }
        ScanUsageCall::Index { run, stage, token } => {
            let (ctx, inputs) = host.open(&run, token).await?;
            index_usage(&ctx, &inputs, IndexUsageRequest { stage }).await?;
            Ok(Progressed::DONE)
        }
    }
}

async fn cut_off(
    ctx: &Context,
    inputs: &RunInputs,
    request: &ScanUsageRequest,
) -> Result<(), StepError> {
    let Some(left) = ctx.deadline.left() else { return scan(ctx, inputs, request).await };
    match tokio::time::timeout(left + GRACE, scan(ctx, inputs, request)).await {
        Ok(result) => result,
        Err(_) => Err(StepError::OutOfTime { steps: 0 }),
    }
}
