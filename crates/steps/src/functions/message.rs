//! What people are told, in plain text.

use std::fmt::Write as _;

use ecr_sweep_core::Bytes;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RepositorySummary, RunId, RunSummary};
use ecr_sweep_protocol::functions::{Caught, Outcome};

/// How many repositories, failures, sources and warnings a message names.
const NAMED: usize = 20;

/// A subject and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) text: String,
}

/// How a run ended.
pub(super) fn ended(summary: &RunSummary, outcome: &Outcome, address: &str) -> Message {
    let plan = &summary.totals.plan;
    let outcomes = &summary.totals.outcomes;
    let what = if summary.dry_run {
        let freed = Bytes(plan.delete_bytes);
        format!("dry run: {} of {} images could go, {freed}", plan.delete, plan.images)
    } else {
        let freed = Bytes(outcomes.deleted_bytes);
        format!("{} of {} images deleted, {freed}", outcomes.deleted, plan.delete)
    };
    let headline = match (outcome.succeeded, summary.ending) {
        (false, _) => format!("failed with {}: ", outcome.error),
        (true, Ending::Done) => String::new(),
        (true, _) => "incomplete: ".to_owned(),
    };
    let mut text = format!("{what}\n");
    let mut line = |line: String| text.push_str(&(line + "\n"));
    line(format!("run         {}", summary.run));
    line(format!(
        "repositories {}, blocked {}",
        summary.totals.repositories, summary.totals.blocked
    ));
    if !outcome.succeeded {
        line(format!("\n{}: {}", outcome.error, outcome.cause));
    }
    section(
        &mut text,
        "Not seen whole",
        summary.incomplete.iter().map(|row| {
            let reason = row.reason.as_deref().unwrap_or("no reason given");
            format!("{} of {}: {reason}", row.source, row.place())
        }),
    );
    let everywhere = summary.coverage_default_reason.iter().map(ToString::to_string);
    section(&mut text, "Not seen at all", everywhere);
    section(
        &mut text,
        "Failed",
        summary.failed.iter().map(|it| {
            let (place, name) = (format!("{}/{}", it.account, it.region), &it.repository);
            format!("{place}/{name}: {}: {}", it.error, it.message)
        }),
    );
    section(
        &mut text,
        "Blocked",
        summary.repositories.iter().flat_map(|it| {
            it.blocked
                .iter()
                .map(move |block| format!("{}: {}: {}", name(it), block.code, block.detail))
        }),
    );
    section(
        &mut text,
        "Still there",
        summary.repositories.iter().flat_map(|it| {
            it.not_deleted
                .iter()
                .map(move |row| format!("{}: {} images: {}", name(it), row.images, row.reason))
        }),
    );
    let mut deleting: Vec<&RepositorySummary> =
        summary.repositories.iter().filter(|it| it.plan.delete > 0).collect();
    deleting.sort_by_key(|it| std::cmp::Reverse(it.plan.delete_bytes));
    let title = if summary.dry_run { "Could go" } else { "Planned" };
    section(
        &mut text,
        title,
        deleting.into_iter().map(|it| {
            let freed = Bytes(it.plan.delete_bytes);
            format!("{}: {} of {} images, {freed}", name(it), it.plan.delete, it.plan.images)
        }),
    );
    section(
        &mut text,
        "Warnings",
        summary.warnings.iter().map(|it| format!("{}: {}", it.code, it.detail)),
    );
    let _ = write!(text, "\nEvery document of this run: {address}\n");
    Message { subject: format!("ecr-sweep: {headline}{what}"), text }
}

/// A plan that waits for an answer.
pub(super) fn ask(summary: &RunSummary, address: &str) -> Message {
    let plan = &summary.totals.plan;
    let (run, freed) = (&summary.run, Bytes(plan.delete_bytes));
    Message {
        subject: format!("ecr-sweep: approve the deletion of {} images?", plan.delete),
        text: format!(
            "{} of {} images in {} repositories are to be deleted, {freed}.\n\n\
             Look at the plan:   ecr-sweep show {run}\n\
             or read it here:    {address}\n\n\
             Approve it:         ecr-sweep approve {run}\n\
             Reject it:          ecr-sweep approve {run} --reject\n\n\
             Usage is scanned and the plan is made again before anything is deleted.\n",
            plan.delete, plan.images, summary.totals.repositories
        ),
    }
}

/// A run that ended before it could be judged.
pub(super) fn failed(run: &RunId, error: &Caught, address: &str) -> Message {
    Message {
        subject: format!("ecr-sweep: failed with {}", error.error),
        text: format!(
            "The run `{run}` failed with {}.\n\n{}\n\nEvery document of this run: {address}\n",
            error.error,
            error.message()
        ),
    }
}

/// An execution that never became a run.
pub(super) fn not_started(execution: &str, error: &Caught) -> Message {
    Message {
        subject: format!("ecr-sweep: not started, {}", error.error),
        text: format!(
            "The execution `{execution}` could not start a run: {}.\n\n{}\n",
            error.error,
            error.message()
        ),
    }
}

fn name(repository: &RepositorySummary) -> String {
    format!("{}/{}/{}", repository.account, repository.region, repository.repository)
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}\n");
    for line in lines.iter().take(NAMED) {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > NAMED {
        let _ = writeln!(text, "  and {} more", lines.len() - NAMED);
    }
}
