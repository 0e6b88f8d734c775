//! What a run has stored of one repository: what goes, what stays and why, what became of it.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::{Digest, RepositoryId, RepositoryPlan, Summary};
use ecr_sweep_protocol::documents::{DeletionOutcome, Receipts};
use ecr_sweep_protocol::runs::ShownRepository;

use super::grid::Grid;
use super::images::tags;
use super::run::write_facts;
use super::styles::{BLOCKED, HEADING};
use super::{Bytes, Count, Time, images, notes, short, table};

/// A repository with all that its reader is shown.
pub struct RepositoryView<'a> {
    /// Which one.
    pub repository: &'a RepositoryId,
    /// What is stored of it.
    pub shown: &'a ShownRepository,
}

impl fmt::Display for RepositoryView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { repository, shown } = self;
        writeln!(f, "{HEADING}{repository}{HEADING:#}")?;
        let mut facts = vec![("run", shown.run.to_string())];
        if let Some(stored) = &shown.plan {
            let summary = stored.plan.summary;
            facts.push(("planned", Time(stored.planned_at).to_string()));
            facts.push(("usage", format!("seen from {}", Time(stored.evidence_at))));
            facts.push((
                "images",
                format!(
                    "{}: {} kept, {}",
                    Count(summary.images),
                    Count(summary.keep),
                    to_go(&summary)
                ),
            ));
        }
        facts.extend(
            shown.recheck.iter().map(|it| ("checked", format!("again at {}", Time(it.planned_at)))),
        );
        write_facts(f, &facts)?;
        table::failures(f, &shown.failures)?;
        let Some(stored) = &shown.plan else { return Ok(()) };
        blocks(f, &stored.plan)?;
        match &shown.receipts {
            Some(receipts) => outcomes(f, receipts, &stored.plan)?,
            None => images::that_go(f, &repository.name, &stored.plan)?,
        }
        keeps(f, &repository.name, &stored.plan)?;
        notes::warnings(f, &stored.warnings)
    }
}

/// What goes, deleted and archived apart.
fn to_go(summary: &Summary) -> String {
    let deleted = format!("{} to be deleted ({})", Count(summary.deleted()), summary.frees());
    match summary.archive {
        0 => deleted,
        archive => format!("{deleted}, {} to be archived", Count(archive)),
    }
}

fn blocks(f: &mut Formatter<'_>, plan: &RepositoryPlan) -> fmt::Result {
    let rows = plan.blocked.iter().map(|block| (block.code.to_string(), block.detail.to_string()));
    notes::section(f, "Blocked", BLOCKED, rows.collect())
}

/// What became of each image that the plan deletes, in the plan's order.
fn outcomes(f: &mut Formatter<'_>, receipts: &Receipts, plan: &RepositoryPlan) -> fmt::Result {
    let by_digest: BTreeMap<Digest, &DeletionOutcome> =
        receipts.receipts.iter().map(|receipt| (receipt.digest, &receipt.outcome)).collect();
    writeln!(f, "\n{HEADING}{}: planned for deletion{HEADING:#}", plan.repository)?;
    let mut grid = Grid::new(&["DIGEST", "SIZE", "TAGS", "OUTCOME"], 1..2).with_whole_names();
    for deletion in &plan.delete {
        let outcome = by_digest.get(&deletion.digest).copied();
        let size = deletion.size_bytes.map_or_else(|| "-".to_owned(), |it| Bytes(it).to_string());
        grid.add([
            Cell::new(short(deletion.digest)),
            Cell::new(size),
            Cell::new(tags(&deletion.tags, f.width())),
            match outcome {
                Some(it) if it.is_done() => Cell::new(outcome_in_words(Some(it))),
                it => Cell::new(outcome_in_words(it)).fg(Color::DarkYellow),
            },
        ]);
    }
    grid.write(f)
}

/// What became of one image.
pub fn outcome_in_words(outcome: Option<&DeletionOutcome>) -> String {
    match outcome {
        None => "not taken up".to_owned(),
        Some(DeletionOutcome::Asked) => "asked for; the answer is not known".to_owned(),
        Some(DeletionOutcome::Deleted) => "deleted".to_owned(),
        Some(DeletionOutcome::Archived) => "archived".to_owned(),
        Some(DeletionOutcome::AlreadyGone) => "was gone before".to_owned(),
        Some(DeletionOutcome::Failed { code, reason }) => format!("failed: {code}: {reason}"),
        Some(DeletionOutcome::Skipped { reason }) => format!("skipped: {reason}"),
    }
}

fn keeps(f: &mut Formatter<'_>, name: &str, plan: &RepositoryPlan) -> fmt::Result {
    if plan.keep.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{HEADING}{name}: kept{HEADING:#}")?;
    let waits = !plan.goes_on.is_empty();
    let mut headings = vec!["DIGEST", "TAGS", "WHY"];
    headings.extend(waits.then_some("GOES AT THE EARLIEST"));
    let mut grid = Grid::new(&headings, 0..0).with_whole_names();
    for kept in &plan.keep {
        let codes: Vec<String> = kept.reasons.iter().map(|it| it.code.to_string()).collect();
        let goes_at = kept.goes_at.map_or_else(|| "-".to_owned(), |at| Time(at).to_string());
        let mut row = vec![
            Cell::new(short(kept.digest)).fg(Color::DarkGreen),
            Cell::new(tags(&kept.tags, f.width())),
            Cell::new(codes.join(", ")),
        ];
        row.extend(waits.then(|| Cell::new(goes_at)));
        grid.add(row);
    }
    grid.write(f)
}
