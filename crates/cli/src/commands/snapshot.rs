//! `ecr-sweep snapshot`: records a live account in a file to plan from offline.

use std::path::Path;

use ecr_sweep_core::{Gap, Policy};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{ExitCode, NotSeen, RecordedSnapshot, Snapshot, snapshot};
use ecr_sweep_steps::{RecordRequest, record};

use super::live::Live;
use super::next_step;
use crate::args::{Format, SnapshotArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::Count;
use crate::{diagnostics, files, render};

/// Records, and says what was recorded.
pub fn run(arguments: &SnapshotArguments) -> Result<Ended, Failure> {
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
    let counts = counts(path, &recorded, &gaps);
    if arguments.form.format == Format::Json {
        render::json::write(&counts)?;
        return Ok(Ended::WELL);
    }
    diagnostics::note(&in_words(&counts));
    diagnostics::show(&render::unseen::Unseen(&gaps));
    next_step::if_unseen(&gaps);
    diagnostics::next(&format!(
        "`ecr-sweep plan --snapshot {} --policy FILE` plans from it",
        path.display()
    ));
    Ok(Ended::WELL)
}

fn counts(path: &Path, recorded: &Snapshot, gaps: &[Gap]) -> RecordedSnapshot {
    let repositories = recorded.registries.iter().flat_map(|registry| &registry.repositories);
    let images: usize = repositories.clone().map(|repository| repository.images.len()).sum();
    RecordedSnapshot {
        schema_version: V1,
        written_to: path.display().to_string().into(),
        taken_at: recorded.taken_at,
        registries: recorded.registries.len() as u64,
        repositories: repositories.count() as u64,
        images: images as u64,
        references: recorded.usage.len() as u64,
        not_seen: gaps.iter().map(NotSeen::from).collect(),
    }
}

fn in_words(counts: &RecordedSnapshot) -> String {
    let RecordedSnapshot { written_to, repositories, images, references, .. } = counts;
    format!(
        "{written_to} has {} repositories, {} images and {} references to images",
        Count(*repositories),
        Count(*images),
        Count(*references)
    )
}
