//! Limits: how much may go from one repository, and in one run.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Facts, Reasons};
use crate::policy::{Limits, OnExceed};
use crate::{Block, BlockCode, Digest, Kept, Reason, ReasonCode, RepositoryPlan, Wave};

/// Why a repository's limits forbid so many deletions, if they do.
pub(super) fn exceeded(facts: &Facts<'_>, deletions: usize) -> Option<String> {
    let limits = &facts.rule.limits;
    let images = facts.graph.len();
    (deletions as u64 > limits.allowed_of(images as u64))
        .then(|| format!("{deletions} of {images} images would be deleted; the limit is {limits}"))
}

/// Where the policy says so, keeps the newest of what is beyond the limit. Says whether it did.
pub(super) fn trim(facts: &Facts<'_>, reasons: &mut Reasons) -> bool {
    let limits = &facts.rule.limits;
    if limits.on_exceed == OnExceed::Block {
        return false;
    }
    let allowed = limits.allowed_of(facts.graph.len() as u64);
    let not_kept: Vec<usize> = (0..reasons.len()).filter(|at| reasons[*at].is_empty()).collect();
    let beyond = (not_kept.len() as u64).saturating_sub(allowed);
    let beyond = usize::try_from(beyond).unwrap_or(usize::MAX);
    for at in not_kept.iter().take(beyond) {
        reasons[*at].push(over_limit(limits));
    }
    beyond > 0
}

fn over_limit(limits: &Limits) -> Reason {
    let detail = format!("the limit is {limits}, and the oldest go first");
    Reason::new(ReasonCode::OverLimit, detail)
}

/// A repository's plan with its waves, both changed where a whole run's limits say so.
#[derive(Debug)]
pub struct Limited<'a> {
    /// The plan.
    pub plan: &'a mut RepositoryPlan,
    /// The order of its deletions.
    pub waves: &'a mut Vec<Wave>,
}

/// Applies the limits of a whole run over all of its plans.
///
/// Beyond them nothing is deleted in any repository; or, where the policy says so, the oldest
/// images of the run up to the limit, less those that an image which stays needs.
pub fn apply_run_limits(plans: &mut [Limited<'_>], limits: &Limits) {
    let images: u64 = plans.iter().map(|it| it.plan.summary.images).sum();
    let deletions: u64 = plans.iter().map(|it| it.plan.summary.delete).sum();
    let allowed = limits.allowed_of(images);
    if deletions <= allowed {
        return;
    }
    match limits.on_exceed {
        OnExceed::Block => {
            let detail = format!(
                "the run would delete {deletions} of {images} images; its limit is {limits}"
            );
            for it in plans {
                block(it, &detail);
            }
        }
        OnExceed::OldestFirst => {
            let stay = newest_beyond(plans, deletions - allowed);
            for (it, stay) in plans.iter_mut().zip(stay) {
                keep(it, stay, limits);
            }
        }
    }
}

fn block(it: &mut Limited<'_>, detail: &str) {
    if it.plan.delete.is_empty() {
        return;
    }
    let would_delete: Vec<Digest> =
        it.plan.delete.drain(..).map(|deletion| deletion.digest).collect();
    it.plan.summary.would_delete = would_delete.len() as u64;
    it.plan.summary.delete = 0;
    it.plan.summary.delete_bytes = 0;
    it.plan.blocked.push(Block { code: BlockCode::OverLimit, detail: detail.into(), would_delete });
    it.waves.clear();
}

/// The digests of each plan that are among the newest deletions of the run.
fn newest_beyond(plans: &[Limited<'_>], beyond: u64) -> Vec<BTreeSet<Digest>> {
    let mut all: Vec<(Option<Timestamp>, Digest, usize)> = plans
        .iter()
        .enumerate()
        .flat_map(|(plan, it)| it.plan.delete.iter().map(move |d| (d.pushed_at, d.digest, plan)))
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut stay = vec![BTreeSet::new(); plans.len()];
    for (_, digest, plan) in all.into_iter().take(usize::try_from(beyond).unwrap_or(usize::MAX)) {
        stay[plan].insert(digest);
    }
    stay
}

/// Keeps some of the deletions, and those that have to wait for one of them: its children and
/// what refers to it.
fn keep(it: &mut Limited<'_>, mut stay: BTreeSet<Digest>, limits: &Limits) {
    if stay.is_empty() {
        return;
    }
    let over_limit = over_limit(limits);
    let chosen = stay.clone();
    for wave in it.waves.iter_mut() {
        wave.retain(|queued| {
            let stays = stay.contains(&queued.digest)
                || queued.after.iter().any(|before| stay.contains(before));
            if stays {
                stay.insert(queued.digest);
            }
            !stays
        });
    }
    it.waves.retain(|wave| !wave.is_empty());
    let (stays, goes) =
        it.plan.delete.drain(..).partition(|deletion| stay.contains(&deletion.digest));
    it.plan.delete = goes;
    let stays: Vec<crate::Deletion> = stays;
    for deletion in stays {
        let size_bytes = deletion.size_bytes.unwrap_or(0);
        let summary = &mut it.plan.summary;
        summary.delete -= 1;
        summary.keep += 1;
        summary.delete_bytes = summary.delete_bytes.saturating_sub(size_bytes);
        summary.keep_bytes = summary.keep_bytes.saturating_add(size_bytes);
        let reason = if chosen.contains(&deletion.digest) {
            over_limit.clone()
        } else {
            let detail = "it can only go after an image that the run's limit keeps";
            Reason::new(ReasonCode::OverLimit, detail)
        };
        it.plan.keep.push(Kept {
            digest: deletion.digest,
            tags: deletion.tags,
            reasons: vec![reason],
        });
    }
}
