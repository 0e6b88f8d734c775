//! What is different from the run before.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::documents::{RepositorySummary, RunSummary};

/// Which run that was, and its day, in UTC.
pub(super) fn since(before: &RunSummary) -> String {
    format!("Since {} ({})", before.run, before.started_at.strftime("%Y-%m-%d"))
}

/// What is different, in lines: the numbers first, then each repository. At least one.
pub(super) fn changes(before: &RunSummary, now: &RunSummary) -> impl Iterator<Item = String> {
    let numbers = |it: &RunSummary| {
        let totals = &it.totals;
        [
            ("images", totals.plan.images),
            ("images planned to go", totals.plan.delete),
            ("repositories", totals.repositories),
            ("blocked repositories", totals.blocked),
            ("repositories that failed", it.failed.len() as u64),
            ("sources not seen whole", it.gaps().len() as u64),
        ]
    };
    let mut lines: Vec<String> = numbers(before)
        .into_iter()
        .zip(numbers(now))
        .filter_map(|((what, was), (_, is))| number(what, was, is))
        .collect();
    let mut rows: BTreeMap<RepositoryId, Sides<'_>> = BTreeMap::new();
    for row in &before.repositories {
        rows.entry(row.id()).or_default().then = Some(row);
    }
    for row in &now.repositories {
        rows.entry(row.id()).or_default().now = Some(row);
    }
    lines.extend(rows.iter().filter_map(|(id, it)| Some(format!("{id}: {}", it.change()?))));
    if lines.is_empty() {
        lines.push("nothing has changed".to_owned());
    }
    lines.into_iter()
}

fn number(what: &str, was: u64, is: u64) -> Option<String> {
    let more_or_fewer = match is.cmp(&was) {
        Ordering::Equal => return None,
        Ordering::Greater => "more",
        Ordering::Less => "fewer",
    };
    Some(format!("{what}: {is}, {} {more_or_fewer}", is.abs_diff(was)))
}

/// A repository in both runs, or in one.
#[derive(Default)]
struct Sides<'a> {
    then: Option<&'a RepositorySummary>,
    now: Option<&'a RepositorySummary>,
}

impl Sides<'_> {
    fn change(&self) -> Option<String> {
        let codes = |it: &RepositorySummary| {
            let mut codes: Vec<String> = it.blocked.iter().map(|it| it.code.to_string()).collect();
            codes.sort();
            codes.dedup();
            codes
        };
        let (then, now) = match (self.then, self.now) {
            (Some(then), Some(now)) => (codes(then), codes(now)),
            // Whether it is gone, or could not be planned, another section tells.
            (_, None) => return Some("planned then, and not now".to_owned()),
            (None, Some(now)) if now.blocked.is_empty() => return Some("new".to_owned()),
            (None, Some(now)) => {
                return Some(format!("new, and blocked: {}", codes(now).join(", ")));
            }
        };
        if then == now {
            return None;
        }
        if now.is_empty() {
            return Some("no longer blocked".to_owned());
        }
        Some(format!("blocked now: {}", now.join(", ")))
    }
}
