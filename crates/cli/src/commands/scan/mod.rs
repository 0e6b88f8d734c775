//! `ecr-sweep scan`: what uses images now, in accounts or in a cluster.

mod account;
mod cluster;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use ecr_sweep_core::Policy;
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{ExitCode, UsageFile, documents};
use ecr_sweep_steps::ScannedUsage;

use crate::args::{ScanArguments, ScanFormat};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::scan::ScanView;
use crate::render::unseen::Unseen;
use crate::render::{self, counted};
use crate::{diagnostics, files};

/// Scans, and shows what was found or writes it to a file.
pub fn run(arguments: &ScanArguments) -> Result<Ended, Failure> {
    let policy = match &arguments.policy {
        Some(path) => files::policy(path, Use::Live)?.0.policy,
        None => Policy::default(),
    };
    let ScannedUsage { file, gaps } = if arguments.cluster.kubernetes {
        cluster::scan(&arguments.cluster, arguments.live.region.as_ref(), policy)?
    } else {
        account::scan(&arguments.live, policy)?
    };
    if let Some(path) = &arguments.output {
        write(path, &file, arguments.format)?;
    }
    match (arguments.format, &arguments.output) {
        (ScanFormat::Table, _) => render::print(&ScanView { file: &file, all: arguments.all })?,
        (ScanFormat::Json, None) => render::json::write(&file)?,
        (ScanFormat::Ecrm, None) => {
            let text = text_of_references(&file).map_err(std::io::Error::from)?;
            render::while_somebody_reads(std::io::stdout().lock().write_all(&text))?;
        }
        (ScanFormat::Json | ScanFormat::Ecrm, Some(_)) => {}
    }
    diagnostics::show(&Unseen(&gaps));
    if gaps.is_empty() {
        return Ok(Ended::WELL);
    }
    let next = "let the caller read what was not seen".to_owned();
    Ok(Ended::short(ExitCode::Incomplete, "usage was not seen whole", Next::Unseen(&gaps, next)))
}

fn write(path: &Path, file: &UsageFile, format: ScanFormat) -> Result<(), Failure> {
    let text: Result<Vec<u8>, files::WriteError> = match format {
        ScanFormat::Table | ScanFormat::Json => documents::write(file).map_err(Box::from),
        ScanFormat::Ecrm => text_of_references(file).map_err(Box::from),
    };
    let written = text.and_then(|text| files::write_whole(path, &text));
    written.map_err(|error| {
        let path = path.display();
        Failure::new(ExitCode::Failed, format!("cannot write the usage file `{path}`"))
            .because(error)
            .next("name a file in a folder that is there and can be written, with `-o FILE`")
    })?;
    let references = counted(file.usage.len() as u64, "reference");
    diagnostics::note(&format!("{} has {references} to images", path.display()));
    Ok(())
}

/// Every reference once, sorted.
fn text_of_references(file: &UsageFile) -> serde_json::Result<Vec<u8>> {
    let references: BTreeSet<&str> = file.usage.iter().map(|usage| &*usage.reference).collect();
    let mut text = serde_json::to_vec_pretty(&references)?;
    text.push(b'\n');
    Ok(text)
}
