//! What blocks a whole repository: something is unknown, or too much would go.

use super::{Facts, Reasons, limit};
use crate::wording::First;
use crate::{Admitted, Block, BlockCode, Digest, Role};

/// How many causes a block's text names; the coverage and the warnings have them all.
const NAMED_CAUSES: usize = 5;

/// Every block that holds. None where nothing would be deleted.
pub(super) fn find(facts: &Facts<'_>, reasons: &Reasons) -> Vec<Block> {
    let would_delete = facts.not_kept_digests(reasons);
    if would_delete.is_empty() {
        return Vec::new();
    }
    let over_limit = limit::exceeded(facts, would_delete.len()).into_iter().collect();
    unknown(facts)
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
pub(super) fn is_uncertain(facts: &Facts<'_>) -> bool {
    unknown(facts).iter().any(|(_, causes)| !causes.is_empty())
}

/// What is not known, by the block that it makes.
fn unknown(facts: &Facts<'_>) -> [(BlockCode, Vec<String>); 4] {
    [
        (BlockCode::IncompleteUsage, incomplete_usage(facts)),
        (BlockCode::ManifestUnreadable, unreadable(facts)),
        (BlockCode::UnresolvedDeployment, unresolved(facts)),
        (BlockCode::UnscannedConsumer, unscanned(facts)),
    ]
}

fn in_words(causes: &[String]) -> String {
    First::of(NAMED_CAUSES, causes).joined("; ")
}

fn incomplete_usage(facts: &Facts<'_>) -> Vec<String> {
    facts.evidence.gaps.iter().map(ToString::to_string).collect()
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

/// A running deployment by a tag that has moved since, where nothing says which image it was.
fn unresolved(facts: &Facts<'_>) -> Vec<String> {
    let mut causes: Vec<String> = facts
        .evidence
        .named
        .iter()
        .filter(|named| named.usage.kind.role() == Role::Deploys)
        .filter(|named| named.digest.is_none() && named.usage.resolved.is_none())
        .filter_map(|named| {
            let deployed_at = named.usage.deployed_at?;
            let (_, image) = facts
                .graph
                .images()
                .find(|(_, image)| image.tags.iter().any(|tag| Some(&**tag) == named.tag))?;
            let moved = image.pushed_at.is_none_or(|pushed_at| pushed_at > deployed_at);
            (moved && !is_resolved_elsewhere(facts, named, deployed_at)).then(|| {
                format!(
                    "{} runs {} since {deployed_at}, and the tag is now on a later image",
                    named.usage.arn, named.usage.reference
                )
            })
        })
        .collect();
    causes.sort();
    causes.dedup();
    causes
}

/// Whether another row of the same reference resolved it to an image that the deployment can have
/// started from: one of this repository, pushed before it. A later deployment of the same tag
/// does not tell.
fn is_resolved_elsewhere(
    facts: &Facts<'_>,
    deployment: &crate::Named<'_>,
    deployed_at: jiff::Timestamp,
) -> bool {
    let could_have_run = |digest: Digest| {
        facts.graph.find(digest).is_some_and(|at| {
            let pushed_at = facts.graph.image(at).pushed_at;
            pushed_at.is_some_and(|pushed_at| pushed_at <= deployed_at)
        })
    };
    facts.evidence.named.iter().any(|named| {
        named.tag == deployment.tag && named.usage.resolved.is_some_and(could_have_run)
    })
}

fn unscanned(facts: &Facts<'_>) -> Vec<String> {
    let mut causes: Vec<String> = facts
        .evidence
        .not_scanned(facts.registry, &facts.repository.allows, facts.policy)
        .map(|admitted| match admitted {
            Admitted::Account(account) => {
                format!("account {account} may pull, and its usage was not looked at")
            }
            Admitted::Organization => {
                "the whole organization may pull, and its usage was not looked at".to_owned()
            }
            Admitted::Public => {
                "everybody may pull, and nobody can look at everybody's usage".to_owned()
            }
        })
        .collect();
    causes.sort();
    causes.dedup();
    causes
}
