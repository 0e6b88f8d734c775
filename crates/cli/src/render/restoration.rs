//! What came back of what a run had deleted, or would.

use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::wording::First;
use ecr_sweep_protocol::Restoration;
use ecr_sweep_protocol::documents::{RestoreOutcome, RestoredImage};

use super::grid::Grid;
use super::images::tags;
use super::styles::HEADING;
use super::{counted, short};

/// How many layers a line names.
const NAMED: usize = 3;

/// A restoration with all that its reader is shown.
pub struct RestorationView<'a>(pub &'a Restoration);

impl fmt::Display for RestorationView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Restoration { run, dry_run, repositories, .. } = self.0;
        if repositories.is_empty() {
            return writeln!(f, "The run {run} has deleted nothing.");
        }
        for restored in repositories {
            writeln!(f, "{HEADING}{}{HEADING:#}", restored.id())?;
            let mut grid = Grid::new(&["DIGEST", "TAGS", "OUTCOME"], 0..0).with_whole_names();
            for image in &restored.images {
                let outcome = Cell::new(in_words(image));
                let outcome =
                    if image.outcome.is_good() { outcome } else { outcome.fg(Color::DarkYellow) };
                let tags = Cell::new(tags(&image.tags, f.width()));
                grid.add([Cell::new(short(image.digest)), tags, outcome]);
            }
            grid.write(f)?;
            writeln!(f)?;
        }
        let images = || repositories.iter().flat_map(|it| &it.images);
        let good = images().filter(|image| image.outcome.is_good()).count();
        let all = counted(images().count() as u64, "image");
        let what = if *dry_run { "would be there again" } else { "are there" };
        let activating =
            images().filter(|image| image.outcome == RestoreOutcome::Activating).count();
        match activating {
            0 => writeln!(f, "{good} of {all} {what}."),
            _ => writeln!(f, "{good} of {all} {what}, {activating} of them within 20 minutes."),
        }
    }
}

fn in_words(image: &RestoredImage) -> String {
    let outcome = match &image.outcome {
        RestoreOutcome::Restorable => "would come back".to_owned(),
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
