//! Limits: how much may go from one repository, and in one run.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Facts, Reasons};
use crate::policy::{Limits, OnExceed};
use crate::{Block, BlockCode, Digest, Reason, ReasonCode, RepositoryPlan};

/// Why a repository's limits forbid so many deletions, if they do.
pub(super) fn exceeded(facts: &Facts<'_>, deletions: usize) -> Option<String> {
    let limits = &facts.rule.limits;
    let images = facts.graph.len();
    (deletions as u64 > limits.allowed_of(images as u64))
        .then(|| format!("{deletions} of {images} images would be deleted; the limit is {limits}"))
}

/// Where the policy says so, keeps the newest of what is beyond the repository's limit; and what
/// the run's limit holds. Says whether it kept anything.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) -> bool {
    let not_kept: Vec<usize> = (0..reasons.len()).filter(|at| reasons[*at].is_empty()).collect();
    let limits = &facts.rule.limits;
    let beyond = match limits.on_exceed {
        OnExceed::Block => 0,
        OnExceed::OldestFirst => {
            let allowed = limits.allowed_of(facts.graph.len() as u64);
            (not_kept.len() as u64).saturating_sub(allowed)
        }
    };
    let beyond = usize::try_from(beyond).unwrap_or(usize::MAX).min(not_kept.len());
    let (beyond, within) = not_kept.split_at(beyond);
    let held = within.iter().filter(|at| facts.held.contains(&facts.graph.image(**at).digest));
    let mut is_any = false;
    for (at, limits) in
        beyond.iter().map(|at| (*at, limits)).chain(held.map(|at| (*at, &facts.policy.limits)))
    {
        let detail = format!("the limit is {limits}, and the oldest go first");
        reasons[at].push(Reason::new(ReasonCode::OverLimit, detail));
        is_any = true;
    }
    is_any
}

/// What the limits of a whole run mean for its plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunLimit {
    /// They hold.
    Within,
    /// Nothing is deleted in any repository. Why, in words.
    Block(Box<str>),
    /// The oldest are deleted: of each plan, in their order, the images that are held.
    /// Those are planned again, holding them ([`Remembered::held`](crate::Remembered::held)).
    Hold(Vec<BTreeSet<Digest>>),
}

/// Holds the plans of a run together against its limits.
///
/// Only the number of images, and what is deleted, is read of each plan.
#[must_use]
pub fn run_limit(plans: &[&RepositoryPlan], limits: &Limits) -> RunLimit {
    let images: u64 = plans.iter().map(|plan| plan.summary.images).sum();
    let deletions: u64 = plans.iter().map(|plan| plan.summary.delete).sum();
    let allowed = limits.allowed_of(images);
    if deletions <= allowed {
        return RunLimit::Within;
    }
    match limits.on_exceed {
        OnExceed::Block => RunLimit::Block(
            format!("the run would delete {deletions} of {images} images; its limit is {limits}")
                .into(),
        ),
        OnExceed::OldestFirst => RunLimit::Hold(newest(plans, deletions - allowed)),
    }
}

/// Blocks a plan over the limits of its run.
pub fn block_over_limit(plan: &mut RepositoryPlan, detail: &str) {
    if plan.delete.is_empty() {
        return;
    }
    let would_delete: Vec<Digest> = plan.delete.drain(..).map(|deletion| deletion.digest).collect();
    plan.summary.would_delete = would_delete.len() as u64;
    plan.summary.delete = 0;
    plan.summary.delete_bytes = 0;
    plan.blocked.push(Block { code: BlockCode::OverLimit, detail: detail.into(), would_delete });
}

/// The newest deletions of the run, by plan.
fn newest(plans: &[&RepositoryPlan], count: u64) -> Vec<BTreeSet<Digest>> {
    let mut all: Vec<(Option<Timestamp>, Digest, usize)> = plans
        .iter()
        .enumerate()
        .flat_map(|(at, plan)| plan.delete.iter().map(move |it| (it.pushed_at, it.digest, at)))
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut held = vec![BTreeSet::new(); plans.len()];
    for (_, digest, at) in all.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
        held[at].insert(digest);
    }
    held
}
