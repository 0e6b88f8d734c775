//! The page of one repository: its images, each with what becomes of it and why.

use std::collections::BTreeMap;

use ecr_sweep_core::Bytes;
use maud::{Markup, PreEscaped, html};

use crate::fate::Fate;
use crate::index::sizes;
use crate::list::{First, List, column};
use crate::page::{INDEX, page, page_name_of};
use crate::quantities::{at_most, count, day, minute, number, sorted_bytes};
use crate::rows::{Row, rows};
use crate::text::{Told, code, prose};
use crate::{LONGEST_PAGE, RepositoryRecord};

/// So many images are on one page at most: a browser lays these out at once.
const ROWS: usize = 3_000;

/// So many bytes of rows are on one page at most.
const BYTES: usize = LONGEST_PAGE / 2;

/// How many tags of an image a row has, and how much of what uses it.
const TAGS: usize = 10;
const USED_BY: usize = 3;

/// How many blocks and warnings are told.
const TOLD: usize = 50;

/// The pages of one repository, each with its name: one, unless it has very many images. All that is left
/// out of a page is on the next.
#[must_use]
pub fn repository_pages(record: &RepositoryRecord) -> Vec<(String, String)> {
    let (rows, id) = (rows(record), record.id());
    let parts = parts(&rows);
    let names: Vec<String> = (0..parts.len()).map(|part| page_name_of(&id, part)).collect();
    let mut before = 0;
    let mut pages = Vec::with_capacity(parts.len());
    for (place, part) in parts.iter().enumerate() {
        let part = Part { names: &names, place, before, shown: part.images, html: &part.html };
        pages.push((names[place].clone(), one_page(record, &rows, &part)));
        before += part.shown;
    }
    pages
}

/// One of the pages of a repository.
struct Part<'a> {
    names: &'a [String],
    place: usize,
    /// How many images are on the pages before.
    before: usize,
    /// How many are on this one.
    shown: usize,
    html: &'a str,
}

fn one_page(record: &RepositoryRecord, rows: &[Row<'_>], part: &Part<'_>) -> String {
    let id = record.id();
    let plan = &record.plan.plan;
    let summary = &plan.summary;
    let columns = [
        column("Image", "i", First::Smallest),
        column("Fate", "f", First::Smallest),
        column("Why", "w", First::Smallest),
        column("Size", "n s", First::Largest),
        column("Pushed", "d t", First::Smallest),
        column("Last pull", "d t", First::Smallest),
        column("Seen in use", "d u", First::Smallest),
        column("Goes", "d t", First::Smallest),
    ];
    let choices: Vec<&'static str> = Fate::ALL
        .into_iter()
        .filter(|fate| part.rows(rows).iter().any(|row| row.fate == *fate))
        .map(Fate::as_str)
        .collect();
    let list = List {
        id: "images-tools",
        label: "List of images",
        class: "images",
        columns: &columns,
        choices: &choices,
    };
    page(
        &format!("ecr-sweep: {}", id.name),
        &html! {
            header {
                nav aria-label="Report" { a href=(INDEX) { "The whole report" } }
                h1 { (Told(&id.name)) }
                p.quiet { (id.registry) ", planned " (minute(record.plan.planned_at)) " by the run "
                    (code(&record.plan.run)) "." }
            }
            main {
                ul.cards {
                    li { strong { (number(summary.delete)) } span { "of " (count(summary.images, "image")) " planned to go" } }
                    li { strong { (Bytes(summary.frees().bytes)) } span { @if summary.frees().is_exact() { "freed" } @else { "freed at most" } } }
                    li { strong { (number(summary.keep)) } span { "stay, " (at_most(summary.keep_bytes)) } }
                    @if summary.would_delete > 0 {
                        li { strong { (number(summary.would_delete)) } span { "would go, and something is in the way" } }
                    }
                }
                @if record.images.is_none() {
                    p.note { "The run has not stored what the registry said of the images that stay: their sizes and \
                        pulls are not known here." }
                }
                (in_the_way(record))
                section aria-labelledby="images" {
                    h2 id="images" { "Images" }
                    (fates(rows))
                    (part.links(rows.len()))
                    (list.of(&PreEscaped(part.html)))
                    (part.links(rows.len()))
                }
            }
            footer { (sizes()) }
        },
    )
}

fn in_the_way(record: &RepositoryRecord) -> Markup {
    let (blocked, warnings) = (&record.plan.plan.blocked, &record.plan.warnings);
    html! {
        @if !blocked.is_empty() {
            section aria-labelledby="blocks" {
                h2 id="blocks" { "What is in the way" }
                ul { @for block in blocked { li { (code(block.code)) ": " (prose(&block.detail)) } } }
            }
        }
        @if !warnings.is_empty() {
            section aria-labelledby="warnings" {
                h2 id="warnings" { "Warnings" }
                ul { @for it in warnings.iter().take(TOLD) { li { (code(it.code)) ": " (prose(&it.detail)) } } }
                @if warnings.len() > TOLD { p.quiet { "And " (number((warnings.len() - TOLD) as u64)) " more." } }
            }
        }
    }
}

/// What the words of the second column mean, with how many images each is said of.
fn fates(rows: &[Row<'_>]) -> Markup {
    let mut counts: BTreeMap<Fate, u64> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.fate).or_default() += 1;
    }
    html! {
        ul { @for (fate, images) in &counts {
            li { span class=(class(*fate)) { (fate.as_str()) } ", " (count(*images, "image")) ". " (fate.sentence()) }
        } }
    }
}

