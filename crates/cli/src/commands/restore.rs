//! `ecr-sweep restore`: puts images back that a run has deleted.

use std::sync::atomic::{AtomicBool, Ordering};

use ecr_sweep_core::{Aliases, RepositoryId};
use ecr_sweep_protocol::documents::{Receipt, RunId};
use ecr_sweep_protocol::{ExitCode, Restoration};
use ecr_sweep_steps::{FoundDeletions, Run, find_deleted, find_run, restorable, restore};

use super::live::Live;
use crate::args::{Format, RestoreArguments};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::image_name::ImageName;
use crate::render::restoration::RestorationView;
use crate::render::{self, counted};

/// An image that somebody asks for, and whether the run has deleted one of that name.
struct Asked {
    name: ImageName,
    is_found: AtomicBool,
}

impl Asked {
    fn is(&self, repository: &RepositoryId, receipt: &Receipt) -> bool {
        let ImageName { registry, repository: named, .. } = &self.name;
        let is_it = registry.as_ref().is_none_or(|it| *it == repository.registry)
            && named.as_ref().is_none_or(|it| *it == repository.name)
            && self.name.is(receipt.digest, &receipt.tags);
        self.is_found.fetch_or(is_it, Ordering::Relaxed);
        is_it
    }
}

/// Puts them back, or tells what would come back.
pub fn run(arguments: &RestoreArguments) -> Result<Ended, Failure> {
    let asked: Vec<Asked> = arguments
        .images
        .iter()
        .map(|text| ImageName::parse(text, &Aliases::new()))
        .map(|name| Ok(Asked { name: name?, is_found: AtomicBool::new(false) }))
        .collect::<Result<_, Failure>>()?;
    let live = Live::connect(&arguments.live)?.until_a_signal()?;
    let id = live.run(find_run(&*live.environment.store, &arguments.run))?;
    let run = live.run(Run::open(&live.environment, &id))?;
    // Each name is held against each image: what is named twice is found twice.
    let is_wanted = |repository: &RepositoryId, receipt: &Receipt| {
        let named = asked.iter().filter(|it| it.is(repository, receipt)).count();
        asked.is_empty() || named > 0
    };
    let mut found = live.run(find_deleted(&live.environment, &id, is_wanted))?;
    if let Some(missing) = asked.iter().find(|it| !it.is_found.load(Ordering::Relaxed)) {
        return Err(not_found(&id, &missing.name, &found));
    }
    if !asked.is_empty() {
        found = found.wanted_alone();
    }
    let restoration = if arguments.dry_run {
        live.run(restorable(&run, found))?
    } else {
        live.run(restore(&run, found))?
    };
    show(&restoration, arguments)?;
    Ok(ended(&restoration))
}

/// That no image of a name was deleted; or that it cannot be told, where something could not be read.
fn not_found(run: &RunId, name: &ImageName, found: &FoundDeletions) -> Failure {
    if found.is_all_known() {
        return Failure::invalid(format!("the run `{run}` has deleted no image `{name}`"))
            .next(format!("`ecr-sweep show {run} REPOSITORY` lists what it has deleted"));
    }
    let message = format!(
        "no receipt of the run `{run}` names an image `{name}`, and not all of them are there or can be read"
    );
    Failure::new(ExitCode::Incomplete, message)
        .next(format!("`ecr-sweep restore {run} --dry-run` tells which are missing"))
}

fn show(restoration: &Restoration, arguments: &RestoreArguments) -> Result<(), Failure> {
    match arguments.form.format {
        Format::Json => render::json::write(restoration)?,
        Format::Table => {
            render::print(&RestorationView(&render::plain::document(restoration.clone())))?;
        }
    }
    Ok(())
}

/// What to do about documents that are missing or damaged.
const BRING_DOCUMENTS_BACK: &str = "bring these documents back as they were written, from the bucket's versions or a copy of the folder, then restore again: what is there is left as it is";

fn ended(restoration: &Restoration) -> Ended {
    let code = restoration.exit_code();
    let run = &restoration.run;
    let images = restoration.repositories.iter().flat_map(|it| &it.images);
    let missing = images.filter(|it| !it.outcome.is_good()).count() as u64;
    let (why, next) = match code {
        ExitCode::Done => return Ended::WELL,
        ExitCode::Incomplete if !restoration.is_all_known() => {
            let what = "what the run has deleted cannot be told whole";
            let why = match missing {
                0 => what.to_owned(),
                missing => format!("{what}, and {} not back", are(missing)),
            };
            (why, BRING_DOCUMENTS_BACK.to_owned())
        }
        ExitCode::Interrupted => (
            format!("it was interrupted: {} left", are(missing)),
            format!("`ecr-sweep restore {run}` goes on with what is left"),
        ),
        _ if restoration.dry_run => (
            format!("{} could not come back", counted(missing, "image")),
            "read why, image by image; docs/runbook.md says what else can be done".to_owned(),
        ),
        _ => (
            format!("{} not back", are(missing)),
            format!("mend what is told of them; `ecr-sweep restore {run}` tries again"),
        ),
    };
    Ended::short(code, why, Next::Step(next))
}

fn are(images: u64) -> String {
    let are = if images == 1 { "is" } else { "are" };
    format!("{} {are}", counted(images, "image"))
}
