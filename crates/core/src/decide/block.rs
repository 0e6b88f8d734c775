//! What blocks a whole repository: something is unknown, or too much would go.

use jiff::Timestamp;

use super::{Facts, Reasons, elsewhere, limit};
use crate::evidence::NotScanned;
use crate::wording::First;
use crate::{Admitted, Block, BlockCode, Role, Usage};

/// How many causes a block's text names; the coverage and the warnings have them all.
const NAMED_CAUSES: usize = 5;

/// Every block that holds. None where nothing would be deleted.
pub(super) fn find(facts: &Facts<'_>, reasons: &Reasons) -> Vec<Block> {
    let would_delete = facts.not_kept_digests(reasons);
    if would_delete.is_empty() {
        return Vec::new();
    }
    let over_limit = limit::exceeded(facts, would_delete.len()).into_iter();
    let over_limit = over_limit.chain(elsewhere::blocks(facts, BlockCode::OverLimit)).collect();
    unknown(facts, reasons)
        .into_iter()
        .chain([(BlockCode::OverLimit, over_limit)])
        .filter(|(_, causes)| !causes.is_empty())
        .map(|(code, causes)| Block {
            code,
            detail: in_words(&causes).into(),
            would_delete: would_delete.clone(),
        })
        .collect()
}

/// Whether something unknown blocks the repository, or would if anything were deleted there.
pub(super) fn is_uncertain(facts: &Facts<'_>, reasons: &Reasons) -> bool {
    unknown(facts, reasons).iter().any(|(_, causes)| !causes.is_empty())
}

/// What is not known, in words: what blocks the repository, or would if anything were deleted there.
pub(super) fn unknown_in_words(facts: &Facts<'_>, reasons: &Reasons) -> Vec<(BlockCode, Box<str>)> {
    unknown(facts, reasons)
        .into_iter()
        .filter(|(_, causes)| !causes.is_empty())
        .map(|(code, causes)| (code, in_words(&causes).into()))
        .collect()
}

/// What is not known, by the block that it makes, here and where deletions go.
fn unknown(facts: &Facts<'_>, reasons: &Reasons) -> [(BlockCode, Vec<String>); 5] {
    [
        (BlockCode::IncompleteUsage, incomplete_usage(facts)),
        (BlockCode::ManifestUnreadable, unreadable(facts)),
        (BlockCode::UnresolvedDeployment, unresolved(facts, reasons)),
        (BlockCode::UnscannedConsumer, unscanned(facts)),
        (BlockCode::RegistryUnreadable, registry_unreadable(facts)),
    ]
    .map(|(code, mut causes)| {
        causes.extend(elsewhere::blocks(facts, code));
        (code, causes)
    })
}

fn in_words(causes: &[String]) -> String {
    First::of(NAMED_CAUSES, causes).joined("; ")
}

fn incomplete_usage(facts: &Facts<'_>) -> Vec<String> {
    facts.evidence.gaps.iter().map(ToString::to_string).collect()
}

fn registry_unreadable(facts: &Facts<'_>) -> Vec<String> {
    facts.evidence.unread.map(|unread| unread.in_words(facts.registry)).into_iter().collect()
}

fn unreadable(facts: &Facts<'_>) -> Vec<String> {
    facts
        .graph
        .images()
        .filter(|(_, image)| image.is_unreadable())
        .map(|(_, image)| {
            format!("{} may list other images, and which ones is not known", image.digest)
        })
        .collect()
}

/// Running deployments by a tag of which nobody can tell which image it was when they started.
///
/// Only a deployment's own row tells: what another consumer resolved the same tag to may be of
/// another time.
fn unresolved(facts: &Facts<'_>, reasons: &Reasons) -> Vec<String> {
    let mut causes: Vec<String> = facts
        .evidence
        .named
        .iter()
        .filter(|named| named.usage.kind.role() == Role::Deploys)
        .filter(|named| named.digest.is_none() && named.usage.resolved.is_none())
        .filter_map(|named| {
            let deployed_at = named.usage.deployed_at?;
            let doubt = doubt(facts, reasons, named.tag?, deployed_at)?;
            let Usage { arn, reference, .. } = named.usage;
            Some(format!("{arn} runs {reference} since {deployed_at}, and {doubt}"))
        })
        .collect();
    causes.sort();
    causes.dedup();
    causes
}

/// Why a deployment may run an image that would go, and not the one that its tag is on now.
fn doubt(
    facts: &Facts<'_>,
    reasons: &Reasons,
    tag: &str,
    deployed_at: Timestamp,
) -> Option<&'static str> {
    let mut images = facts.graph.images();
    let goes_from = |after: Option<Timestamp>| {
        let mut not_kept = facts.not_kept(reasons);
        not_kept.any(|at| {
            facts.graph.image(at).pushed_at.is_some_and(|pushed_at| {
                pushed_at <= deployed_at
                    && after.is_none_or(|after| {
                        // What is deployed by a tag is neither a child nor a referrer: a tag that
                        // was on one would be of another kind.
                        pushed_at > after
                            && !facts.graph.is_child(at)
                            && !facts.graph.is_referrer(at)
                    })
            })
        })
    };
    match images.find(|(_, image)| image.tags.iter().any(|own| **own == *tag)) {
        None => goes_from(None).then_some("the tag is on no image now"),
        Some((_, image)) => match image.pushed_at {
            None => Some("nobody knows when the image was pushed that has the tag now"),
            Some(pushed_at) if pushed_at > deployed_at => Some("the tag is now on a later image"),
            Some(pushed_at) => goes_from(Some(pushed_at))
                .then_some("the tag may have been put back on an older image since"),
        },
    }
}

fn unscanned(facts: &Facts<'_>) -> Vec<String> {
    let mut causes: Vec<String> = facts
        .evidence
        .not_scanned(facts.registry, &facts.repository.allows, facts.policy)
        .map(|missed| match missed {
            NotScanned::Admitted(Admitted::Account(account)) => {
                format!("account {account} may pull, and its usage was not looked at")
            }
            NotScanned::Admitted(Admitted::Organization) => {
                "the whole organization may pull, and its usage was not looked at".to_owned()
            }
            NotScanned::Admitted(Admitted::Public) => {
                "everybody may pull, and nobody can look at everybody's usage".to_owned()
            }
            NotScanned::Reached(account) => format!(
                "deletions here go to a registry of account {account}, too, and its usage was not \
                 looked at"
            ),
        })
        .collect();
    causes.sort();
    causes.dedup();
    causes
}
