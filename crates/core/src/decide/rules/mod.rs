//! The rules: what the policy keeps, whoever uses it or not.

mod behind_deployed;
mod behind_tags;
mod counting;
mod releases;
mod single;

pub(super) use behind_deployed::threshold;
pub(super) use counting::{in_words, number, spare};
pub(super) use single::{Within, pushed_within};

use super::{Facts, Reasons};
use crate::{Reason, ReasonCode};

/// Applies every rule but `spare`, which comes after the graph.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    single::keep(facts, reasons);
    let keep = &facts.rule.keep;
    if let Some(newest) = keep.newest {
        counting::newest(facts, newest, reasons);
    }
    if let Some(releases) = keep.releases {
        releases::keep(facts, releases, reasons);
    }
    if let Some(behind_tags) = &keep.behind_tags {
        behind_tags::keep(facts, behind_tags, reasons);
    }
    if let Some(behind_deployed) = keep.behind_deployed {
        behind_deployed::keep(facts, behind_deployed, reasons);
    }
}

/// Keeps everything, as nothing says where a rule should start to count.
fn no_anchor(reasons: &mut Reasons, detail: &str) {
    for reasons in reasons {
        reasons.push(Reason::new(ReasonCode::NoAnchor, detail));
    }
}

#[cfg(test)]
mod tests;
