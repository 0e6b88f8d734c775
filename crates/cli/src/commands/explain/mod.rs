//! `ecr-sweep explain`: why one image stays or goes.

mod from_account;
mod from_run;
mod from_snapshot;

use ecr_sweep_core::{RepositoryPlan, Unmet};
use ecr_sweep_protocol::documents::{BlockSummary, V1};
use ecr_sweep_protocol::{ExitCode, Explanation, Verdict};
use jiff::Timestamp;

use crate::args::{ExplainArguments, Format};
use crate::failure::Failure;
use crate::image_name::Found;
use crate::render;

/// Explains, offline or live.
pub fn run(arguments: &ExplainArguments) -> Result<ExitCode, Failure> {
    if let Some(run) = &arguments.run {
        let explanation = from_run::explain(arguments, run)?;
        match arguments.format {
            Format::Json => render::json::write(&explanation)?,
            Format::Table => render::print(&render::explain::ExplainedByRun(&explanation))?,
        }
        return Ok(ExitCode::Done);
    }
    let explanation = match &arguments.offline.snapshot {
        Some(snapshot) => from_snapshot::explain(arguments, snapshot)?,
        None => from_account::explain(arguments)?,
    };
    match arguments.format {
        Format::Json => render::json::write(&explanation)?,
        Format::Table => render::print(&render::explain::Explained(&explanation))?,
    }
    Ok(ExitCode::Done)
}

/// What a plan says of an image. `unmet` is asked only of an image that nothing keeps.
fn explanation(
    now: Timestamp,
    found: &Found<'_>,
    plan: Option<RepositoryPlan>,
    unmet: impl FnOnce() -> Vec<Unmet>,
) -> Explanation {
    let (verdict, reasons) = plan
        .as_ref()
        .and_then(|plan| Verdict::of(found.image, plan))
        .unwrap_or((Verdict::Untouched, Vec::new()));
    let blocked = plan.into_iter().flat_map(|plan| plan.blocked);
    Explanation {
        schema_version: V1,
        now,
        account: found.registry.account.clone(),
        region: found.registry.region.clone(),
        repository: found.repository.name.clone(),
        image: found.image.clone(),
        verdict,
        reasons,
        blocked: blocked
            .map(|block| BlockSummary { code: block.code, detail: block.detail })
            .collect(),
        unmet: match verdict {
            Verdict::Delete | Verdict::Blocked => unmet(),
            Verdict::Keep | Verdict::Untouched => Vec::new(),
        },
    }
}