impl Part<'_> {
    fn rows<'r, 'a>(&self, rows: &'r [Row<'a>]) -> &'r [Row<'a>] {
        &rows[self.before..self.before + self.shown]
    }

    /// The other pages of the repository.
    fn links(&self, all: usize) -> Markup {
        if self.names.len() < 2 {
            return html! {};
        }
        let to = |number: usize| number as u64;
        html! {
            p { "Images " (number(to(self.before + 1))) " to " (number(to(self.before + self.shown))) " of "
                (number(to(all))) ", what goes first. Search and order are those of this page; "
                code { "ecr-sweep report --format csv" } " has all images in one table. Pages: "
                @for (place, name) in self.names.iter().enumerate() {
                    @if place == self.place { strong { (place + 1) } } @else { a href=(name) { (place + 1) } }
                    " "
                }
            }
        }
    }
}

/// The rows of one page.
#[derive(Default)]
struct Listed {
    html: String,
    images: usize,
}

/// The rows, page by page: at least one page, which may be empty.
fn parts(rows: &[Row<'_>]) -> Vec<Listed> {
    let mut parts = vec![Listed::default()];
    for row in rows {
        let one = one_row(row).into_string();
        let is_full = |it: &&mut Listed| {
            it.images > 0 && (it.images == ROWS || it.html.len() + one.len() > BYTES)
        };
        match parts.last_mut().filter(|it| !is_full(it)) {
            Some(part) => {
                part.html.push_str(&one);
                part.images += 1;
            }
            None => parts.push(Listed { html: one, images: 1 }),
        }
    }
    parts
}

const fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::Keep | Fate::AlreadyGone => "k",
        Fate::Waits | Fate::Blocked | Fate::Skipped => "o",
        Fate::Deleted | Fate::Archived | Fate::Delete | Fate::Archive | Fate::Failed => "x",
    }
}

fn one_row(row: &Row<'_>) -> Markup {
    let date = |at: Option<jiff::Timestamp>| at.map(day).unwrap_or_default();
    html! {
        tr {
            td {
                @for tag in row.tags.iter().take(TAGS) { (Told(tag)) " " }
                @if row.tags.len() > TAGS { "and " (row.tags.len() - TAGS) " more tags " }
                code { (row.digest) }
            }
            td class=(class(row.fate)) { (row.fate.as_str()) }
            td { (why(row)) }
            td.n { @if let Some(bytes) = row.size_bytes { (sorted_bytes(bytes)) } }
            td.d { (date(row.pushed_at)) }
            td.d { (date(row.pulled_at())) }
            td.d { (date(row.used_at())) }
            td.d { (date(row.goes_at)) }
        }
    }
}

fn why(row: &Row<'_>) -> Markup {
    html! {
        @if let Some(reason) = row.not_deleted { (prose(reason)) }
        @for (place, reason) in row.reasons.iter().enumerate() {
            @if place > 0 { br; }
            b { (Told(&reason.code)) }
            @if reason.evidence.is_empty() { " " (Told(&reason.detail)) }
            @for usage in reason.evidence.iter().take(USED_BY) { " " (Told(&usage.arn)) }
            @if reason.evidence.len() > USED_BY { " and " (number((reason.evidence.len() - USED_BY) as u64)) " more" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;

    #[test]
    fn every_image_is_on_one_page_and_no_page_is_too_long() {
        for images in [0, 1, 2_999, 3_000, 3_001, 7_000] {
            let record = record("dev/app", images);
            let pages = repository_pages(&record);
            assert_eq!(pages.len(), (images as usize).div_ceil(ROWS).max(1), "{images}");
            let names: std::collections::BTreeSet<_> = pages.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), pages.len());
            assert_eq!(pages[0].0, crate::page_name(&record.id()));
            let rows: usize =
                pages.iter().map(|(_, page)| page.matches("<code>sha256:").count()).sum();
            assert_eq!(rows, images as usize);
            for (_, page) in &pages {
                assert!(page.len() < LONGEST_PAGE);
                assert!(
                    pages.len() == 1
                        || names.iter().filter(|name| page.contains(**name)).count() + 1
                            == names.len()
                );
            }
        }
    }

    #[test]
    fn what_is_long_fills_more_pages() {
        let mut record = record("dev/app", 2_000);
        for kept in &mut record.plan.plan.keep {
            kept.reasons[0].detail = "<".repeat(1_000).into();
        }
        let pages = repository_pages(&record);
        assert!(pages.len() > 1);
        assert!(pages.iter().all(|(_, page)| page.len() < LONGEST_PAGE));
    }

    #[test]
    fn each_image_tells_why_it_stays() {
        let (_, page) = repository_pages(&record("dev/app", 10)).remove(0);
        assert!(
            page.contains("<b>newest</b> number 1 of the newest 10000 tagged images"),
            "{page}"
        );
        assert!(page.contains(
            "<b>used-by-ecs-service</b> arn:aws:ecs:eu-west-1:111122223333:service/web/web"
        ));
        assert!(
            page.contains("<td class=\"x\">delete</td>")
                && page.contains("<td class=\"k\">keep</td>")
        );
    }
}
