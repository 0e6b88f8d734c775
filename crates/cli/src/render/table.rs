//! A plan as a table: one line a repository, then what is in the way, and what else to know.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter, Write as _};

use comfy_table::{Attribute, Cell, Color};
use ecr_sweep_core::{
    BlockCode, Freed, Gap, GoesOn, OffRow, Place, RepositoryId, RepositoryPlan, Savings, Summary,
    UntouchedRepository, Warning,
};
use ecr_sweep_protocol::documents::{
    FindingSummary, RepositoryFailure, RepositorySummary, RunSummary,
};
use jiff::Timestamp;
use jiff::civil::Date;

use super::grid::Grid;
use super::stored::Vaulted;
use super::styles::{BLOCKED, ERROR, FAINT, HEADING};
use super::{Bytes, Count, Time, broken, counted, images, notes, unseen};

/// A plan with all that its reader is shown.
pub struct PlanView<'a> {
    /// The clock of the plan.
    pub now: Timestamp,
    /// The repositories that have a plan.
    pub lines: Vec<Line<'a>>,
    /// In which order they are shown.
    pub sort: Sort,
    /// Whether those where nothing goes have a row each.
    pub all: bool,
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
    /// The run whose images are copied to the vault before they go, if one was stored.
    pub vaulted: Option<&'a RunSummary>,
    /// The repositories that no rule takes.
    pub untouched: &'a [UntouchedRepository],
    /// What the policy has turned off.
    pub off: &'a [OffRow],
}

/// The order of repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// By registry and name
    #[default]
    Name,
    /// What frees most first
    Size,
    /// Where most images go first
    Delete,
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
            repositories(&self.sorted(), self.all, name).write(f)?;
        }
        left_alone(f, self.untouched)?;
        failures(f, self.failed)?;
        blocks(f, &self.lines, name)?;
        waiting(f, &self.lines, name)?;
        archive(f, &self.lines)?;
        unseen::section(f, self.gaps)?;
        off(f, self.off)?;
        if let Some(findings) = self.findings {
            broken::section(f, findings)?;
        }
        for plan in self.details.into_iter().flatten() {
            images::that_go(f, &full_name(is_only, &plan.id()), plan)?;
        }
        notes::warnings(f, self.warnings)?;
        if let Some(summary) = self.vaulted {
            fmt::Display::fmt(&Vaulted(summary), f)?;
        }
        self.outcome(f)
    }
}

impl PlanView<'_> {
    /// The lines in the order that is asked for.
    fn sorted(&self) -> Vec<&Line<'_>> {
        let mut lines: Vec<&Line<'_>> = self.lines.iter().collect();
        match self.sort {
            Sort::Name => {}
            Sort::Size => lines.sort_by_key(|line| Reverse(line.bytes())),
            Sort::Delete => lines.sort_by_key(|line| Reverse(line.going())),
        }
        lines
    }

    /// What it comes to, last: what a long table has scrolled away.
    fn outcome(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.lines.is_empty() {
            return Ok(());
        }
        let total = total(&self.lines);
        let Summary { images, delete, archive, would_delete, .. } = total;
        let of = counted(images, "image");
        let freed = match archive {
            0 => total.frees().to_string(),
            _ if total.deleted() == 0 => "into the archive".to_owned(),
            _ => format!("{} of them into the archive, {}", Count(archive), total.frees()),
        };
        let (going, blocked) = (Count(delete), Count(would_delete));
        let mut told = match (delete, would_delete) {
            (0, 0) => format!("Nothing of {of} goes."),
            (0, _) => format!("Nothing of {of} goes: {blocked} are blocked."),
            (_, 0) => format!("{going} of {of} go, {freed}."),
            _ => format!("{going} of {of} go, {freed}; {blocked} more are blocked."),
        };
        if let Some(saves) = self.saves {
            write!(told, " That saves {saves}.")?;
        }
        writeln!(f, "\n{}", notes::folded(&told, f.width(), 0))
    }
}

