//! Keeps what is used, by tag, by digest, and by a digest that is used elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Facts, Reasons};
use crate::wording::First;
use crate::{Reason, ReasonCode, Usage, UsageKind};

/// Gives every used image its evidence, and keeps every index that lists a used image: a rollback
/// names the index.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    let mut by_tag: HashMap<&str, Vec<&Usage>> = HashMap::new();
    for named in &facts.evidence.named {
        if let Some(tag) = named.tag {
            by_tag.entry(tag).or_default().push(named.usage);
        }
    }
    let mut open = Vec::new();
    for (at, image) in facts.graph.images() {
        let by_tag = image.tags.iter().filter_map(|tag| by_tag.get(&**tag)).flatten().copied();
        let rows: BTreeSet<&Usage> = by_tag.chain(facts.evidence.of_digest(image.digest)).collect();
        if !rows.is_empty() {
            reasons[at].extend(used_by(rows));
            open.push(at);
        }
    }
    keep_indexes(facts, open, reasons);
}

fn used_by(rows: BTreeSet<&Usage>) -> impl Iterator<Item = Reason> {
    let mut by_kind: BTreeMap<&UsageKind, Vec<Usage>> = BTreeMap::new();
    for usage in rows {
        by_kind.entry(&usage.kind).or_default().push(usage.clone());
    }
    let by_kind: Vec<_> = by_kind.into_iter().map(|(kind, rows)| (kind.clone(), rows)).collect();
    by_kind.into_iter().map(|(kind, evidence)| Reason {
        detail: in_words(&evidence).into(),
        code: ReasonCode::UsedBy(kind),
        evidence,
    })
}

fn in_words(evidence: &[Usage]) -> String {
    let names = |usage: &Usage| {
        let Usage { arn, account, region, reference, .. } = usage;
        format!("{arn} in {account}/{region} names {reference}")
    };
    First::of(1, evidence).map(names).joined(", ")
}

fn keep_indexes(facts: &Facts<'_>, mut open: Vec<usize>, reasons: &mut Reasons) {
    let mut lists_used: BTreeMap<usize, usize> = BTreeMap::new();
    while let Some(used) = open.pop() {
        for index in facts.graph.listed_by(used) {
            lists_used.entry(*index).and_modify(|first| *first = used.min(*first)).or_insert_with(
                || {
                    open.push(*index);
                    used
                },
            );
        }
    }
    for (index, used) in lists_used {
        let used = facts.graph.image(used).digest;
        reasons[index].push(Reason::new(
            ReasonCode::IndexOfUsedImage,
            format!("it lists {used}, which is used; a rollback may name the index"),
        ));
    }
}
