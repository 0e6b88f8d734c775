//! What was seen that can name images, and what was not.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Coverage, CoverageStatus, Policy, Source, Usage};

use super::super::draft::Draft;

/// So many of those that were not seen are told.
const TOLD: usize = 10;

/// With comments that tell, and rows that would turn off what was not seen, for who can say why.
pub(super) fn tell(draft: Draft, usage: &[Usage], coverage: &Coverage) -> Draft {
    let mut references: BTreeMap<Source, usize> = BTreeMap::new();
    for row in usage {
        *references.entry(row.kind.source()).or_default() += 1;
    }
    let gaps = coverage.gaps(&Policy::default());
    let unseen: BTreeSet<Source> = gaps.iter().map(|gap| gap.source).collect();
    let off: BTreeSet<Source> = coverage
        .except
        .iter()
        .filter(|row| row.status == CoverageStatus::Off)
        .map(|row| row.source)
        .collect();
    let found: Vec<String> =
        references.iter().map(|(source, count)| format!("{source} {count}")).collect();
    let is_empty = |source: &Source| {
        !references.contains_key(source)
            && !unseen.contains(source)
            && !off.contains(source)
            && !source.facts().is_handed_in
    };
    let empty: Vec<String> =
        Source::ALL.iter().filter(|it| is_empty(it)).map(Source::to_string).collect();
    let mut told = Vec::new();
    if found.is_empty() {
        told.push("Nothing was found that names an image.".to_owned());
    } else {
        told.push(format!("Found, with so many references to images: {}.", found.join(", ")));
    }
    if !empty.is_empty() {
        told.push(format!("Looked at, and nothing there names an image: {}.", empty.join(", ")));
    }
    if !off.is_empty() {
        let off: Vec<_> = off.iter().map(Source::to_string).collect();
        told.push(format!("Not looked at everywhere, as somebody said: {}.", off.join(", ")));
    }
    if unseen.is_empty() {
        return draft.set("", told);
    }
    told.push(
        "Not seen whole. Until these are seen, or are `off` for a reason, nothing is deleted that \
         they could pull:"
            .to_owned(),
    );
    let gaps: BTreeSet<String> = gaps.iter().map(ToString::to_string).collect();
    told.extend(First::of(TOLD, gaps).lines());
    told.push("Where nothing there uses images:".to_owned());
    let row = |source: &Source| format!("#     - {{ source: {source}, reason: \"...\" }}");
    let rows: Vec<String> = unseen.iter().map(row).collect();
    draft.set(format!("# scope:\n#   off:\n{}", rows.join("\n")), told)
}
