//! `ecr-sweep init`: a first policy, from what an account has.

use std::path::Path;

use ecr_sweep_core::{Policy, Registry};
use ecr_sweep_import::First;
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{NotSeen, Snapshot, WrittenPolicy};
use ecr_sweep_steps::{RecordRequest, record};

use super::live::Live;
use super::{next_step, selection};
use crate::args::{Format, InitArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{diagnostics, files, render};

/// Looks at the account or the snapshot, and writes the policy.
pub fn run(arguments: &InitArguments) -> Result<Ended, Failure> {
    let path = &arguments.output;
    let to_stdout = path == Path::new("-");
    if !to_stdout {
        files::is_free(path, arguments.overwrite)?;
    }
    let seen = if let Some(snapshot) = &arguments.snapshot {
        files::snapshot(snapshot)?
    } else {
        let live = Live::connect(&arguments.live)?;
        live.run(record(&live.environment, RecordRequest::default()))?
    };
    let chosen = &arguments.selection.repository;
    selection::check(chosen, names(&seen.registries))?;
    let first = First {
        home: &seen.home,
        seen_at: seen.taken_at,
        registries: &seen.registries,
        usage: &seen.usage,
        coverage: &seen.coverage,
        selection: chosen,
    };
    let Some(policy) = first.policy() else { return Err(without_repositories(&seen)) };
    if !to_stdout {
        files::write_new("policy", path, &policy, arguments.overwrite)?;
    }
    let gaps = seen.coverage.gaps(&Policy::default());
    if arguments.form.format == Format::Json {
        render::json::write(&WrittenPolicy {
            schema_version: V1,
            written_to: (!to_stdout).then(|| path.display().to_string().into()),
            policy: policy.into(),
            not_seen: Some(gaps.iter().map(NotSeen::from).collect()),
        })?;
        return Ok(Ended::WELL);
    }
    if to_stdout {
        render::print(&policy)?;
        next_step::blank();
    }
    next_step::if_unseen(&gaps);
    if !to_stdout {
        tell_next(arguments, path);
    }
    Ok(Ended::WELL)
}

fn names(registries: &[Registry]) -> impl Iterator<Item = &str> {
    registries.iter().flat_map(|it| &it.repositories).map(|repository| &*repository.name)
}

fn without_repositories(seen: &Snapshot) -> Failure {
    let unread =
        seen.registries.iter().find_map(|it| Some(it.unread.as_ref()?.in_words(&it.place())));
    match unread {
        Some(unread) => Failure::invalid(unread).next("`ecr-sweep doctor` tells what mends it"),
        None => Failure::invalid("there is no repository to write a policy for").next(
            "name the Region of the repositories with `--region`, or others with `--repository`",
        ),
    }
}

/// The plan of the same, where it is read and nothing goes.
fn tell_next(arguments: &InitArguments, path: &Path) {
    let policy = path.display();
    let what = match &arguments.snapshot {
        Some(snapshot) => format!(" --snapshot {}", snapshot.display()),
        None => String::new(),
    };
    diagnostics::next(&format!(
        "read {policy}; `ecr-sweep plan --policy {policy}{what}` shows what would go"
    ));
}
