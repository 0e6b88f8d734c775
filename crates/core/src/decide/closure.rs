//! Keeps what a kept image needs: the children of indexes, and all that refers to it.

use super::{Facts, Reasons, archive};
use crate::{Reason, ReasonCode};

/// Gives what the graph keeps its reasons. Can be called again after more was kept. What only waits in
/// the archive keeps nothing.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    let is_kept = |reasons: &Vec<Reason>| !reasons.is_empty() && !archive::only_waits(reasons);
    let mut kept: Vec<bool> = reasons.iter().map(is_kept).collect();
    facts.graph.close(&mut kept);
    for at in (0..kept.len()).filter(|at| kept[*at]) {
        let digest = facts.graph.image(at).digest;
        for child in facts.graph.children(at) {
            add(reasons, *child, ReasonCode::ChildOfKeptIndex, || format!("{digest} lists it"));
        }
        for referrer in facts.graph.referrers(at) {
            add(reasons, *referrer, ReasonCode::ReferrerOfKeptImage, || {
                format!("it refers to {digest}")
            });
        }
    }
}

/// One reason a code: the first, which is the newest image's, stands for all.
fn add(reasons: &mut Reasons, at: usize, code: ReasonCode, detail: impl FnOnce() -> String) {
    if !reasons[at].iter().any(|reason| reason.code == code) {
        reasons[at].push(Reason::new(code, detail()));
    }
}
