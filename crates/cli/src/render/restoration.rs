//! What came back of what a run had deleted, or would.

use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::wording::First;
use ecr_sweep_protocol::documents::{RestoreOutcome, Restored, RestoredImage};
use ecr_sweep_protocol::{MissingReceipts, Restoration};

use super::grid::Grid;
use super::images::tags;
use super::styles::{ERROR, HEADING};
use super::{Count, counted, notes, short};

/// How many images of a repository are listed; a JSON result has them all.
const SHOWN: usize = 20;

/// How many repositories are listed, those first in which something does not come back.
const REPOSITORIES: usize = 10;

/// How many layers a line names.
const NAMED: usize = 3;

/// A restoration with all that its reader is shown.
pub struct RestorationView<'a>(pub &'a Restoration);

impl fmt::Display for RestorationView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Restoration { run, dry_run, repositories, .. } = self.0;
        let is_whole = |it: &Restored| it.images.iter().all(|image| image.outcome.is_good());
        let mut listed: Vec<&Restored> = repositories.iter().collect();
        listed.sort_by_key(|it| is_whole(it));
        let listed = First::of(REPOSITORIES, listed);
        listed.told.iter().try_for_each(|restored| images(f, restored))?;
        if listed.more > 0 {
            let more = counted(listed.more as u64, "repository");
            writeln!(f, "and {more} more; `--format json` has them all\n")?;
        }
        if repositories.is_empty() {
            if self.0.is_all_known() {
                return writeln!(f, "The run {run} has deleted nothing.");
            }
            writeln!(f, "What the run {run} has deleted cannot be told whole.")?;
        } else {
            totals(f, repositories, *dry_run)?;
        }
        not_known(f, self.0)
    }
}

/// The images of a repository, those that do not come back first: as many as a person reads.
fn images(f: &mut Formatter<'_>, restored: &Restored) -> fmt::Result {
    writeln!(f, "{HEADING}{}{HEADING:#}", restored.id())?;
    let mut grid = Grid::new(&["DIGEST", "TAGS", "OUTCOME"], 0..0).with_whole_names();
    let mut images: Vec<&RestoredImage> = restored.images.iter().collect();
    images.sort_by_key(|image| image.outcome.is_good());
    let shown = First::of(SHOWN, images.iter());
    for image in &shown.told {
        let outcome = Cell::new(in_words(image));
        let outcome = if image.outcome.is_good() { outcome } else { outcome.fg(Color::DarkYellow) };
        let tags = Cell::new(tags(&image.tags, f.width()));
        grid.add([Cell::new(short(image.digest)), tags, outcome]);
    }
    grid.write(f)?;
    if shown.more > 0 {
        let lost = images.iter().skip(SHOWN).filter(|image| !image.outcome.is_good()).count();
        let alike = match lost {
            0 => "of which nothing is wrong".to_owned(),
            lost => format!("{} of which do not come back", Count(lost as u64)),
        };
        let more = Count(shown.more as u64);
        writeln!(f, "and {more} more, {alike}; `--format json` has them all")?;
    }
    writeln!(f)
}

fn totals(f: &mut Formatter<'_>, repositories: &[Restored], dry_run: bool) -> fmt::Result {
    let images = || repositories.iter().flat_map(|it| &it.images);
    let good = Count(images().filter(|image| image.outcome.is_good()).count() as u64);
    let all = counted(images().count() as u64, "image");
    let what = if dry_run { "would be there again" } else { "are there" };
    write!(f, "{good} of {all} {what}")?;
    let activating = images().filter(|image| image.outcome == RestoreOutcome::Activating).count();
    if activating > 0 {
        write!(f, ", {activating} of them within 20 minutes")?;
    }
    let is_unsure =
        |image: &&RestoredImage| matches!(image.outcome, RestoreOutcome::CannotTell { .. });
    match images().filter(is_unsure).count() {
        0 => writeln!(f, "."),
        unsure => writeln!(f, "; of {} it cannot be told.", Count(unsure as u64)),
    }
}

/// What of the run's deletions cannot be told.
fn not_known(f: &mut Formatter<'_>, restoration: &Restoration) -> fmt::Result {
    let Restoration { missing_receipts, unreadable, .. } = restoration;
    let missing = missing_receipts.iter().map(|it| {
        let MissingReceipts { account, region, repository, images } = it;
        let label = format!("{account}/{region}/{repository}");
        (label, format!("{} by the run's summary", counted(*images, "image")))
    });
    notes::section(f, "Deleted or archived, and no receipt says which", ERROR, missing.collect())?;
    let documents = unreadable.iter().map(|it| (it.address.to_string(), it.problem.to_string()));
    notes::section(f, "Cannot be read", ERROR, documents.collect())
}

fn in_words(image: &RestoredImage) -> String {
    let outcome = match &image.outcome {
        RestoreOutcome::Restorable => "would come back".to_owned(),
        RestoreOutcome::CannotTell { reason } => format!("cannot be told: {reason}"),
        RestoreOutcome::Asked => "asked for, without an answer".to_owned(),
        RestoreOutcome::Restored => "restored".to_owned(),
        RestoreOutcome::Activating => "coming back from the archive".to_owned(),
        RestoreOutcome::ThereAlready => "there already".to_owned(),
        RestoreOutcome::NotAsked => "not taken up".to_owned(),
        RestoreOutcome::LayersGone { layers } if layers.is_empty() => {
            "layers are gone; the registry does not say which".to_owned()
        }
        RestoreOutcome::LayersGone { layers } => {
            format!("layers are gone: {}", First::of(NAMED, layers).in_one_line())
        }
        RestoreOutcome::NoManifest { reason } => format!("no manifest: {reason}"),
        RestoreOutcome::Failed { code, reason } => format!("{code}: {reason}"),
    };
    let elsewhere: Vec<String> = image
        .tags_elsewhere
        .iter()
        .map(|it| match it.image {
            Some(digest) => format!("{} is on {}", it.tag, short(digest)),
            None => format!("{} is on another image", it.tag),
        })
        .collect();
    if elsewhere.is_empty() { outcome } else { format!("{outcome}; {}", elsewhere.join(", ")) }
}
