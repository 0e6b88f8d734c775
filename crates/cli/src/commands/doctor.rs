//! `ecr-sweep doctor`: whether a run would go well, and what to do where it would not.

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_steps::{DoctorDeployment, DoctorRequest, examine};

use super::deployed;
use super::live::Live;
use crate::args::{DoctorArguments, Format};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::doctor::DoctorView;
use crate::{files, render};

/// What a state machine is called unless the deployment has another name.
const USUAL_NAME: &str = "ecr-sweep";

/// Looks at everything that a run needs, and shows what is wrong.
pub fn run(arguments: &DoctorArguments) -> Result<Ended, Failure> {
    let policy = files::policy(&arguments.policy.policy, Use::Live)?.0.policy;
    let live = Live::connect(&arguments.live)?;
    let bucket = match &arguments.live.store {
        StoreLocation::Bucket(location) => Some(location.clone()),
        StoreLocation::Folder(_) => None,
    };
    let named = arguments.state_machine.as_deref();
    let request = DoctorRequest {
        policy,
        deletes: arguments.delete,
        deployment: deployment(&live.environment.sessions, named, bucket.is_some())?,
        bucket,
    };
    let report = live.run(examine(&live.environment, request))?;
    match arguments.form.format {
        Format::Json => render::json::write(&report)?,
        Format::Table => {
            let shown = render::plain::document(report.clone());
            render::print(&DoctorView { report: &shown })?;
        }
    }
    if report.is_well() {
        return Ok(Ended::WELL);
    }
    let next = "carry out what stands under `Fixes`, and call `ecr-sweep doctor` again";
    Ok(Ended::short(
        ExitCode::Incomplete,
        "something is in the way of a run, or could not be checked",
        Next::Step(next.to_owned()),
    ))
}

/// The deployment that is named, or that may be where the run store is a bucket.
fn deployment(
    sessions: &Sessions,
    named: Option<&str>,
    is_bucket: bool,
) -> Result<Option<DoctorDeployment>, Failure> {
    let Some(name) = named.or(is_bucket.then_some(USUAL_NAME)) else { return Ok(None) };
    let machine = deployed::named(sessions, name)?;
    Ok(Some(DoctorDeployment { machine, is_named: named.is_some() }))
}
