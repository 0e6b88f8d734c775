//! A plan as a table: one line a repository, then what is in the way, and what else to know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter};

use comfy_table::{Attribute, Cell, Color};
use ecr_sweep_core::{
    BlockCode, Gap, GoesOn, Place, RepositoryId, RepositoryPlan, Savings, Summary, Warning,
};
use ecr_sweep_protocol::documents::{FindingSummary, RepositoryFailure, RepositorySummary};
use jiff::Timestamp;
use jiff::civil::Date;

use super::grid::Grid;
use super::styles::{BLOCKED, ERROR, FAINT, HEADING};
use super::{Bytes, Count, Time, broken, counted, images, notes, unseen};

/// A plan with all that its reader is shown.
pub struct PlanView<'a> {
    /// The clock of the plan.
    pub now: Timestamp,
    /// The repositories that have a plan.
    pub lines: Vec<Line<'a>>,
    /// The plans, where every image that goes is asked for.
    pub details: Option<&'a [RepositoryPlan]>,
    /// What was not seen.
    pub gaps: &'a [Gap],
    /// The repositories that could not be planned.
    pub failed: &'a [RepositoryFailure],
    /// What the deletions take off the bill.
    pub saves: Option<&'a Savings>,
    /// What is broken already, where it was looked for.
    pub findings: Option<&'a FindingSummary>,
    /// What else the reader should know.
    pub warnings: &'a [Warning],
}

/// One repository's plan in numbers.
pub struct Line<'a> {
    repository: RepositoryId,
    summary: Summary,
    blocks: Vec<(BlockCode, &'a str)>,
    goes_on: &'a [GoesOn],
}

impl<'a> From<&'a RepositoryPlan> for Line<'a> {
    fn from(plan: &'a RepositoryPlan) -> Self {
        Self {
            repository: plan.id(),
            summary: plan.summary,
            blocks: plan.blocked.iter().map(|block| (block.code, &*block.detail)).collect(),
            goes_on: &plan.goes_on,
        }
    }
}

impl<'a> From<&'a RepositorySummary> for Line<'a> {
    fn from(summary: &'a RepositorySummary) -> Self {
        Self {
            repository: summary.id(),
            summary: summary.plan,
            blocks: summary.blocked.iter().map(|block| (block.code, &*block.detail)).collect(),
            goes_on: &summary.goes_on,
        }
    }
}

impl fmt::Display for PlanView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let places: BTreeSet<&Place> =
            self.lines.iter().map(|line| &line.repository.registry).collect();
        let is_only = places.len() == 1;
        let name = |line: &Line<'_>| full_name(is_only, &line.repository);
        heading(f, &places, self.now)?;
        if self.lines.is_empty() && self.failed.is_empty() {
            let words = "No rule of the policy takes any of the repositories: nothing is touched.";
            writeln!(f, "{words}")?;
        }
        if !self.lines.is_empty() {
            write!(f, "{}", repositories(&self.lines, name))?;
        }
        if let Some(saves) = self.saves {
            writeln!(f, "Saves {saves}.")?;
        }
        failures(f, self.failed)?;
        blocks(f, &self.lines, name)?;
        waiting(f, &self.lines, name)?;
        unseen::section(f, self.gaps)?;
        if let Some(findings) = self.findings {
            broken::section(f, findings)?;
        }
        for plan in self.details.into_iter().flatten() {
            images::that_go(f, &full_name(is_only, &plan.id()), plan)?;
        }
        notes::warnings(f, self.warnings)
    }
}

fn heading(f: &mut Formatter<'_>, places: &BTreeSet<&Place>, now: Timestamp) -> fmt::Result {
    let of = match places.first() {
        Some(place) if places.len() == 1 => format!(" of {place}"),
        Some(_) => format!(" of {} registries", places.len()),
        None => String::new(),
    };
    writeln!(f, "{HEADING}Plan{of}{HEADING:#} {FAINT}at {}{FAINT:#}\n", Time(now))
}

/// Whether these repositories are all of one registry.
pub fn is_only_registry(repositories: impl Iterator<Item = RepositoryId>) -> bool {
    repositories.map(|it| it.registry).collect::<BTreeSet<_>>().len() == 1
}

/// A repository's name, with its registry in front where there is more than one.
pub fn full_name(is_only_registry: bool, repository: &RepositoryId) -> String {
    if is_only_registry { repository.name.to_string() } else { repository.to_string() }
}

