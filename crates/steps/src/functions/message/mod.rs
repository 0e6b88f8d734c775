//! What people are told, in plain text.

mod changes;
mod next;
mod owned;

pub(super) use owned::{Owned, owned};

use std::fmt::Write as _;
use std::iter;

use ecr_sweep_core::wording::{First, in_a_line};
use ecr_sweep_core::{Gap, GapGroup, GoesOn, Savings, WarningCode, group_gaps, group_remedies};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{
    FindingSummary, RepositorySummary, RunId, RunSummary, RunTotals,
};
use ecr_sweep_protocol::functions::{Caught, Outcome};

use crate::StepError;

/// How many repositories, failures, sources and warnings a message names.
const NAMED: usize = 20;

/// Over images that were asked for, and nobody heard what became of them.
const NOT_KNOWN: &str = "Asked for, without an answer";

/// Warnings of what has a section of its own.
const TOLD_ABOVE: [WarningCode; 2] =
    [WarningCode::IncompleteUsage, WarningCode::RegistryUnreadable];

/// A subject and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) text: String,
}

/// Where people find what a message tells of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses<'a> {
    /// The report, if there is one.
    pub(super) report: Option<&'a str>,
    /// Every document of the run.
    pub(super) run: &'a str,
    /// The run store, as `--store` takes it.
    pub(super) store: &'a str,
}

/// What could go or went, in a line, and what that saves.
fn what_went(summary: &RunSummary) -> (String, Option<&Savings>) {
    let RunTotals { plan, outcomes, .. } = &summary.totals;
    if summary.dry_run {
        let freed = plan.frees();
        let archive = apart(plan.archive, "could be archived");
        let (deleted, images) = (plan.deleted(), plan.images);
        let what = format!("dry run: {deleted} of {images} images could go, {freed}{archive}");
        (what, summary.saves.as_ref())
    } else {
        let freed = outcomes.frees();
        let archived = if plan.archive > 0 {
            format!(", {} of {} archived", outcomes.archived, plan.archive)
        } else {
            String::new()
        };
        let (deleted, planned) = (outcomes.deleted, plan.deleted());
        let what = format!("{deleted} of {planned} images deleted, {freed}{archived}");
        (what, summary.saved.as_ref())
    }
}

/// How a run ended, and what is different from the run before, if that is known.
pub(super) fn ended(
    summary: &RunSummary,
    outcome: &Outcome,
    before: Result<Option<&RunSummary>, &StepError>,
    untold: Result<&[String], &StepError>,
    addresses: &Addresses<'_>,
) -> Message {
    let (what, saves) = what_went(summary);
    let headline = match (&outcome.error, summary.ending) {
        (Some(error), _) => format!("failed with {}: ", in_a_line(error.as_str())),
        (None, Ending::Done) => String::new(),
        (None, _) => "incomplete: ".to_owned(),
    };
    let mut text = format!("{what}\n");
    let mut line = |line: String| text.push_str(&(line + "\n"));
    line(format!("run           {}", summary.run));
    line(format!(
        "repositories  {}, blocked {}",
        summary.totals.repositories, summary.totals.blocked
    ));
    if let Some(saves) = saves {
        line(format!("saves         {saves}"));
    }
    if let Some(in_use) = summary.findings.as_ref().map(FindingSummary::in_use).filter(|it| *it > 0)
    {
        line(format!("broken        {in_use} in use: `ecr-sweep inspect` tells all"));
    }
    if let Some(error) = &outcome.error {
        line(format!("\n{}: {}", in_a_line(error.as_str()), in_a_line(&outcome.cause)));
    }
    match before {
        Ok(Some(before)) => {
            section(&mut text, &changes::since(before), changes::changes(before, summary));
        }
        Ok(None) => {}
        Err(error) => {
            let unknown = format!("not known: {}", error.in_full());
            section(&mut text, "Since the run before", iter::once(unknown));
        }
    }
    let untold = match untold {
        Ok(untold) => untold.to_vec(),
        Err(error) => vec![format!("not known: {}", error.in_full())],
    };
    section(&mut text, "Notices that did not arrive", untold.into_iter());
    section(&mut text, "Goes on", goes_on(&summary.goes_on));
    let unseen: Vec<Gap> = summary.incomplete.iter().map(Gap::from).collect();
    section(&mut text, "Not seen whole", group_gaps(&unseen).iter().map(GapGroup::with_sources));
    let everywhere = summary.coverage_default_reason.iter().map(ToString::to_string);
    section(&mut text, "Not seen at all", everywhere);
    let remedies = group_remedies(summary.gaps().into_iter().flat_map(|gap| gap.remedies));
    section(&mut text, "What helps", remedies.iter().map(ToString::to_string));
    section(
        &mut text,
        "Failed",
        summary.failed.iter().map(|it| format!("{}: {}: {}", it.id(), it.error, it.message)),
    );
    section(
        &mut text,
        "Registries that could not be read",
        summary.unread_registries.iter().map(|it| it.unread.in_words(&it.place())),
    );
    section(
        &mut text,
        "Blocked",
        summary.repositories.iter().flat_map(|it| {
            it.blocked
                .iter()
                .map(move |block| format!("{}: {}: {}", it.id(), block.code, block.detail))
        }),
    );
    for (title, is_unknown) in [("Still there", false), (NOT_KNOWN, true)] {
        let left = summary.repositories.iter().flat_map(|it| left_of(it, is_unknown));
        section(&mut text, title, left);
    }
    let mut deleting: Vec<&RepositorySummary> =
        summary.repositories.iter().filter(|it| it.plan.delete > 0).collect();
    deleting.sort_by_key(|it| std::cmp::Reverse(it.plan.frees().bytes));
    let title = if summary.dry_run { "Could go" } else { "Planned" };
    section(
        &mut text,
        title,
        deleting.into_iter().map(|it| {
            let freed = it.plan.frees();
            let archive = apart(it.plan.archive, "archived first");
            let (deleted, images) = (it.plan.deleted(), it.plan.images);
            format!("{}: {deleted} of {images} images, {freed}{archive}", it.id())
        }),
    );
    section(
        &mut text,
        "Warnings",
        summary
            .warnings
            .iter()
            .filter(|it| !TOLD_ABOVE.contains(&it.code))
            .map(|it| format!("{}: {}", it.code, it.detail)),
    );
    text.push_str(&at_the_end(addresses));
    section(&mut text, "Next", next::commands(summary, addresses).into_iter());
    Message { subject: format!("ecr-sweep: {headline}{what}"), text }
}

