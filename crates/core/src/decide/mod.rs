//! The decision over one repository.

mod block;
mod closure;
mod grace;
mod limit;
mod recent;
mod safeguards;
mod unmet;
mod usage;
mod warning;

pub use grace::{PlannedSince, planned_before, unmet_grace};
pub use limit::{RunLimit, block_over_limit, run_limit};
pub(crate) use recent::Recent;
pub use unmet::{Unmet, unmet_rules};
pub(crate) use unmet::{listed, since, time};
pub(crate) use warning::missing_image;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::graph::Graph;
use crate::policy::RepositoryRule;
use crate::rules;
use crate::{
    Deletion, Digest, Evidence, Kept, Place, Policy, Reason, Repository, RepositoryPlan, Summary,
    Warning,
};

/// A repository's plan, and what its reader should know besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub plan: RepositoryPlan,
    /// The warnings, sorted.
    pub warnings: Vec<Warning>,
    /// What is planned for deletion, though a grace or a limit may hold it back: what nothing else
    /// keeps. Empty where something unknown blocks the repository, and where no grace asks for it.
    pub candidates: BTreeSet<Digest>,
}

/// What every part of the decision looks at.
pub(crate) struct Facts<'a> {
    registry: &'a Place,
    pub(crate) repository: &'a Repository,
    pub(crate) graph: Graph<'a>,
    pub(crate) evidence: &'a Evidence<'a>,
    policy: &'a Policy,
    pub(crate) rule: &'a RepositoryRule,
    held: &'a BTreeSet<Digest>,
    planned_since: Option<&'a PlannedSince>,
    pub(crate) now: Timestamp,
}

/// For each image, in the graph's order, the reasons found so far.
pub(crate) type Reasons = Vec<Vec<Reason>>;

/// Decides what happens to every image of a repository.
///
/// `rule` is the one that the policy has for the repository ([`Policy::rule_for`]). What no rule
/// keeps, nothing uses, and no kept image needs is deleted, unless something blocks the whole
/// repository.
#[must_use]
pub fn plan_repository(
    registry: &Place,
    repository: &Repository,
    evidence: &Evidence<'_>,
    policy: &Policy,
    rule: &RepositoryRule,
    now: Timestamp,
) -> Planned {
    let held = BTreeSet::new();
    plan_repository_holding(registry, repository, evidence, policy, rule, &held, now)
}

/// Decides like [`plan_repository`], and keeps what the limits of the run hold ([`run_limit`]),
/// with all that it needs.
#[must_use]
pub fn plan_repository_holding(
    registry: &Place,
    repository: &Repository,
    evidence: &Evidence<'_>,
    policy: &Policy,
    rule: &RepositoryRule,
    held: &BTreeSet<Digest>,
    now: Timestamp,
) -> Planned {
    let graph = Graph::new(&repository.images);
    let planned_since = None;
    plan(&Facts { registry, repository, graph, evidence, policy, rule, held, planned_since, now })
}

/// What earlier decisions of a live run, and earlier runs, give the next decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// What the limits of the run hold ([`run_limit`]).
    pub held: BTreeSet<Digest>,
    /// Since when images have been planned for deletion.
    pub planned_since: PlannedSince,
}

/// Decides like [`plan_repository_holding`], and keeps what the rule's grace still holds back,
/// with all that it needs. Offline nothing is remembered, and grace does not apply.
#[must_use]
pub fn plan_repository_remembering(
    registry: &Place,
    repository: &Repository,
    evidence: &Evidence<'_>,
    policy: &Policy,
    rule: &RepositoryRule,
    remembered: &Remembered,
    now: Timestamp,
) -> Planned {
    let graph = Graph::new(&repository.images);
    let held = &remembered.held;
    let planned_since = Some(&remembered.planned_since);
    plan(&Facts { registry, repository, graph, evidence, policy, rule, held, planned_since, now })
}

fn plan(facts: &Facts<'_>) -> Planned {
    let (reasons, candidates) = decide(facts);
    let warnings = warning::find(facts, &reasons);
    let blocked = block::find(facts, &reasons);
    Planned { plan: write_down(facts, reasons, blocked), warnings, candidates }
}

/// The reasons for which images are kept, and what would go but for grace and limits.
///
/// Grace comes after all that keeps an image for its own sake, and before the limits: an image in
/// grace is no deletion, so it does not count for them.
fn decide(facts: &Facts<'_>) -> (Reasons, BTreeSet<Digest>) {
    let mut reasons: Reasons = vec![Vec::new(); facts.graph.len()];
    usage::keep(facts, &mut reasons);
    safeguards::keep(facts, &mut reasons);
    rules::keep(facts, &mut reasons);
    closure::keep(facts, &mut reasons);
    if rules::keep_of_the_rest(facts, &mut reasons) {
        closure::keep(facts, &mut reasons);
    }
    let counts = grace::is_asked_for(facts) && !block::is_uncertain(facts);
    let candidates = if counts { facts.not_kept(&reasons) } else { Vec::new() };
    if grace::keep(facts, counts, &mut reasons) {
        closure::keep(facts, &mut reasons);
    }
    if limit::keep(facts, &mut reasons) {
        closure::keep(facts, &mut reasons);
    }
    for reasons in &mut reasons {
        reasons.sort();
        // Most images have one or two: what is left over is a tenth of a large plan.
        reasons.shrink_to_fit();
    }
    (reasons, candidates.into_iter().collect())
}

fn write_down(
    facts: &Facts<'_>,
    reasons: Reasons,
    mut blocked: Vec<crate::Block>,
) -> RepositoryPlan {
    let mut delete = Vec::new();
    let mut keep = Vec::new();
    let mut summary = Summary { images: facts.graph.len() as u64, ..Summary::default() };
    for ((_, image), reasons) in facts.graph.images().zip(reasons) {
        let mut tags = image.tags.clone();
        tags.sort();
        let size_bytes = image.size_bytes.unwrap_or(0);
        if !reasons.is_empty() {
            summary.keep_bytes = summary.keep_bytes.saturating_add(size_bytes);
            keep.push(Kept { digest: image.digest, tags, reasons });
        } else if blocked.is_empty() {
            summary.delete_bytes = summary.delete_bytes.saturating_add(size_bytes);
            delete.push(Deletion {
                digest: image.digest,
                tags,
                size_bytes: image.size_bytes,
                pushed_at: image.pushed_at,
            });
        } else {
            summary.would_delete += 1;
        }
    }
    summary.keep = keep.len() as u64;
    summary.delete = delete.len() as u64;
    blocked.sort_by_key(|block| block.code);
    RepositoryPlan {
        account: facts.registry.account.clone(),
        region: facts.registry.region.clone(),
        repository: facts.repository.name.clone(),
        summary,
        blocked,
        delete,
        keep,
    }
}

impl Facts<'_> {
    /// The digests that nothing keeps, newest first.
    fn not_kept(&self, reasons: &Reasons) -> Vec<Digest> {
        self.graph
            .images()
            .zip(reasons)
            .filter(|(_, reasons)| reasons.is_empty())
            .map(|((_, image), _)| image.digest)
            .collect()
    }
}

#[cfg(test)]
mod tests;
