//! What is in the way, and what mends it.

use std::collections::BTreeMap;

use ecr_sweep_core::{Gap, GapGroup, group_gaps, group_remedies};
use ecr_sweep_protocol::documents::{BlockSummary, RunSummary};
use maud::{Markup, html};

use super::{NAMED, more};
use crate::quantities::{count, number};
use crate::text::{Told, code, prose};

/// How many repositories are named that the same blocks.
const REPOSITORIES: usize = 5;

pub(super) fn blocks(summary: &RunSummary) -> Markup {
    let gaps = summary.gaps();
    let groups = group_gaps(&gaps);
    let remedies = group_remedies(gaps.iter().flat_map(|gap: &Gap| gap.remedies.iter().cloned()));
    let blocked = by_block(summary);
    let is_free = groups.is_empty()
        && blocked.is_empty()
        && summary.failed.is_empty()
        && summary.unread_registries.is_empty();
    if is_free {
        return html! {};
    }
    html! {
        section aria-labelledby="blocks" {
            h2 id="blocks" { "What is in the way" }
            @if !groups.is_empty() {
                h3 { "Not seen, so anything may be used there" }
                ul { @for group in groups.iter().take(NAMED) { li { (Told(group_in_words(group))) } } }
                (more(groups.len()))
            }
            @if !remedies.is_empty() {
                h3 { "What mends it" }
                ul { @for remedy in remedies.iter().take(NAMED) { li { (prose(&remedy.to_string())) } } }
                (more(remedies.len()))
            }
            @if !blocked.is_empty() {
                h3 { "Blocked repositories" }
                ul { @for (block, repositories) in blocked.iter().take(NAMED) { li {
                    (code(block.code)) ": " (prose(&block.detail)) " "
                    span.quiet { (count(repositories.len() as u64, "repository")) ": "
                        @for (place, name) in repositories.iter().take(REPOSITORIES).enumerate() {
                            @if place > 0 { ", " } (Told(name))
                        }
                        @if repositories.len() > REPOSITORIES {
                            " and " (number((repositories.len() - REPOSITORIES) as u64)) " more"
                        }
                    }
                } } }
                (more(blocked.len()))
            }
            @if !summary.unread_registries.is_empty() {
                h3 { "Registries that could not be read" }
                ul { @for it in summary.unread_registries.iter().take(NAMED) {
                    li { (prose(&it.unread.in_words(&it.place()))) }
                } }
                (more(summary.unread_registries.len()))
            }
            @if !summary.failed.is_empty() {
                h3 { "Failed" }
                ul { @for it in summary.failed.iter().take(NAMED) {
                    li { (code(it.id())) ": " (code(&it.error)) ": " (prose(&it.message)) }
                } }
                (more(summary.failed.len()))
            }
        }
    }
}

fn group_in_words(group: &GapGroup) -> String {
    group.with_sources()
}

/// What blocks, with the repositories that it blocks; the most frequent first.
fn by_block(summary: &RunSummary) -> Vec<(&BlockSummary, Vec<String>)> {
    let mut by_block: BTreeMap<&BlockSummary, Vec<String>> = BTreeMap::new();
    for repository in &summary.repositories {
        for block in &repository.blocked {
            by_block.entry(block).or_default().push(repository.id().to_string());
        }
    }
    let mut blocked: Vec<_> = by_block.into_iter().collect();
    blocked.sort_by_key(|(_, repositories)| std::cmp::Reverse(repositories.len()));
    blocked
}
