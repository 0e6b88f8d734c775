//! What changes between two policies: in numbers first, then image by image.

use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::{Gap, Reason, Verdict, VerdictChange};
use ecr_sweep_protocol::PolicyDiff;
use ecr_sweep_protocol::diff::{ComparedPolicy, RepositoryDiff};

use super::grid::Grid;
use super::styles::{BLOCKED, FAINT, HEADING};
use super::table::{full_name, is_only_registry};
use super::{Bytes, Count, Time, counted, notes, short, unseen};

/// How many images of one repository are shown without `--details`.
const SHOWN: usize = 10;

/// A difference with all that its reader is shown.
pub struct DiffView<'a> {
    /// What changes.
    pub diff: &'a PolicyDiff,
    /// What was not seen, by the second policy.
    pub gaps: &'a [Gap],
    /// Whether every image is listed.
    pub details: bool,
}

impl fmt::Display for DiffView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let diff = self.diff;
        writeln!(f, "{HEADING}Diff{HEADING:#} {FAINT}at {}{FAINT:#}\n", Time(diff.now))?;
        policies([&diff.before, &diff.after]).write(f)?;
        write!(f, "\n{}", counts(diff))?;
        let is_only = is_only_registry(diff.repositories.iter().map(RepositoryDiff::id));
        let name = |it: &RepositoryDiff| full_name(is_only, &it.id());
        for repository in diff.repositories.iter().filter(|it| !it.changes.is_empty()) {
            writeln!(f, "\n{HEADING}{}{HEADING:#}", name(repository))?;
            let shown = if self.details { usize::MAX } else { SHOWN };
            changes(repository, shown).write(f)?;
            if let Some(others @ 1..) = repository.changes.len().checked_sub(shown) {
                writeln!(f, "and {} more; `--details` lists them all", Count(others as u64))?;
            }
        }
        let blocked = diff.repositories.iter().flat_map(|it| {
            let blocked = it.after.iter().flat_map(|planned| &planned.blocked);
            blocked.map(move |block| {
                (block.code.to_string(), format!("{}: {}", name(it), block.detail))
            })
        });
        notes::section(f, "Blocked by the second policy", BLOCKED, blocked.collect())?;
        unseen::section(f, self.gaps)
    }
}

fn policies(policies: [&ComparedPolicy; 2]) -> Grid {
    let mut grid = Grid::new(&["", "POLICY", "DELETE", "FREES AT MOST", "BLOCKED"], 2..5);
    for (label, policy) in ["before", "after"].into_iter().zip(policies) {
        grid.add([
            Cell::new(label),
            Cell::new(&policy.name),
            Cell::new(Count(policy.delete)),
            Cell::new(Bytes(policy.delete_bytes)),
            Cell::new(Count(policy.blocked)),
        ]);
    }
    grid
}

fn counts(diff: &PolicyDiff) -> String {
    if diff.changes.is_empty() {
        return format!("Every verdict is the same, over {} images.\n", Count(diff.images));
    }
    let lines = diff.changes.iter().map(|change| {
        let images = counted(change.images, "image");
        format!("{:<20} {images}\n", arrow(change.before, change.after))
    });
    lines.collect()
}

fn changes(repository: &RepositoryDiff, shown: usize) -> Grid {
    let mut grid = Grid::new(&["CHANGE", "DIGEST", "TAGS", "WHY"], 0..0);
    for change in repository.changes.iter().take(shown) {
        let tags: Vec<String> = change.tags.iter().map(ToString::to_string).collect();
        let verdict = Cell::new(arrow(change.before, change.after));
        grid.add([
            match change.after {
                Verdict::Delete | Verdict::Archive => verdict.fg(Color::DarkRed),
                Verdict::Keep => verdict.fg(Color::DarkGreen),
                Verdict::Blocked | Verdict::Untouched => verdict.fg(Color::DarkYellow),
            },
            Cell::new(short(change.digest)),
            Cell::new(if tags.is_empty() { "-".to_owned() } else { notes::names(&tags) }),
            Cell::new(why(repository, change)),
        ]);
    }
    grid
}

fn arrow(before: Verdict, after: Verdict) -> String {
    format!("{before} -> {after}")
}

/// What made the difference: the reasons of the side that keeps, or else the rule or the block.
fn why(repository: &RepositoryDiff, change: &VerdictChange) -> String {
    match (change.before, change.after) {
        (_, Verdict::Untouched) => "no rule takes its repository any more".to_owned(),
        (_, Verdict::Keep) => format!("kept by {}", codes(&change.kept_after)),
        (_, Verdict::Blocked) => {
            let blocked = repository.after.iter().flat_map(|planned| &planned.blocked);
            let codes: Vec<String> = blocked.map(|block| block.code.to_string()).collect();
            format!("blocked: {}", notes::names(&codes))
        }
        (Verdict::Keep, _) => format!("was kept by {}", codes(&change.kept_before)),
        (Verdict::Blocked, _) => "is not blocked any more".to_owned(),
        (Verdict::Delete, Verdict::Archive) => "is archived first".to_owned(),
        (Verdict::Archive, Verdict::Delete) => "is not archived first".to_owned(),
        (Verdict::Untouched | Verdict::Delete | Verdict::Archive, _) => match &repository.after {
            Some(planned) => format!("taken by `repositories[{}]`", planned.rule),
            None => String::new(),
        },
    }
}

fn codes(reasons: &[Reason]) -> String {
    let codes: Vec<String> = reasons.iter().map(|reason| reason.code.to_string()).collect();
    notes::names(&codes)
}
