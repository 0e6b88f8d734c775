//! `ecr-sweep snapshot`: records a live account in a file to plan from offline.

use std::path::Path;

use ecr_sweep_core::Policy;
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{ExitCode, Snapshot, snapshot};
use ecr_sweep_steps::{RecordRequest, record};

use super::live::Live;
use super::next_step;
use crate::args::SnapshotArguments;
use crate::failure::Failure;
use crate::render::Count;
use crate::{diagnostics, files, render};

/// Records, and says what was recorded.
pub fn run(arguments: &SnapshotArguments) -> Result<ExitCode, Failure> {
    let policy = match &arguments.policy {
        Some(path) => files::policy(path, Use::Live)?.0.policy,
        None => Policy::default(),
    };
    let live = Live::connect(&arguments.live)?;
    let request = RecordRequest { policy: policy.clone(), ..RecordRequest::default() };
    let recorded = live.run(record(&live.environment, request))?;
    let path = &arguments.output;
    let text: Result<_, files::WriteError> = snapshot::write(&recorded).map_err(Box::from);
    let written = text.and_then(|text| files::write_whole(path, &text));
    written.map_err(|error| {
        Failure::new(ExitCode::Failed, format!("cannot write the snapshot `{}`", path.display()))
            .because(error)
            .next("name a file in a folder that is there and can be written, with `-o FILE`")
    })?;
    let gaps = recorded.coverage.gaps(&policy);
    diagnostics::note(&in_words(path, &recorded));
    diagnostics::show(&render::unseen::Unseen(&gaps));
    next_step::if_unseen(&gaps);
    diagnostics::next(&format!(
        "`ecr-sweep plan --snapshot {} --policy FILE` plans from it",
        path.display()
    ));
    Ok(ExitCode::Done)
}

fn in_words(path: &Path, recorded: &Snapshot) -> String {
    let repositories = recorded.registries.iter().flat_map(|registry| &registry.repositories);
    let images: usize = repositories.clone().map(|repository| repository.images.len()).sum();
    let count = |number: usize| Count(number as u64);
    format!(
        "{} has {} repositories, {} images and {} references to images",
        path.display(),
        count(repositories.count()),
        count(images),
        count(recorded.usage.len())
    )
}
