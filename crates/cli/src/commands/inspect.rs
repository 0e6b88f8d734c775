//! `ecr-sweep inspect`: what is broken in what is there.

use ecr_sweep_core::{Finding, Gap, InUse, OrganizationFacts, Policy};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{ExitCode, InspectionDocument, Snapshot};
use ecr_sweep_steps::{RecordRequest, record};

use super::live::Live;
use super::next_step;
use crate::args::{Format, InspectArguments};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::counted;
use crate::render::inspection::InspectionView;
use crate::{diagnostics, files, render};

/// Looks at a snapshot or a live account, and tells what it finds.
pub fn run(arguments: &InspectArguments) -> Result<Ended, Failure> {
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
        }
    }
    Ok(ended(&document, &gaps))
}

fn ended(document: &InspectionDocument, gaps: &[Gap]) -> Ended {
    let is_used = |it: &&Finding| it.in_use != InUse::No;
    let broken = document.findings.iter().filter(is_used).count() as u64;
    let why = match (broken, gaps) {
        (0, []) => return Ended::WELL,
        (0, _) => "usage was not seen whole, so what is in use is not known".to_owned(),
        (_, []) => format!("{} in use", are_broken(broken)),
        (_, _) => {
            format!("usage was not seen whole, and {} that may be in use", are_broken(broken))
        }
    };
    let worst = document.findings.iter().find(|it| it.in_use == InUse::Yes);
    let next = worst.or_else(|| document.findings.iter().find(is_used)).map_or_else(
        || "let the caller read what was not seen".to_owned(),
        |worst| {
            format!(
                "mend what is in use before its next start: `{}` first; docs/inspect.md says how",
                render::inspection::name(worst)
            )
        },
    );
    if !gaps.is_empty() && worst.is_some() {
        next_step::blank();
        diagnostics::next(&next);
    }
    Ended::short(ExitCode::Incomplete, why, Next::Unseen(gaps, next))
}

fn are_broken(count: u64) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!("{} {are} broken", counted(count, "thing"))
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
