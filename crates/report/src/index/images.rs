//! The images that a person looks at first.

use std::collections::BTreeSet;

use ecr_sweep_core::{Bytes, RepositoryId};
use ecr_sweep_protocol::report::{Report, ReportedImage};
use maud::{Markup, html};

use super::link;
use crate::list::plain;
use crate::quantities::{count, day};
use crate::text::{Told, code};

/// How many tags of an image are named.
const TAGS: usize = 3;

pub(super) fn going(report: &Report, pages: &BTreeSet<RepositoryId>) -> Markup {
    html! {
        @if !report.biggest.is_empty() {
            section aria-labelledby="biggest" {
                h2 id="biggest" { "The biggest that go" }
                (table("The biggest images that go", &report.biggest, pages))
            }
        }
        @if !report.oldest.is_empty() {
            section aria-labelledby="oldest" {
                h2 id="oldest" { "The oldest that go" }
                (table("The oldest images that go", &report.oldest, pages))
            }
        }
    }
}

pub(super) fn never_pulled(report: &Report, pages: &BTreeSet<RepositoryId>) -> Markup {
    let never = &report.never_pulled;
    if never.images == 0 {
        return html! {};
    }
    html! {
        section aria-labelledby="never-pulled" {
            h2 id="never-pulled" { "Used, and never pulled" }
            p { "Something names " (count(never.images, "image")) " that nobody has pulled yet, as far as the registry \
                knows. They stay. What names them may be as unused as they are." }
            (table("Images that are used and were never pulled", &never.biggest, pages))
        }
    }
}

fn table(label: &str, images: &[ReportedImage], pages: &BTreeSet<RepositoryId>) -> Markup {
    let heads = [("Image", "name"), ("Size", "n"), ("Pushed", "d"), ("Last pull", "d")];
    let date = |at: Option<jiff::Timestamp>| at.map(day).unwrap_or_default();
    plain(
        label,
        &heads,
        &html! { @for it in images {
            @let id = it.repository_id();
            tr {
                td.name {
                    (link(&id, pages)) " "
                    @for tag in it.tags.iter().take(TAGS) { strong { (Told(tag)) } " " }
                    @if it.tags.len() > TAGS { span.quiet { "and " (it.tags.len() - TAGS) " more " } }
                    br; span.quiet { (id.registry) " " (code(it.digest)) }
                }
                td.n { @if let Some(bytes) = it.size_bytes { (Bytes(bytes)) } }
                td.d { (date(it.pushed_at)) }
                td.d { (date(it.pulled_at)) }
            }
        } },
    )
}
