//! The first page of a report: what a person decides by.

mod blocks;
mod headline;
mod images;
mod places;

use std::collections::BTreeSet;

use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::report::Report;
use maud::{Markup, html};

use crate::growth::growth;
use crate::list::plain;
use crate::page::page;
use crate::quantities::{count, minute, number, percent};
use crate::text::{Told, code, prose};

/// How many warnings, findings and the like are told one by one.
const NAMED: usize = 50;

/// The first page. `pages` has the repositories that have a page beside it.
#[must_use]
pub fn index_page(report: &Report, pages: &BTreeSet<RepositoryId>) -> String {
    let summary = &report.summary;
    let title = if summary.dry_run { "What would go" } else { "What went" };
    page(
        &format!("ecr-sweep: {title}, {}", summary.run),
        &html! {
            header {
                h1 { (title) }
                p.quiet {
                    @if summary.dry_run { "Plan" } @else { "Sweep" } " " (code(&summary.run)) ", "
                    (minute(summary.started_at)) " to " (minute(summary.ended_at)) "."
                }
            }
            main {
                (headline::headline(summary))
                (headline::unknown(report))
                (blocks::blocks(summary))
                (proof(report))
                (growth(&report.past))
                (places::accounts(summary))
                (places::repositories(summary, pages))
                (dates(report))
                (images::going(report, pages))
                (kept_for(report))
                (images::never_pulled(report, pages))
                (findings(report))
                (warnings(report))
            }
            footer { (sizes()) }
        },
    )
}

/// What is true of every size.
pub(crate) fn sizes() -> Markup {
    html! {
        p { "Sizes are the most that it can be: a layer that several images share counts for each of them, and \
             what goes frees only what no image that stays has. Times are UTC." }
    }
}

/// What the policy would have done before.
fn proof(report: &Report) -> Markup {
    let Some(backtest) = &report.backtest else { return html! {} };
    let not_known: u64 = backtest.runs.iter().map(|run| run.not_known).sum();
    html! {
        section aria-labelledby="proof" {
            h2 id="proof" { "Had it always been in force" }
            p { "By the runs that the store has: " strong { (Told(backtest)) } "." }
            @if not_known > 0 {
                p.note { "In " (count(not_known, "look")) " at a repository what is needed to judge is not stored; \
                    nothing is said of these." }
            }
            @if !backtest.needed_again.is_empty() {
                ul { @for it in backtest.needed_again.iter().take(NAMED) {
                    li { (code(format!("{}/{}/{}", it.account, it.region, it.repository)))
                        @for tag in &it.tags { " " (code(tag)) }
                        " would have gone on " (minute(it.gone_at)) "; " (it.need) " on " (minute(it.needed_at)) "." }
                } }
                (more(backtest.needed_again.len()))
            }
        }
    }
}

fn dates(report: &Report) -> Markup {
    if report.summary.goes_on.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="dates" {
            h2 id="dates" { "When the rest goes" }
            p { "These images only wait, or are needed by one that does. They go on this day at the earliest, if \
                 every run until then plans them." }
            (plain("Images by the day on which they go", &[("Day", "d"), ("Images", "n")], &html! {
                @for day in &report.summary.goes_on { tr {
                    td.d { (day.on) } td.n { (number(day.images)) }
                } }
            }))
        }
    }
}

fn kept_for(report: &Report) -> Markup {
    if report.kept_for.is_empty() {
        return html! {};
    }
    let known = ecr_sweep_core::ReasonCode::plain();
    let means = |code: &ecr_sweep_core::ReasonCode| {
        let found = known.iter().find(|(it, _)| it == code);
        found.map_or("Something of this kind names it.", |(_, sentence)| sentence)
    };
    let images = report.summary.totals.plan.keep;
    html! {
        section aria-labelledby="kept" {
            h2 id="kept" { "Why the others stay" }
            p { "An image counts for each reason that keeps it." }
            (plain(
                "Reasons that keep images",
                &[("Reason", "d"), ("Images", "n"), ("Of what stays", "n"), ("It means", "name")],
                &html! { @for row in &report.kept_for { tr {
                    td.d { (code(&row.code)) }
                    td.n { (number(row.images)) }
                    td.n { (percent(row.images, images)) }
                    td.name { (prose(means(&row.code))) }
                } } },
            ))
        }
    }
}

fn findings(report: &Report) -> Markup {
    let Some(findings) = &report.summary.findings else { return html! {} };
    html! {
        section aria-labelledby="broken" {
            h2 id="broken" { "Broken already" }
            ul { @for row in &findings.counts {
                li { (count(row.findings, "finding")) ": " code { (row.code) } ". " (row.code.sentence())
                     " In use: " (row.in_use) "." }
            } }
            h3 { "The worst" }
            ul { @for it in &findings.worst {
                li {
                    (code(format!("{}/{}/{}", it.account, it.region, it.repository)))
                    @for tag in &it.tags { " " (code(tag)) }
                    ": " (prose(&it.detail)) "."
                    @for usage in &it.used_by { " Used by " (code(&usage.arn)) "." }
                }
            } }
            p.quiet { "All of them: " code { "ecr-sweep inspect" } "." }
        }
    }
}

fn warnings(report: &Report) -> Markup {
    let warnings = &report.summary.warnings;
    if warnings.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="warnings" {
            h2 id="warnings" { "Warnings" }
            ul { @for it in warnings.iter().take(NAMED) { li { (code(it.code)) ": " (prose(&it.detail)) } } }
            (more(warnings.len()))
        }
    }
}

/// How many there are besides those that are told.
fn more(all: usize) -> Markup {
    html! { @if all > NAMED { p.quiet { "And " (number((all - NAMED) as u64)) " more." } } }
}

/// A repository, with a link to its page if it has one.
fn link(id: &RepositoryId, pages: &BTreeSet<RepositoryId>) -> Markup {
    html! {
        @if pages.contains(id) { a href=(crate::page_name(id)) { (Told(&id.name)) } }
        @else { (Told(&id.name)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{record, summary};
    use crate::{LONGEST_PAGE, Survey};

    /// The first page over so many repositories, one image each, all with names of this length.
    fn first_page(repositories: usize, name: usize) -> String {
        let records: Vec<_> =
            (0..repositories).map(|number| record(&format!("{number:0>name$}"), 1)).collect();
        let mut survey = Survey::default();
        for record in &records {
            survey.add(Survey::of(record));
        }
        let pages = records.iter().map(crate::RepositoryRecord::id).collect();
        index_page(&survey.into_report(summary(&records), Vec::new()), &pages)
    }

    #[test]
    fn the_first_page_is_not_too_long_however_many_repositories_there_are() {
        // A name has at most 256 letters.
        for (repositories, name, listed) in
            [(3_000, 20, 3_000), (8_000, 20, 6_000), (8_000, 256, 1)]
        {
            let page = first_page(repositories, name);
            assert!(page.len() <= LONGEST_PAGE, "{repositories}, {name}: {} bytes", page.len());
            let rows = page.matches("<td class=\"name\"><a href=").count();
            assert!(rows >= listed, "{repositories}, {name}: {rows} are listed");
            let told = page.contains("of which least goes are not");
            assert_eq!(told, rows < repositories, "{repositories}, {name}");
        }
    }
}
