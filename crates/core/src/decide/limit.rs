//! Limits: how much may go from one repository, and in one run.

use std::collections::{BTreeSet, HashMap};

use super::trees::Trees;
use super::{Facts, Reasons};
use crate::policy::{Limits, OnExceed};
use crate::waves::waves_of;
use crate::{Block, BlockCode, Digest, Reason, ReasonCode, RepositoryPlan, Summary, Wave};

/// Why a repository's limits forbid so many deletions, if they do.
pub(super) fn exceeded(facts: &Facts<'_>, deletions: usize) -> Option<String> {
    let limits = &facts.rule.limits;
    let images = facts.graph.len();
    (deletions as u64 > limits.allowed_of(images as u64))
        .then(|| format!("{deletions} of {images} images would be deleted; the limit is {limits}"))
}

/// Where the policy says so, keeps the trees that do not fit into the repository's limit; and what
/// the run's limit holds. Says whether it kept anything.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) -> bool {
    let limits = &facts.rule.limits;
    if limits.on_exceed == OnExceed::Block && facts.held.is_empty() {
        return false;
    }
    let not_kept: BTreeSet<usize> = facts.not_kept(reasons).collect();
    let beyond = beyond(facts, &not_kept);
    let is_held = |at: &usize| facts.held.contains(&facts.graph.image(*at).digest);
    let held = not_kept.iter().filter(|at| !beyond.contains(at) && is_held(at));
    let held: Vec<(usize, &Limits)> = held.map(|at| (*at, &facts.policy.limits)).collect();
    let mut is_any = false;
    for (at, limits) in beyond.iter().map(|at| (*at, limits)).chain(held) {
        let detail = format!("the limit is {limits}, and the oldest go first");
        reasons[at].push(Reason::new(ReasonCode::OverLimit, detail));
        is_any = true;
    }
    is_any
}

/// The tops of the trees that do not fit into the repository's limit.
fn beyond(facts: &Facts<'_>, not_kept: &BTreeSet<usize>) -> BTreeSet<usize> {
    let limits = &facts.rule.limits;
    let allowed = limits.allowed_of(facts.graph.len() as u64);
    if limits.on_exceed == OnExceed::Block || not_kept.len() as u64 <= allowed {
        return BTreeSet::new();
    }
    let pushed_at = |digest| facts.graph.image(facts.graph.find(digest)?).pushed_at;
    let mut trees = Trees::default();
    trees.add(0, &waves_of(&facts.graph, not_kept, |_| false), pushed_at);
    let tops = trees.tops_that_stay(allowed).into_iter();
    tops.filter_map(|(_, digest)| facts.graph.find(digest)).collect()
}

/// What the limits of a whole run mean for its plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunLimit {
    /// They hold.
    Within,
    /// Nothing is deleted in any repository. Why, in words.
    Block(Box<str>),
    /// The oldest are deleted: of each plan, in their order, the tops of the trees that are held.
    /// Those plans are made again, holding them ([`Remembered::held`](crate::Remembered::held)).
    Hold(Vec<BTreeSet<Digest>>),
}

/// Holds the plans of a run together against its limits, each with its waves.
///
/// Only the number of images, and what is deleted, is read of each plan.
#[must_use]
pub fn run_limit(plans: &[(&RepositoryPlan, &[Wave])], limits: &Limits) -> RunLimit {
    let images: u64 = plans.iter().map(|(plan, _)| plan.summary.images).sum();
    let deletions: u64 = plans.iter().map(|(plan, _)| plan.summary.delete).sum();
    match (over_run_limit(images, deletions, limits), limits.on_exceed) {
        (None, _) => RunLimit::Within,
        (Some(detail), OnExceed::Block) => RunLimit::Block(detail),
        (Some(_), OnExceed::OldestFirst) => {
            RunLimit::Hold(held_beyond_limit(plans, limits.allowed_of(images)))
        }
    }
}

/// Why the limits of a run forbid so many deletions, if they do.
#[must_use]
pub fn over_run_limit(images: u64, deletions: u64, limits: &Limits) -> Option<Box<str>> {
    (deletions > limits.allowed_of(images)).then(|| {
        format!("the run would delete {deletions} of {images} images; its limit is {limits}").into()
    })
}

/// Blocks a plan over the limits of its run.
pub fn block_over_limit(plan: &mut RepositoryPlan, detail: &str) {
    if plan.delete.is_empty() {
        return;
    }
    let would_delete: Vec<Digest> = plan.delete.drain(..).map(|deletion| deletion.digest).collect();
    plan.summary.would_delete = would_delete.len() as u64;
    let Summary { delete_bytes, archive_bytes, .. } = plan.summary;
    plan.summary.would_delete_bytes = delete_bytes.saturating_add(archive_bytes);
    (plan.summary.delete_bytes, plan.summary.freed) = (0, None);
    plan.summary.delete = 0;
    (plan.summary.archive, plan.summary.archive_bytes) = (0, 0);
    plan.blocked.push(Block { code: BlockCode::OverLimit, detail: detail.into(), would_delete });
}

/// What stays of the deletions of some plans where only so many images may go, the oldest first: of
/// each plan, in their order, the tops of the trees that do not fit.
#[must_use]
pub fn held_beyond_limit(
    plans: &[(&RepositoryPlan, &[Wave])],
    allowed: u64,
) -> Vec<BTreeSet<Digest>> {
    let mut trees = Trees::default();
    for (at, (plan, waves)) in plans.iter().enumerate() {
        let pushed_at: HashMap<Digest, _> =
            plan.delete.iter().map(|it| (it.digest, it.pushed_at)).collect();
        trees.add(at, waves, |digest| pushed_at.get(&digest).copied().flatten());
    }
    let mut held = vec![BTreeSet::new(); plans.len()];
    for (at, digest) in trees.tops_that_stay(allowed) {
        held[at].insert(digest);
    }
    held
}
