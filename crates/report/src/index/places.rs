//! Where it goes: by account, and by repository.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Account, Freed, RepositoryId};
use ecr_sweep_protocol::documents::{RepositorySummary, RunSummary, RunTotals};
use maud::{Markup, PreEscaped, html};

use super::link;
use crate::LONGEST_PAGE;
use crate::bars::{bar, key};
use crate::list::{First, List, column, plain};
use crate::quantities::{count, number, sorted_bytes, sorted_number};

/// How many repositories the list has at most. It is a page of some 4 MB then.
const LISTED: usize = 6_000;

/// How many bytes of rows the list has at most, where names are long: the rest of the page is far less than the
/// rest of these.
const BYTES: usize = LONGEST_PAGE / 5 * 4;

/// How many repositories have a bar: those of others would be too short to be seen.
const BARS: usize = 200;

/// How many accounts are shown.
const ACCOUNTS: usize = 100;

fn goes(summary: &RunSummary, it: &RepositorySummary) -> (u64, u64) {
    if summary.dry_run {
        (it.plan.delete, it.plan.frees().bytes)
    } else {
        (it.outcomes.changed(), it.outcomes.frees().bytes)
    }
}

/// The column of what is freed: at most, unless it is known of all.
fn frees(summary: &RunSummary) -> &'static str {
    let RunTotals { plan, outcomes, .. } = &summary.totals;
    let freed = if summary.dry_run { plan.freed } else { outcomes.freed };
    if freed.is_some_and(Freed::is_exact) { "Frees" } else { "Frees at most" }
}

const fn verb(summary: &RunSummary) -> &'static str {
    if summary.dry_run { "would go" } else { "went" }
}

/// What stays of a repository: what went was there when it was planned.
fn stays(summary: &RunSummary, it: &RepositorySummary) -> u64 {
    let all = it.plan.keep_bytes.saturating_add(it.plan.delete_bytes);
    all.saturating_sub(goes(summary, it).1)
}

#[derive(Default)]
struct Sum {
    repositories: u64,
    images: u64,
    goes: u64,
    goes_bytes: u64,
    stays_bytes: u64,
}

pub(super) fn accounts(summary: &RunSummary) -> Markup {
    let mut sums: BTreeMap<&Account, Sum> = BTreeMap::new();
    for it in &summary.repositories {
        let sum = sums.entry(&it.account).or_default();
        let (images, bytes) = goes(summary, it);
        sum.repositories += 1;
        sum.images += it.plan.images;
        sum.goes += images;
        sum.goes_bytes = sum.goes_bytes.saturating_add(bytes);
        sum.stays_bytes = sum.stays_bytes.saturating_add(stays(summary, it));
    }
    if sums.len() < 2 {
        return html! {};
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(account, sum)| (Reverse(sum.goes_bytes), *account));
    let largest = sums.iter().map(|(_, it)| it.goes_bytes.saturating_add(it.stays_bytes)).max();
    let rows = html! { @for (account, it) in sums.iter().take(ACCOUNTS) { tr {
        td.d { (account) }
        td.n { (number(it.repositories)) }
        td.n { (number(it.images)) }
        td.n { (number(it.goes)) }
        td.n { (sorted_bytes(it.goes_bytes)) }
        td.n { (sorted_bytes(it.stays_bytes)) }
        td.name { (bar(it.goes_bytes, it.stays_bytes, largest.unwrap_or(0))) }
    } } };
    html! {
        section aria-labelledby="accounts" {
            h2 id="accounts" { "By account" }
            (key(verb(summary)))
            (plain("Accounts", &[
                ("Account", "d"), ("Repositories", "n"), ("Images", "n"), ("Go", "n"),
                (frees(summary), "n"), ("Stays at most", "n"), ("Of the largest", "name"),
            ], &rows))
            @if sums.len() > ACCOUNTS {
                p.quiet { "The " (number((sums.len() - ACCOUNTS) as u64)) " accounts where least goes are not shown." }
            }
        }
    }
}

pub(super) fn repositories(summary: &RunSummary, pages: &BTreeSet<RepositoryId>) -> Markup {
    if summary.repositories.is_empty() {
        return html! {};
    }
    let mut listed: Vec<&RepositorySummary> = summary.repositories.iter().collect();
    listed.sort_by_key(|it| {
        let (images, bytes) = goes(summary, it);
        (Reverse(bytes), Reverse(images), Reverse(it.plan.would_delete))
    });
    let all = |it: &RepositorySummary| it.plan.keep_bytes.saturating_add(it.plan.delete_bytes);
    let largest = listed.iter().map(|it| all(it)).max().unwrap_or(0);
    let columns = [
        column("Repository", "i", First::Smallest),
        column("State", "d t", First::Smallest),
        column("Images", "n", First::Largest),
        column(if summary.dry_run { "Would go" } else { "Went" }, "n", First::Largest),
        column(frees(summary), "n", First::Largest),
        column("Stays at most", "n", First::Largest),
        column("Of the largest", "b", First::Never),
        column("Waits", "n", First::Largest),
    ];
    let (mut rows, mut shown) = (String::new(), 0);
    for it in listed.iter().take(LISTED) {
        let one = row(summary, it, (shown < BARS).then_some(largest), pages).into_string();
        if rows.len() + one.len() > BYTES {
            break;
        }
        rows.push_str(&one);
        shown += 1;
    }
    let list = List {
        id: "repositories-tools",
        label: "List of repositories",
        class: "repositories",
        columns: &columns,
        choices: &["blocked", "planned", "nothing to do"],
    };
    html! {
        section aria-labelledby="repositories" {
            h2 id="repositories" { "By repository" }
            (key(verb(summary)))
            (list.of(&PreEscaped(&rows)))
            @if listed.len() > shown {
                p.quiet { "The " (count((listed.len() - shown) as u64, "repository")) " of which least goes are not \
                    listed here; " code { "summary.csv" } " of the run has all." }
            }
        }
    }
}

/// A repository; with a bar, where it is told what the largest has.
fn row(
    summary: &RunSummary,
    it: &RepositorySummary,
    largest: Option<u64>,
    pages: &BTreeSet<RepositoryId>,
) -> Markup {
    let (images, bytes) = goes(summary, it);
    let id = it.id();
    html! {
        tr {
            td.name { (link(&id, pages)) br; span.quiet { (id.registry) } }
            td.d { (state(it)) }
            td.n { (sorted_number(it.plan.images)) }
            td.n { (sorted_number(images)) }
            td.n { (sorted_bytes(bytes)) }
            td.n { (sorted_bytes(stays(summary, it))) }
            td { @if let Some(largest) = largest { (bar(bytes, stays(summary, it), largest)) } }
            td.n { (sorted_number(it.goes_on.iter().map(|day| day.images).sum())) }
        }
    }
}

fn state(it: &RepositorySummary) -> Markup {
    html! {
        @if !it.blocked.is_empty() { span.o { "blocked" } }
        @else if it.plan.delete > 0 { "planned" }
        @else { span.quiet { "nothing to do" } }
    }
}
