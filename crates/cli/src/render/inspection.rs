//! What is broken, in words: how many of each kind, then the findings, the worst first.

use std::fmt::{self, Formatter};

use anstyle::Style;
use comfy_table::Cell;
use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Finding, FindingCount, Gap, InUse, fallback_subject};
use ecr_sweep_protocol::InspectionDocument;

use super::grid::Grid;
use super::styles::{BLOCKED, ERROR, FAINT, KEEP};
use super::{Time, counted, notes, short, unseen};

/// An inspection with all that its reader is shown.
pub struct InspectionView<'a> {
    /// What was found.
    pub document: &'a InspectionDocument,
    /// What was not seen.
    pub gaps: &'a [Gap],
}

impl fmt::Display for InspectionView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let document = self.document;
        let looked_at = format!(
            "{} with {}, as of {}",
            counted(document.repositories, "repository"),
            counted(document.images, "image"),
            Time(document.now)
        );
        if document.findings.is_empty() {
            writeln!(f, "{KEEP}Nothing is broken{KEEP:#} in {looked_at}.")?;
        } else {
            writeln!(f, "{FAINT}{looked_at}{FAINT:#}\n")?;
            counts(&document.counts).write(f)?;
            findings(f, &document.findings)?;
        }
        unseen::section(f, self.gaps)
    }
}

/// How many findings there are of each kind.
pub fn counts(counts: &[FindingCount]) -> Grid {
    let mut grid = Grid::new(&["FINDING", "IN USE", "FOUND"], 2..3);
    for count in counts {
        grid.add([
            Cell::new(count.code),
            Cell::new(count.in_use),
            Cell::new(super::Count(count.findings)),
        ]);
    }
    grid
}

/// The findings, those in use first.
pub fn findings(f: &mut Formatter<'_>, findings: &[Finding]) -> fmt::Result {
    section(f, "In use and broken", ERROR, findings, InUse::Yes)?;
    section(
        f,
        "Broken, and may be in use: not everything was seen",
        BLOCKED,
        findings,
        InUse::Unknown,
    )?;
    section(f, "Broken, and nothing uses it", FAINT, findings, InUse::No)
}

fn section(
    f: &mut Formatter<'_>,
    title: &str,
    style: Style,
    findings: &[Finding],
    in_use: InUse,
) -> fmt::Result {
    let rows = findings.iter().filter(|it| it.in_use == in_use).map(|it| {
        let used_by = First::of(1, &it.used_by).map(|usage| &usage.arn).in_one_line();
        let used_by =
            if used_by.is_empty() { String::new() } else { format!("; used by {used_by}") };
        (it.code.to_string(), format!("{}: {}{used_by}", name(it), it.detail))
    });
    notes::section(f, title, style, rows.collect())
}

/// What a finding is about, as `explain` takes it.
pub fn name(finding: &Finding) -> String {
    let Finding { account, region, repository, digest, tags, .. } = finding;
    let repository = format!("{account}/{region}/{repository}");
    let of_its_own = tags.iter().find(|tag| fallback_subject(tag).is_none());
    match (of_its_own, digest) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, Some(digest)) => format!("{repository}@{}", short(*digest)),
        (None, None) => repository,
    }
}
