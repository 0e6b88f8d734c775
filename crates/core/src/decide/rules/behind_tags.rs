//! The rule `behind_tags`: what lies around the oldest image that carries one of the tags.

use super::super::{Facts, Reasons};
use super::no_anchor;
use crate::policy::BehindTags;
use crate::{Reason, ReasonCode};

pub(super) fn keep(facts: &Facts<'_>, rule: &BehindTags, reasons: &mut Reasons) {
    let tagged = || {
        facts.graph.images().filter(|(_, image)| {
            image.tags.iter().any(|tag| rule.tags.iter().any(|pattern| pattern.matches(tag)))
        })
    };
    if let Some((_, image)) = tagged().find(|(_, image)| image.pushed_at.is_none()) {
        let digest = image.digest;
        return no_anchor(
            reasons,
            &format!("{digest} carries one of the tags, and when it was pushed is not known"),
        );
    }
    let Some((_, anchor)) = tagged().next_back() else {
        return no_anchor(reasons, "no image carries any of the tags of `behind_tags`");
    };
    let Some(anchored_at) = anchor.pushed_at else { return };
    let since = rule.within.map_or(anchored_at, |within| within.before(anchored_at));
    let mut before = 0;
    for (at, image) in facts.graph.images() {
        let Some(pushed_at) = image.pushed_at else { continue };
        let counted = pushed_at < anchored_at && facts.graph.is_top_level(at) && {
            before += 1;
            before <= rule.newest
        };
        if counted || pushed_at >= since {
            let detail = format!("pushed {pushed_at}; the anchor is {}", anchor.digest);
            reasons[at].push(Reason::new(ReasonCode::BehindTags, detail));
        }
    }
}
