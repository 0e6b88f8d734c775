//! What a channel hears of its own repositories.

use std::collections::BTreeMap;

use ecr_sweep_core::Freed;
use ecr_sweep_core::wording::plural;
use ecr_sweep_protocol::documents::{RepositorySummary, RunSummary};

use super::{Addresses, Message, NOT_KNOWN, apart, at_the_end, left_of, lines, next};

/// How many lines a section has: a channel is told of each of its repositories.
const NAMED: usize = 200;

/// When it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) enum Owned {
    /// While a plan waits for an answer.
    Asked,
    /// At the end.
    Ended,
}

/// What each channel of Slack hears that the policy or an owner names. One of whose repositories there is
/// nothing to tell hears nothing.
pub(in crate::functions) fn owned(
    summary: &RunSummary,
    when: Owned,
    addresses: &Addresses<'_>,
) -> BTreeMap<Box<str>, Message> {
    let mut by_channel: BTreeMap<&str, Vec<&RepositorySummary>> = BTreeMap::new();
    for row in &summary.repositories {
        for channel in &row.notify {
            by_channel.entry(channel).or_default().push(row);
        }
    }
    let messages = by_channel.into_iter().filter_map(|(channel, rows)| {
        Some((channel.into(), message(summary, when, &rows, addresses)?))
    });
    messages.collect()
}

fn message(
    summary: &RunSummary,
    when: Owned,
    rows: &[&RepositorySummary],
    addresses: &Addresses<'_>,
) -> Option<Message> {
    let is_over = when == Owned::Ended && !summary.dry_run;
    let sections = [
        ("To be deleted, if somebody approves", planned(rows, when == Owned::Asked)),
        ("Could go", planned(rows, when == Owned::Ended && summary.dry_run)),
        ("Deleted", if is_over { went(rows) } else { Vec::new() }),
        ("Still there", if is_over { left(rows, false) } else { Vec::new() }),
        (NOT_KNOWN, if is_over { left(rows, true) } else { Vec::new() }),
        ("Goes on", goes_on(rows)),
        ("Blocked", blocked(rows)),
    ];
    let mut text = String::new();
    for (title, told) in sections {
        lines(&mut text, title, NAMED, told.into_iter());
    }
    if text.is_empty() || (when == Owned::Asked && planned(rows, true).is_empty()) {
        return None;
    }
    let blocked = rows.iter().filter(|it| !it.blocked.is_empty()).count();
    let head =
        format!("run           {}\nrepositories  {}, blocked {blocked}\n", summary.run, rows.len());
    let mut text = format!("{head}{text}{}", at_the_end(addresses));
    lines(&mut text, "Next", NAMED, std::iter::once(next::show(&summary.run, addresses)));
    Some(Message { subject: subject(summary, when, rows), text })
}

fn subject(summary: &RunSummary, when: Owned, rows: &[&RepositorySummary]) -> String {
    let sum = |of: fn(&RepositorySummary) -> u64| rows.iter().map(|it| of(it)).sum::<u64>();
    let planned = sum(|it| it.plan.deleted());
    let freed = |of: fn(&RepositorySummary) -> Freed| {
        rows.iter().map(|it| of(it)).fold(Freed::default(), Freed::and)
    };
    let images = |number| format!("{number} {} of your repositories", plural(number, "image"));
    let what = match (when, summary.dry_run) {
        (Owned::Asked, _) => format!("{} to be deleted, if somebody approves", images(planned)),
        (Owned::Ended, true) => {
            let freed = freed(|it| it.plan.frees());
            format!("dry run: {} could go, {freed}", images(planned))
        }
        (Owned::Ended, false) => format!(
            "{} deleted, {}",
            images(sum(|it| it.outcomes.deleted)),
            freed(|it| it.outcomes.frees())
        ),
    };
    format!("ecr-sweep: {what}")
}

fn planned(rows: &[&RepositorySummary], is_told: bool) -> Vec<String> {
    let going = rows.iter().filter(|it| is_told && it.plan.delete > 0);
    let line = |it: &&RepositorySummary| {
        let archive = apart(it.plan.archive, "archived first");
        let (deleted, images) = (it.plan.deleted(), it.plan.images);
        let freed = it.plan.frees();
        format!("{}: {deleted} of {images} images, {freed}{archive}", it.id())
    };
    going.map(line).collect()
}

fn went(rows: &[&RepositorySummary]) -> Vec<String> {
    let gone = rows.iter().filter(|it| it.outcomes.changed() > 0);
    let line = |it: &&RepositorySummary| {
        let archive = apart(it.outcomes.archived, "archived");
        let (deleted, images) = (it.outcomes.deleted, it.plan.images);
        let freed = it.outcomes.frees();
        format!("{}: {deleted} of {images} images, {freed}{archive}", it.id())
    };
    gone.map(line).collect()
}

/// What did not go, or of which that is not known.
fn left(rows: &[&RepositorySummary], is_unknown: bool) -> Vec<String> {
    rows.iter().flat_map(|it| left_of(it, is_unknown)).collect()
}

/// By day, and in a day by repository.
fn goes_on(rows: &[&RepositorySummary]) -> Vec<String> {
    let mut days: Vec<_> = rows
        .iter()
        .flat_map(|it| it.goes_on.iter().map(|day| (day.on, it.id(), day.images)))
        .collect();
    days.sort();
    let line = |(on, id, images)| format!("{on}: {id}: {images} images that wait until then");
    days.into_iter().map(line).collect()
}

fn blocked(rows: &[&RepositorySummary]) -> Vec<String> {
    let blocks = rows.iter().flat_map(|it| it.blocked.iter().map(move |block| (it, block)));
    blocks.map(|(it, block)| format!("{}: {}: {}", it.id(), block.code, block.detail)).collect()
}