impl Line<'_> {
    /// Images that go, or would.
    const fn going(&self) -> u64 {
        self.summary.delete + self.summary.would_delete
    }

    /// The bytes of these.
    const fn bytes(&self) -> u64 {
        let Summary { archive_bytes, would_delete_bytes, .. } = self.summary;
        let freed = self.summary.frees().bytes;
        freed.saturating_add(archive_bytes).saturating_add(would_delete_bytes)
    }

    /// Whether nothing goes, would go, or waits to.
    fn is_idle(&self) -> bool {
        self.going() == 0 && self.blocks.is_empty() && self.goes_on.is_empty()
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

/// A row for each repository of which something goes, would go or waits; the others are one row, unless there is
/// but one, or all are asked for.
fn repositories(lines: &[&Line<'_>], all: bool, name: impl Fn(&Line<'_>) -> String) -> Grid {
    let has_blocks = lines.iter().any(|line| !line.blocks.is_empty());
    let archives = lines.iter().any(|line| line.summary.archive > 0);
    let mut headings = vec!["REPOSITORY", "IMAGES", "KEEP"];
    headings.extend(archives.then_some("ARCHIVE"));
    let is_exact = total(lines.iter().copied()).freed.is_some_and(Freed::is_exact);
    headings.extend(["DELETE", if is_exact { "FREES" } else { "FREES AT MOST" }]);
    let numeric = headings.len();
    if has_blocks {
        headings.push("BLOCKED");
    }
    let mut grid = Grid::new(&headings, 1..numeric);
    let is_left_out = |line: &&&Line<'_>| !all && line.is_idle();
    let (mut idle, mut shown): (Vec<&Line<'_>>, Vec<&Line<'_>>) =
        lines.iter().partition(is_left_out);
    if idle.len() == 1 {
        (idle, shown) = (Vec::new(), lines.to_vec());
    }
    for line in shown {
        let mut row = numbers(name(line), &line.summary, archives);
        if !line.blocks.is_empty() {
            let codes: BTreeSet<_> = line.blocks.iter().map(|(code, _)| code.as_str()).collect();
            let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
            let would_go = format!("{}: {codes}", would_go(&line.summary));
            row.push(Cell::new(would_go).fg(Color::DarkYellow));
        }
        grid.add(row);
    }
    if !idle.is_empty() {
        let label = format!("{} where nothing goes", Count(idle.len() as u64));
        grid.add(numbers(label, &total(idle.iter().copied()), archives));
    }
    let total = total(lines.iter().copied());
    let label = counted(lines.len() as u64, "repository");
    let mut row = numbers(label, &total, archives);
    if has_blocks {
        row.push(Cell::new(would_go(&total)));
    }
    grid.add(row.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
    grid
}

/// The repositories that no rule takes, in a line.
fn left_alone(f: &mut Formatter<'_>, untouched: &[UntouchedRepository]) -> fmt::Result {
    if untouched.is_empty() {
        return Ok(());
    }
    let sum = |of: fn(&UntouchedRepository) -> Option<u64>| -> Option<u64> {
        untouched.iter().map(of).try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
    };
    let mut told = format!("No rule takes {}", counted(untouched.len() as u64, "other repository"));
    if let Some(images) = sum(|it| it.images) {
        write!(told, " of {}", counted(images, "image"))?;
    }
    if let Some(bytes) = sum(|it| it.at_most_bytes) {
        write!(told, ", at most {}", Bytes(bytes))?;
    }
    told.push_str(": left alone.");
    writeln!(f, "\n{}", notes::folded(&told, f.width(), 0))
}

/// What the policy has turned off, with its reasons.
fn off(f: &mut Formatter<'_>, rows: &[OffRow]) -> fmt::Result {
    let row = |row: &OffRow| {
        let source = row.source.map_or_else(|| "everything".to_owned(), |it| it.to_string());
        let note = match row.places() {
            places if places.is_empty() => row.reason.to_string(),
            places => format!("{places}: {}", row.reason),
        };
        (source, note)
    };
    notes::section(f, "Not looked at, by the policy", FAINT, rows.iter().map(row).collect())
}

/// What would go, were it not for what blocks it, and what that would free.
fn would_go(summary: &Summary) -> String {
    let images = Count(summary.would_delete);
    match summary.would_delete_bytes {
        0 => format!("{images} would go"),
        bytes => format!("{images} would go, at most {}", Bytes(bytes)),
    }
}

fn numbers(name: String, summary: &Summary, archives: bool) -> Vec<Cell> {
    let goes = |count| {
        let cell = Cell::new(Count(count));
        if count > 0 { cell.fg(Color::DarkRed) } else { cell }
    };
    let mut row =
        vec![Cell::new(name), Cell::new(Count(summary.images)), Cell::new(Count(summary.keep))];
    row.extend(archives.then(|| goes(summary.archive)));
    row.extend([goes(summary.deleted()), Cell::new(Bytes(summary.frees().bytes))]);
    row
}

fn total<'a>(lines: impl IntoIterator<Item = &'a Line<'a>>) -> Summary {
    lines.into_iter().fold(Summary::default(), |mut total, Line { summary, .. }| {
        total.add(summary);
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

/// What the archive costs, where something goes there.
fn archive(f: &mut Formatter<'_>, lines: &[Line<'_>]) -> fmt::Result {
    let bytes: u64 = lines.iter().map(|line| line.summary.archive_bytes).sum();
    if lines.iter().all(|line| line.summary.archive == 0) {
        return Ok(());
    }
    writeln!(
        f,
        "\n{} in the archive cost what they do now (up to 150 TB), each image for at least 90 days",
        Bytes(bytes)
    )
}

/// What was not seen has a section of its own.
fn in_short(code: BlockCode, detail: &str) -> &str {
    match code {
        BlockCode::IncompleteUsage => "not everything that may use the images was seen",
        _ => detail,
    }
}