/// Where the rest is.
fn at_the_end(Addresses { report, run, .. }: &Addresses<'_>) -> String {
    let report = report.map(|report| format!("\nThe report, for a browser: {report}"));
    format!("{}\nEvery document of this run: {run}\n", report.unwrap_or_default())
}

/// A plan that waits for an answer.
pub(super) fn ask(summary: &RunSummary, addresses: &Addresses<'_>) -> Message {
    let plan = &summary.totals.plan;
    let store = next::store(addresses);
    let (run, freed) = (&summary.run, plan.frees());
    let saves = summary.saves.as_ref().map(|it| format!("That saves {it}.\n")).unwrap_or_default();
    Message {
        subject: match (plan.deleted(), plan.archive) {
            (deleted, 0) => format!("ecr-sweep: approve the deletion of {deleted} images?"),
            (0, archive) => format!("ecr-sweep: approve the archiving of {archive} images?"),
            (deleted, archive) => format!(
                "ecr-sweep: approve the deletion of {deleted} images, and the archiving of {archive}?"
            ),
        },
        text: format!(
            "{} of {} images in {} repositories are to be deleted, {freed}{}.\n{saves}\n\
             Look at the plan:   ecr-sweep show {run}{store}\n\
             or read it here:    {}\n\n\
             Approve it:         ecr-sweep approve {run}{store}\n\
             Reject it:          ecr-sweep approve {run} --reject{store}\n\n\
             Usage is scanned and the plan is made again before anything is deleted.\n",
            plan.deleted(),
            plan.images,
            summary.totals.repositories,
            apart(plan.archive, "to be archived"),
            addresses.report.unwrap_or(addresses.run)
        ),
    }
}

/// A run that ended before it could be judged.
pub(super) fn failed(run: &RunId, error: &Caught, addresses: &Addresses<'_>) -> Message {
    let mut text = format!(
        "The run `{run}` failed with {}.\n\n{}\n{}",
        in_a_line(error.error.as_str()),
        in_a_line(&error.message()),
        at_the_end(addresses)
    );
    section(&mut text, "Next", iter::once(next::show(run, addresses)));
    Message { subject: format!("ecr-sweep: failed with {}", in_a_line(error.error.as_str())), text }
}

/// An execution that never became a run.
pub(super) fn not_started(execution: &str, error: &Caught) -> Message {
    Message {
        subject: format!("ecr-sweep: not started, {}", in_a_line(error.error.as_str())),
        text: format!(
            "The execution `{}` could not start a run: {}.\n\n{}\n",
            in_a_line(execution),
            in_a_line(error.error.as_str()),
            in_a_line(&error.message())
        ),
    }
}

/// What is archived first, apart from what is deleted.
fn apart(archive: u64, how: &str) -> String {
    if archive > 0 { format!(", {archive} {how}") } else { String::new() }
}

/// What waits, by the day on which it goes at the earliest.
fn goes_on(days: &[GoesOn]) -> impl Iterator<Item = String> {
    days.iter().map(|GoesOn { on, images }| format!("{on}: {images} images that wait until then"))
}

fn section(text: &mut String, title: &str, told: impl Iterator<Item = String>) {
    lines(text, title, NAMED, told);
}

/// So many of these, and how many more there are.
fn lines(text: &mut String, title: &str, named: usize, told: impl Iterator<Item = String>) {
    let lines = First::of(named, told);
    if lines.told.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}\n");
    for line in lines.lines() {
        let _ = writeln!(text, "  {}", in_a_line(&line));
    }
}

#[cfg(test)]
mod tests;

/// What did not go of a repository, or of which that is not known.
fn left_of(it: &RepositorySummary, is_unknown: bool) -> impl Iterator<Item = String> {
    let rows = it.not_deleted.iter().filter(move |row| row.unknown == is_unknown);
    rows.map(move |row| format!("{}: {} images: {}", it.id(), row.images, row.reason))
}
