//! What was not seen: sources and places, those with the same reason in one line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter};

use ecr_sweep_core::{Gap, ScanPlace, Source};

use super::notes;
use super::styles::BLOCKED;

/// Gaps with all that their reader is shown.
pub struct Unseen<'a>(pub &'a [Gap]);

impl fmt::Display for Unseen<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        section(f, self.0)
    }
}

/// Everything that was not seen. Nothing where all was.
pub fn section(f: &mut Formatter<'_>, gaps: &[Gap]) -> fmt::Result {
    let mut places: BTreeMap<(Source, &str), BTreeSet<Option<&ScanPlace>>> = BTreeMap::new();
    for gap in gaps {
        places.entry((gap.source, &gap.reason)).or_default().insert(gap.place.as_ref());
    }
    let mut sources: BTreeMap<(&str, BTreeSet<Option<&ScanPlace>>), Vec<String>> = BTreeMap::new();
    for ((source, reason), places) in places {
        sources.entry((reason, places)).or_default().push(source.to_string());
    }
    let rows = sources
        .into_iter()
        .map(|((reason, places), sources)| {
            (notes::names(&sources), format!("{}: {reason}", in_words(&places)))
        })
        .collect();
    notes::section(f, "Not seen, so anything may be used there", BLOCKED, rows)
}

fn in_words(places: &BTreeSet<Option<&ScanPlace>>) -> String {
    match places.first() {
        Some(Some(place)) if places.len() == 1 => place.to_string(),
        Some(Some(_)) => format!("{} accounts and Regions", places.len()),
        _ => "everywhere".to_owned(),
    }
}
