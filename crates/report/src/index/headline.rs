//! The numbers that come first, and what is not known.

use ecr_sweep_core::{Bytes, Freed};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{FindingSummary, RunSummary};
use ecr_sweep_protocol::report::Report;
use maud::{Markup, html};

use super::{NAMED, more};
use crate::quantities::{at_most, count, number, percent};
use crate::text::{code, prose};

pub(super) fn headline(summary: &RunSummary) -> Markup {
    let (plan, outcomes) = (&summary.totals.plan, &summary.totals.outcomes);
    let waits: u64 = summary.goes_on.iter().map(|day| day.images).sum();
    let broken = summary.findings.as_ref().map_or(0, FindingSummary::in_use);
    html! {
        p { (sentence(summary)) }
        @let saves = if summary.dry_run { &summary.saves } else { &summary.saved };
        @if let Some(saves) = saves { p { @if summary.dry_run { "It would save " } @else { "It saves " } (prose(&saves.to_string())) "." } }
        @if let Some(stopped) = &summary.stopped { p.note { "It stopped: " (prose(stopped)) } }
        ul.cards {
            @if summary.dry_run {
                (card(&number(plan.delete), &format!("images would go, {} of all", percent(plan.delete, plan.images))))
                @if plan.archive > 0 { (card(&number(plan.archive), "of these to the archive first")) }
                (card(&Bytes(plan.frees().bytes).to_string(), freed(plan.frees(), "would be freed", "would be freed at most")))
            } @else {
                (card(&number(outcomes.changed()), &format!("of {} went", count(plan.delete, "image"))))
                @if outcomes.archived > 0 { (card(&number(outcomes.archived), "of these to the archive")) }
                (card(&Bytes(outcomes.frees().bytes).to_string(), freed(outcomes.frees(), "was freed", "was freed at most")))
                @let left = outcomes.failed + outcomes.skipped + outcomes.not_asked;
                @if left > 0 { (card(&number(left), "were to go and are still there")) }
            }
            (card(&number(plan.keep), &format!("images stay, {}", at_most(plan.keep_bytes))))
            @if waits > 0 { (card(&number(waits), "of these only wait")) }
            @if plan.would_delete > 0 { (card(&number(plan.would_delete), "would go, and something is in the way")) }
            (card(&number(summary.totals.repositories), &format!("repositories, {} blocked", number(summary.totals.blocked))))
            @if broken > 0 { (card(&number(broken), "in use are broken already")) }
        }
    }
}

const fn freed(freed: Freed, exact: &'static str, at_most: &'static str) -> &'static str {
    if freed.is_exact() { exact } else { at_most }
}

fn card(value: &str, what: &str) -> Markup {
    html! { li { strong { (value) } span { (what) } } }
}

fn sentence(summary: &RunSummary) -> &'static str {
    match (summary.ending, summary.dry_run) {
        (Ending::Done, true) => {
            "Everything that could name an image was seen, and nothing is in the way."
        }
        (Ending::Done, false) => "Everything that was planned is done.",
        (Ending::Incomplete, _) => {
            "Something was not seen or is blocked: where that is so, nothing goes."
        }
        (Ending::NothingDeleted, _) => "Not everything was seen, and nothing was deleted.",
        (Ending::Partial, _) => "Not everything that was planned went.",
        (Ending::Refused, _) => "It was refused.",
        (Ending::Failed, _) => "It failed.",
        (Ending::Interrupted, _) => "It was interrupted.",
    }
}

/// What the report itself does not know.
pub(super) fn unknown(report: &Report) -> Markup {
    html! {
        @if report.without_images > 0 {
            p.note { "Of " (count(report.without_images, "repository")) " the run has stored plans and not the images: \
                sizes and pulls of what stays there are not known, and no list below has them." }
        }
        @if !report.not_read.is_empty() {
            div.note {
                p { "The documents of " (count(report.not_read.len() as u64, "repository"))
                    " could not be read for this report; the lists of images below lack theirs." }
                ul { @for it in report.not_read.iter().take(NAMED) {
                    li { (code(format!("{}/{}/{}", it.account, it.region, it.repository))) ": " (prose(&it.reason)) }
                } }
                (more(report.not_read.len()))
            }
        }
    }
}
