//! What the doctor found: one line a part, then the findings by how bad they are, then what mends
//! them.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use anstyle::Style;
use comfy_table::{Cell, Color};
use ecr_sweep_core::wording::First;
use ecr_sweep_protocol::DoctorReport;
use ecr_sweep_protocol::doctor::{DoctorFinding, DoctorPart, ExaminedPart, Severity};

use super::grid::Grid;
use super::styles::{BLOCKED, CODE, ERROR, FAINT, HEADING, WARNING};
use super::{Count, Time, counted, folded};

/// How many objects of a finding are named; a JSON result has them all.
const NAMED: usize = 3;

/// A report with all that its reader is shown.
pub struct DoctorView<'a> {
    /// What was looked at, and what is wrong.
    pub report: &'a DoctorReport,
}

impl fmt::Display for DoctorView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let DoctorReport { taken_at, home, caller, parts, findings, .. } = self.report;
        let heading = format!("{FAINT}{caller} in {home}, at {}{FAINT:#}", Time(*taken_at));
        writeln!(f, "{}\n", folded(&heading, f.width(), 0))?;
        let mut grid = Grid::new(&["PART", "LOOKED AT", "RESULT"], 1..2);
        for part in parts {
            let (result, color) = result(part, findings);
            let result = Cell::new(result);
            let result = match color {
                Some(color) => result.fg(color),
                None => result,
            };
            grid.add([Cell::new(part.part), Cell::new(Count(part.looked_at)), result]);
        }
        grid.write(f)?;
        // By the same number a finding and what mends it.
        let numbers = numbers(findings);
        section(f, "Problems", ERROR, Severity::Problem, findings, &numbers)?;
        section(f, "Not checked", BLOCKED, Severity::NotChecked, findings, &numbers)?;
        section(f, "Warnings", WARNING, Severity::Warning, findings, &numbers)?;
        fixes(f, &numbers)
    }
}

/// What a part came to, in a word or two.
fn result(part: &ExaminedPart, findings: &[DoctorFinding]) -> (String, Option<Color>) {
    if let Some(reason) = &part.left_out {
        return (format!("left out: {reason}"), None);
    }
    let count = |severity| of_part(findings, part.part, severity);
    let problems = count(Severity::Problem);
    let unknown = count(Severity::NotChecked);
    let warnings = count(Severity::Warning);
    let told = [
        (problems > 0).then(|| counted(problems, "problem")),
        (unknown > 0).then(|| format!("{} not checked", Count(unknown))),
        (warnings > 0).then(|| counted(warnings, "warning")),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    match (told.is_empty(), problems > 0) {
        (true, _) => ("fine".to_owned(), Some(Color::DarkGreen)),
        (false, true) => (told.join(", "), Some(Color::DarkRed)),
        (false, false) => (told.join(", "), Some(Color::DarkYellow)),
    }
}

fn of_part(findings: &[DoctorFinding], part: DoctorPart, severity: Severity) -> u64 {
    let is_it = |it: &&DoctorFinding| it.part == part && it.severity == severity;
    findings.iter().filter(is_it).count() as u64
}

/// What mends findings, each once, numbered in the order of the findings.
fn numbers(findings: &[DoctorFinding]) -> BTreeMap<&str, usize> {
    let mut numbers = BTreeMap::new();
    for finding in findings {
        let next = numbers.len() + 1;
        numbers.entry(&*finding.fix).or_insert(next);
    }
    numbers
}

fn section(
    f: &mut Formatter<'_>,
    title: &str,
    style: Style,
    severity: Severity,
    findings: &[DoctorFinding],
    numbers: &BTreeMap<&str, usize>,
) -> fmt::Result {
    let mut findings = findings.iter().filter(|it| it.severity == severity).peekable();
    if findings.peek().is_none() {
        return Ok(());
    }
    writeln!(f, "\n{HEADING}{title}{HEADING:#}")?;
    for finding in findings {
        let DoctorFinding { code, problem, why, fix, objects, .. } = finding;
        let objects = First::of(NAMED, objects).in_one_line();
        let problem = format!("  {style}{code}{style:#}  {objects}: {problem}");
        writeln!(f, "{}", folded(&problem, f.width(), 4))?;
        let number = numbers.get(&**fix).copied().unwrap_or_default();
        let why = format!("    {FAINT}{why} Fix {number}.{FAINT:#}");
        writeln!(f, "{}", folded(&why, f.width(), 4))?;
    }
    Ok(())
}

fn fixes(f: &mut Formatter<'_>, numbers: &BTreeMap<&str, usize>) -> fmt::Result {
    if numbers.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{HEADING}Fixes{HEADING:#}")?;
    let mut fixes: Vec<(usize, &str)> = numbers.iter().map(|(fix, at)| (*at, *fix)).collect();
    fixes.sort_unstable();
    for (number, fix) in fixes {
        let fix = format!("  {CODE}{number}{CODE:#}  {fix}");
        writeln!(f, "{}", folded(&fix, f.width(), 5))?;
    }
    Ok(())
}
