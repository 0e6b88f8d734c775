//! Why images stay or go, from what a run has stored.

use std::collections::HashSet;

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{
    BlockSummary, MatchedRepository, RunId, Stage, StoredPlan, V1, keys,
};
use ecr_sweep_protocol::runs::{RunExplanation, RunVerdict};

use crate::run::documents::find_document;
use crate::{StepError, find_receipts};

/// What a run says of the images of some repositories that are meant: by their digest, and the tags
/// that its plan has stored. What is blocked has no tags there.
pub async fn explain_stored(
    store: &dyn RunStore,
    run: &RunId,
    repositories: &[MatchedRepository],
    is_meant: impl Fn(Digest, &[Box<str>]) -> bool,
) -> Result<Vec<RunExplanation>, StepError> {
    let mut explanations = Vec::new();
    for matched in repositories {
        let id = matched.id();
        let key = |stage| keys::plan(run, stage, &id);
        let Some(plan) = find_document(store, &key(Stage::Plan)).await? else { continue };
        let mut images = images(&plan);
        images.retain(|(digest, tags)| is_meant(*digest, tags));
        if images.is_empty() {
            continue;
        }
        let again = find_document(store, &key(Stage::Recheck)).await?;
        let receipts = find_receipts(store, run, &id).await?;
        for (digest, tags) in images {
            let Some(verdict) = verdict(&plan, digest) else { continue };
            let receipts = receipts.iter().flat_map(|receipts| &receipts.receipts);
            explanations.push(RunExplanation {
                schema_version: V1,
                run: run.clone(),
                account: matched.account.clone(),
                region: matched.region.clone(),
                repository: matched.repository.clone(),
                digest,
                tags,
                plan: verdict,
                recheck: again.as_ref().and_then(|again| self::verdict(again, digest)),
                receipt: receipts.into_iter().find(|it| it.digest == digest).cloned(),
            });
        }
    }
    Ok(explanations)
}

/// Every image of a plan, with the tags that the plan has stored.
fn images(plan: &StoredPlan) -> Vec<(Digest, Vec<Box<str>>)> {
    let plan = &plan.plan;
    let delete = plan.delete.iter().map(|it| (it.digest, it.tags.clone()));
    let keep = plan.keep.iter().map(|it| (it.digest, it.tags.clone()));
    let blocked = plan.blocked.iter().flat_map(|block| &block.would_delete);
    let blocked = blocked.map(|digest| (*digest, Vec::new()));
    let mut known = HashSet::new();
    delete.chain(keep).chain(blocked).filter(|(digest, _)| known.insert(*digest)).collect()
}

/// What a plan says of an image, if anything.
fn verdict(stored: &StoredPlan, digest: Digest) -> Option<RunVerdict> {
    let verdicts = stored.plan.verdicts();
    Some(RunVerdict {
        planned_at: stored.planned_at,
        evidence_at: stored.evidence_at,
        verdict: verdicts.verdict(digest)?,
        reasons: verdicts.reasons(digest).to_vec(),
        blocked: stored.plan.blocked.iter().map(BlockSummary::from).collect(),
        goes_at: verdicts.goes_at(digest),
    })
}
