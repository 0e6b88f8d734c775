//! `ecr-sweep inspect`: what is broken in what is there.

use ecr_sweep_core::{InUse, OrganizationFacts, Policy};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{ExitCode, InspectionDocument, Snapshot};
use ecr_sweep_steps::{RecordRequest, record};

use super::live::Live;
use super::next_step;
use crate::args::{Format, InspectArguments};
use crate::failure::Failure;
use crate::render::inspection::InspectionView;
use crate::{diagnostics, files, render};

/// Looks at a snapshot or a live account, and tells what it finds.
pub fn run(arguments: &InspectArguments) -> Result<ExitCode, Failure> {
    let (policy, snapshot) = read(arguments)?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at);
    let inspection = OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        cache_rules: &snapshot.cache_rules,
        usage: snapshot.usage,
        coverage: &snapshot.coverage,
        policy: &policy,
        now,
    }
    .index()
    .inspect();
    let gaps = inspection.gaps.clone();
    let document = InspectionDocument::new(now, inspection);
    match arguments.form.format {
        Format::Json => render::json::write(&document)?,
        Format::Table => {
            let shown = render::plain::document(document.clone());
            render::print(&InspectionView { document: &shown, gaps: &gaps })?;
            next_step::blank();
            next_step::if_unseen(&gaps);
            if let Some(worst) = document.findings.iter().find(|it| it.in_use == InUse::Yes) {
                diagnostics::next(&format!(
                    "mend what is in use before its next start: `{}` first; docs/inspect.md says \
                     how",
                    render::inspection::name(worst)
                ));
            }
        }
    }
    let is_well = gaps.is_empty() && document.findings.iter().all(|it| it.in_use == InUse::No);
    Ok(if is_well { ExitCode::Done } else { ExitCode::Incomplete })
}

fn read(arguments: &InspectArguments) -> Result<(Policy, Snapshot), Failure> {
    let policy = |use_of| match &arguments.policy {
        Some(path) => Ok::<_, Failure>(files::policy(path, use_of)?.0.policy),
        None => Ok(Policy::default()),
    };
    if let Some(path) = &arguments.offline.snapshot {
        return Ok((policy(Use::Offline)?, files::snapshot(path)?));
    }
    let policy = policy(Use::Live)?;
    let live = Live::connect(&arguments.live)?;
    let request = RecordRequest { policy: policy.clone(), ..RecordRequest::default() };
    let recorded = live.run(record(&live.environment, request))?;
    Ok((policy, recorded))
}
