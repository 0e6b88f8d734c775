//! The report for a ticket or a wiki: Markdown with tables.

use std::cmp::Reverse;
use std::fmt::{self, Display, Write as _};

use ecr_sweep_core::wording::in_a_line;
use ecr_sweep_core::{Bytes, Freed, Gap, group_gaps, group_remedies};
use ecr_sweep_protocol::documents::{FindingSummary, RepositorySummary};
use ecr_sweep_protocol::report::Report;

use crate::quantities::{at_most, count, minute, number};

/// How many repositories, warnings and the like are told.
const NAMED: usize = 50;

/// The report, without its images.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // A `String` takes every text.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report) -> fmt::Result {
    let summary = &report.summary;
    let (plan, outcomes) = (&summary.totals.plan, &summary.totals.outcomes);
    let title = if summary.dry_run { "What would go" } else { "What went" };
    writeln!(text, "# {title}\n")?;
    writeln!(text, "Run {}, {}.\n", plain(&summary.run), minute(summary.started_at))?;
    if summary.dry_run {
        let (goes, all) = (number(plan.delete), count(plan.images, "image"));
        writeln!(text, "- {goes} of {all} would go, {}", plan.frees())?;
        if plan.archive > 0 {
            writeln!(text, "- {} of these to the archive first", number(plan.archive))?;
        }
    } else {
        let (went, all) = (number(outcomes.changed()), count(plan.delete, "image"));
        writeln!(text, "- {went} of {all} went, {}", outcomes.frees())?;
        if outcomes.archived > 0 {
            writeln!(text, "- {} of these to the archive", number(outcomes.archived))?;
        }
    }
    let saves = if summary.dry_run { &summary.saves } else { &summary.saved };
    if let Some(saves) = saves {
        writeln!(text, "- saves {}", plain(saves))?;
    }
    writeln!(text, "- {} stay, {}", count(plan.keep, "image"), at_most(plan.keep_bytes))?;
    let (repositories, blocked) = (summary.totals.repositories, summary.totals.blocked);
    writeln!(text, "- {}, {} blocked", count(repositories, "repository"), number(blocked))?;
    if let Some(stopped) = &summary.stopped {
        writeln!(text, "- It stopped: {}", plain(stopped))?;
    }
    if let Some(backtest) = &report.backtest {
        writeln!(text, "- By the runs that the store has: {}", plain(backtest))?;
    }
    let gaps: Vec<Gap> = summary.gaps();
    section(text, "Not seen", group_gaps(&gaps).iter().map(|group| plain(group.with_sources())))?;
    let remedies = group_remedies(gaps.iter().flat_map(|gap| gap.remedies.iter().cloned()));
    section(text, "What mends it", remedies.iter().map(plain))?;
    let blocks = summary.repositories.iter().flat_map(|it| {
        it.blocked.iter().map(move |block| {
            format!("{}: {}: {}", plain(it.id()), block.code, plain(&block.detail))
        })
    });
    section(text, "Blocked", blocks)?;
    let failed = summary.failed.iter();
    section(
        text,
        "Failed",
        failed.map(|it| format!("{}: {}", plain(it.id()), plain(&it.message))),
    )?;
    repositories_table(text, report)?;
    let days = summary.goes_on.iter();
    section(
        text,
        "When the rest goes",
        days.map(|it| format!("{}: {}", it.on, count(it.images, "image"))),
    )?;
    let kept = report.kept_for.iter();
    section(
        text,
        "Why the others stay",
        kept.map(|it| format!("{}: {}", it.code, count(it.images, "image"))),
    )?;
    let broken = summary.findings.iter().flat_map(|it: &FindingSummary| &it.worst);
    let broken = broken.map(|it| format!("{}: {}", plain(&it.repository), plain(&it.detail)));
    section(text, "Broken already", broken)?;
    section(text, "Warnings", summary.warnings.iter().map(|it| plain(&it.detail)))
}

fn repositories_table(text: &mut String, report: &Report) -> fmt::Result {
    let summary = &report.summary;
    let goes = |it: &RepositorySummary| {
        if summary.dry_run {
            (it.plan.delete, it.plan.delete_bytes)
        } else {
            (it.outcomes.changed(), it.outcomes.deleted_bytes)
        }
    };
    let mut rows: Vec<&RepositorySummary> =
        summary.repositories.iter().filter(|it| goes(it).0 > 0).collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|it| (Reverse(goes(it).1), Reverse(goes(it).0)));
    let head = if summary.dry_run { "Would go" } else { "Went" };
    let (plan, outcomes) = (&summary.totals.plan, &summary.totals.outcomes);
    let freed = if summary.dry_run { plan.freed } else { outcomes.freed };
    let heading = if freed.is_some_and(Freed::is_exact) { "Frees" } else { "Frees at most" };
    writeln!(text, "\n## By repository\n\n| Repository | {head} | Images | {heading} |")?;
    writeln!(text, "| --- | ---: | ---: | ---: |")?;
    for it in rows.iter().take(NAMED) {
        let ((images, bytes), all) = (goes(it), number(it.plan.images));
        writeln!(text, "| {} | {} | {all} | {} |", plain(it.id()), number(images), Bytes(bytes))?;
    }
    if rows.len() > NAMED {
        writeln!(text, "\nAnd {} more.", number((rows.len() - NAMED) as u64))?;
    }
    Ok(())
}

fn section(text: &mut String, title: &str, rows: impl Iterator<Item = String>) -> fmt::Result {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    writeln!(text, "\n## {title}\n")?;
    for row in rows.by_ref().take(NAMED) {
        writeln!(text, "- {row}")?;
    }
    let more = rows.count();
    if more > 0 { writeln!(text, "- and {} more", number(more as u64)) } else { Ok(()) }
}

/// A text from outside: in a line, and nothing in it is markup.
fn plain(text: impl Display) -> String {
    let text = text.to_string();
    let mut shown = String::with_capacity(text.len());
    for character in in_a_line(&text).chars() {
        if "\\`*_[]<>|&~#!".contains(character) {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Survey;
    use crate::testing::{record, summary};

    #[test]
    fn nothing_from_outside_is_markup() {
        let mut summary = summary(&[record("dev/app", 10)]);
        summary.stopped = Some("a | <b> [x](y) `z` *w*\n# no".into());
        let text = markdown(&Survey::default().into_report(summary, Vec::new()));
        assert!(text.contains(r"a \| \<b\> \[x\](y) \`z\` \*w\*\\n\# no"), "{text}");
        assert!(text.contains("| 111122223333/eu-west-1/dev/app | 5 | 10 | "), "{text}");
    }
}
