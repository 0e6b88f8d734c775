//! Images one by one.

use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::{Digest, RepositoryPlan};

use super::grid::{Grid, shortened};
use super::notes::names;
use super::styles::HEADING;
use super::{Bytes, Time};

/// How many digits of a digest are enough for a person. `explain` takes them.
const DIGITS: usize = 12;

/// A digest in short.
pub fn short(digest: Digest) -> String {
    let mut text = digest.to_string();
    text.truncate("sha256:".len() + DIGITS);
    text
}

/// Every image of a repository that goes, or would go were it not blocked.
pub fn that_go(f: &mut Formatter<'_>, name: &str, plan: &RepositoryPlan) -> fmt::Result {
    for (archive, how) in [(false, "deleted"), (true, "archived")] {
        if plan.delete.iter().any(|deletion| deletion.archive == archive) {
            writeln!(f, "\n{HEADING}{name}: to be {how}{HEADING:#}")?;
            deletions(plan, archive, f.width()).write(f)?;
        }
    }
    if !plan.delete.is_empty() {
        return Ok(());
    }
    let Some(block) = plan.blocked.first() else { return Ok(()) };
    writeln!(f, "\n{HEADING}{name}: would be deleted{HEADING:#}")?;
    block.would_delete.iter().try_for_each(|digest| writeln!(f, "{}", short(*digest)))
}

/// The longest tag that is shown whole where there is a width: one that says what it refers to is longer.
const LONGEST_TAG: usize = 32;

/// The tags of an image, as many as a person reads.
pub fn tags(tags: &[Box<str>], width: Option<usize>) -> String {
    let longest = width.map_or(usize::MAX, |_| LONGEST_TAG);
    let tags: Vec<String> = tags.iter().map(|tag| shortened(tag, longest)).collect();
    if tags.is_empty() { "-".to_owned() } else { names(&tags) }
}

fn deletions(plan: &RepositoryPlan, archive: bool, width: Option<usize>) -> Grid {
    let headings = ["DIGEST", "PUSHED", "SIZE", "TAGS"];
    let mut grid = Grid::new(&headings, 2..3).with_whole_names();
    let or_none = |text: Option<String>| Cell::new(text.unwrap_or_else(|| "-".to_owned()));
    for deletion in plan.delete.iter().filter(|it| it.archive == archive) {
        grid.add([
            Cell::new(short(deletion.digest)).fg(Color::DarkRed),
            or_none(deletion.pushed_at.map(|at| Time(at).to_string())),
            or_none(deletion.size_bytes.map(|size| Bytes(size).to_string())),
            Cell::new(tags(&deletion.tags, width)),
        ]);
    }
    grid
}