fn repositories(lines: &[Line<'_>], name: impl Fn(&Line<'_>) -> String) -> Grid {
    let has_blocks = lines.iter().any(|line| !line.blocks.is_empty());
    let mut headings = vec!["REPOSITORY", "IMAGES", "KEEP", "DELETE", "FREES AT MOST"];
    if has_blocks {
        headings.push("BLOCKED");
    }
    let mut grid = Grid::new(&headings, 1..5);
    for line in lines {
        let mut row = numbers(name(line), &line.summary);
        if !line.blocks.is_empty() {
            let codes: BTreeSet<_> = line.blocks.iter().map(|(code, _)| code.as_str()).collect();
            let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
            let would_go = format!("{}: {codes}", would_go(&line.summary));
            row.push(Cell::new(would_go).fg(Color::DarkYellow));
        }
        grid.add(row);
    }
    let total = total(lines);
    let label = counted(lines.len() as u64, "repository");
    let mut row = numbers(label, &total);
    if has_blocks {
        row.push(Cell::new(would_go(&total)));
    }
    grid.add(row.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
    grid
}

/// What would go, were it not for what blocks it, and what that would free.
fn would_go(summary: &Summary) -> String {
    let images = Count(summary.would_delete);
    match summary.would_delete_bytes {
        0 => format!("{images} would go"),
        bytes => format!("{images} would go, at most {}", Bytes(bytes)),
    }
}

fn numbers(name: String, summary: &Summary) -> Vec<Cell> {
    let delete = Cell::new(Count(summary.delete));
    vec![
        Cell::new(name),
        Cell::new(Count(summary.images)),
        Cell::new(Count(summary.keep)),
        if summary.delete > 0 { delete.fg(Color::DarkRed) } else { delete },
        Cell::new(Bytes(summary.delete_bytes)),
    ]
}

fn total(lines: &[Line<'_>]) -> Summary {
    lines.iter().fold(Summary::default(), |mut total, Line { summary, .. }| {
        total.images += summary.images;
        total.keep += summary.keep;
        total.delete += summary.delete;
        total.would_delete += summary.would_delete;
        total.would_delete_bytes =
            total.would_delete_bytes.saturating_add(summary.would_delete_bytes);
        total.delete_bytes = total.delete_bytes.saturating_add(summary.delete_bytes);
        total
    })
}

/// The repositories at which a step ended in an error.
pub fn failures(f: &mut Formatter<'_>, failed: &[RepositoryFailure]) -> fmt::Result {
    let rows = failed.iter().map(|failure| {
        (failure.id().to_string(), format!("{}: {}", failure.step, failure.message))
    });
    notes::section(f, "Failed", ERROR, rows.collect())
}

/// Why nothing goes, each cause once with the repositories that it blocks.
fn blocks(
    f: &mut Formatter<'_>,
    lines: &[Line<'_>],
    name: impl Fn(&Line<'_>) -> String,
) -> fmt::Result {
    let mut causes: BTreeMap<(BlockCode, &str), Vec<String>> = BTreeMap::new();
    for line in lines {
        for cause in &line.blocks {
            causes.entry(*cause).or_default().push(name(line));
        }
    }
    let rows = causes.into_iter().map(|((code, detail), names)| {
        (code.to_string(), format!("{}: {}", notes::names(&names), in_short(code, detail)))
    });
    notes::section(f, "Blocked", BLOCKED, rows.collect())
}

/// What only has to wait, by the day on which it goes at the earliest.
fn waiting(
    f: &mut Formatter<'_>,
    lines: &[Line<'_>],
    name: impl Fn(&Line<'_>) -> String,
) -> fmt::Result {
    let mut days: BTreeMap<Date, (u64, Vec<String>)> = BTreeMap::new();
    for line in lines {
        for GoesOn { on, images } in line.goes_on {
            let (waiting, names) = days.entry(*on).or_default();
            *waiting += images;
            names.push(name(line));
        }
    }
    let rows = days.into_iter().map(|(on, (images, names))| {
        let images = counted(images, "image");
        (
            on.to_string(),
            format!("{images} of {}, if every run until then plans it", notes::names(&names)),
        )
    });
    notes::section(f, "Goes at the earliest on", FAINT, rows.collect())
}

/// What was not seen has a section of its own.
fn in_short(code: BlockCode, detail: &str) -> &str {
    match code {
        BlockCode::IncompleteUsage => "not everything that may use the images was seen",
        _ => detail,
    }
}
