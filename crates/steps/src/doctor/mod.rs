//! The doctor: whether a run would go well, told without one. It reads, and changes nothing: neither
//! in an account nor in the run store.
//!
//! Each part looks at one thing that a run needs and gives back what is wrong with it. What cannot be
//! read is a finding, never left out.

mod accounts;
mod deleters;
mod deleting;
mod deployment;
mod findings;
mod fixes;
mod notices;
mod permissions;
mod registries;
mod run_store;
mod usage;

pub use deployment::{DoctorDeployment, deployed_store};
pub use permissions::DoctorAsks;

use ecr_sweep_aws::store::S3Location;
use ecr_sweep_core::Policy;
use ecr_sweep_protocol::DoctorReport;
use ecr_sweep_protocol::doctor::{DoctorFinding, DoctorPart, ExaminedPart, Severity};
use ecr_sweep_protocol::documents::V1;

use crate::{Environment, Phase, StepError};
use findings::Findings;

/// What the doctor looks at.
#[derive(Debug, Clone, Default)]
pub struct DoctorRequest {
    /// The policy by which runs are made.
    pub policy: Policy,
    /// Whether runs are to delete: then the role that does is looked at, too.
    pub deletes: bool,
    /// The bucket of the run store, if it is in one.
    pub bucket: Option<S3Location>,
    /// The deployment that makes runs.
    pub deployment: Option<DoctorDeployment>,
}

/// What became of one part.
struct Examined {
    part: DoctorPart,
    looked_at: u64,
    left_out: Option<Box<str>>,
    findings: Findings,
}

impl Examined {
    const fn new(part: DoctorPart, looked_at: u64, findings: Findings) -> Self {
        Self { part, looked_at, left_out: None, findings }
    }

    /// A part that is not looked at, for this reason.
    fn left_out(part: DoctorPart, reason: impl Into<Box<str>>) -> Self {
        Self { left_out: Some(reason.into()), ..Self::new(part, 0, Findings::default()) }
    }
}

/// What would be in the way of a run that only plans: it rests on the accounts, usage and registries. Of
/// what a run needs besides nothing is looked at, and what is only warned of is left out.
pub async fn foresee(
    environment: &Environment,
    policy: Policy,
) -> Result<Vec<DoctorFinding>, StepError> {
    let reading = &environment.reading_by(policy);
    let (accounts, entered) = accounts::examine(reading).await;
    let usage = usage::examine(reading, &entered).await?;
    let places = registries::find(reading).await;
    let (registries, _) = registries::examine(reading, &entered, &places).await;
    let parts = [accounts, usage, registries].into_iter();
    let findings = parts.flat_map(|Examined { part, findings, .. }| findings.of(part));
    let mut findings: Vec<DoctorFinding> =
        findings.filter(|finding| finding.severity != Severity::Warning).collect();
    findings.sort();
    Ok(findings)
}

/// Looks at everything that a run by a policy needs. What is wrong is told and is no error.
pub async fn examine(
    environment: &Environment,
    request: DoctorRequest,
) -> Result<DoctorReport, StepError> {
    let DoctorRequest { policy, deletes, bucket, deployment } = request;
    let reading = &environment.reading_by(policy);
    let taken_at = reading.now();
    reading.progress.start(Phase::Examine, DoctorPart::ALL.len() as u64);
    let done = |examined: Examined| {
        reading.progress.step(Phase::Examine, 1);
        examined
    };
    let (accounts, entered) = accounts::examine(reading).await;
    let accounts = done(accounts);
    let usage = done(usage::examine(reading, &entered).await?);
    let places = registries::find(reading).await;
    let (registries, matched) = registries::examine(reading, &entered, &places).await;
    let registries = done(registries);
    let deleters = done(deleters::examine(reading, &matched).await);
    let deleting = done(deleting::examine(reading, &entered, &places, deletes).await);
    let (run_store, runs) = run_store::examine(reading, bucket.as_ref()).await;
    let run_store = done(run_store);
    let deployment = deployment::examine(reading, deployment.as_ref(), runs.as_ref()).await;
    let parts = [accounts, usage, registries, deleters, deleting, run_store, done(deployment)];
    let mut report = DoctorReport {
        schema_version: V1,
        taken_at,
        home: reading.sessions.home().clone(),
        caller: reading.sessions.caller_arn().into(),
        parts: Vec::new(),
        findings: Vec::new(),
    };
    for Examined { part, looked_at, left_out, findings } in parts {
        report.parts.push(ExaminedPart { part, looked_at, left_out });
        report.findings.extend(findings.of(part));
    }
    report.findings.sort();
    Ok(report)
}
