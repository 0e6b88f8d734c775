//! The decision over one repository.

mod archive;
mod block;
mod closure;
mod elsewhere;
mod grace;
mod in_use;
mod limit;
mod recent;
mod safeguards;
mod trees;
mod unmet;
mod usage;
mod waiting;
mod warning;

pub use elsewhere::{Elsewhere, Replica, Whereabouts};
pub use grace::{PlannedSince, planned_before};
pub use in_use::SeenInUse;
pub use limit::{RunLimit, block_over_limit, held_beyond_limit, over_run_limit, run_limit};
pub(crate) use recent::Recent;
pub use unmet::Unmet;
pub(crate) use unmet::{listed, since, time};
pub(crate) use warning::missing_image;

use std::collections::BTreeSet;

use jiff::Timestamp;
use waiting::Waiting;

use crate::graph::Graph;
use crate::policy::RepositoryRule;
use crate::rules;
use crate::waves::waves_of;
use crate::{
    Block, BlockCode, Deletion, Digest, Evidence, Explained, GoesOn, Image, Kept, Place, Policy,
    Reason, Repository, RepositoryId, RepositoryPlan, Summary, Verdict, Warning, Wave,
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
    /// What referrers here name and that is not here: whether it stays in another repository has to
    /// be asked.
    pub absent_subjects: BTreeSet<Digest>,
}

/// What is known of one repository, and by what it is decided.
#[derive(Debug, Clone, Copy)]
pub struct RepositoryFacts<'a> {
    /// The registry.
    pub registry: &'a Place,
    /// The repository with its images.
    pub repository: &'a Repository,
    /// The evidence over it.
    pub evidence: &'a Evidence<'a>,
    /// The policy.
    pub policy: &'a Policy,
    /// The rule that the policy has for the repository ([`Policy::rule_for`]).
    pub rule: &'a RepositoryRule,
    /// What earlier decisions give.
    pub remembered: &'a Remembered,
    /// The clock of the decision.
    pub now: Timestamp,
}

/// What earlier decisions of a run, and earlier runs, give the next decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// What the limits of the run hold ([`run_limit`]): it is kept, with all that it needs.
    pub held: BTreeSet<Digest>,
    /// Since when images have been planned for deletion. None offline, where nothing is remembered
    /// and no grace applies.
    pub planned_since: Option<PlannedSince>,
    /// What is decided over other repositories.
    pub elsewhere: Elsewhere,
}

impl Remembered {
    /// Offline, where no limit holds anything.
    pub const NOTHING: Self =
        Self { held: BTreeSet::new(), planned_since: None, elsewhere: Elsewhere::NOTHING };
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
    elsewhere: &'a Elsewhere,
    pub(crate) now: Timestamp,
}

/// For each image, in the graph's order, the reasons found so far.
pub(crate) type Reasons = Vec<Vec<Reason>>;

/// What happens to every image of a repository: decided once, and asked as often as one likes.
///
/// What no rule keeps, nothing uses, and no kept image needs is deleted, unless something blocks
/// the whole repository.
pub struct Decision<'a> {
    facts: Facts<'a>,
    reasons: Reasons,
    blocked: Vec<Block>,
    candidates: BTreeSet<Digest>,
    waiting: Waiting,
}

impl<'a> RepositoryFacts<'a> {
    /// Decides what happens to every image.
    #[must_use]
    pub fn decide(self) -> Decision<'a> {
        let Self { registry, repository, evidence, policy, rule, remembered, now } = self;
        let Remembered { held, planned_since, elsewhere } = remembered;
        let (graph, planned_since) = (Graph::new(&repository.images), planned_since.as_ref());
        let facts = Facts {
            registry,
            repository,
            graph,
            evidence,
            policy,
            rule,
            held,
            planned_since,
            elsewhere,
            now,
        };
        let Decided { reasons, candidates, waiting } = decide(&facts);
        let mut blocked = block::find(&facts, &reasons);
        blocked.sort_by_key(|block| block.code);
        Decision { facts, reasons, blocked, candidates, waiting }
    }
}

impl Decision<'_> {
    /// The decision as a plan.
    #[must_use]
    pub fn into_plan(self) -> Planned {
        let absent_subjects = self.absent_subjects();
        let Self { facts, reasons, blocked, candidates, waiting } = self;
        let warnings = warning::find(&facts, &reasons);
        let plan = write_down(&facts, reasons, blocked, &waiting);
        Planned { plan, warnings, candidates, absent_subjects }
    }

    /// What referrers name and that is not in the repository.
    #[must_use]
    pub fn absent_subjects(&self) -> BTreeSet<Digest> {
        let Facts { graph, .. } = &self.facts;
        (0..graph.len()).flat_map(|at| graph.absent_subjects(at)).collect()
    }

    /// What this says of a repository whose deletions come here.
    #[must_use]
    pub fn as_replica(&self) -> Replica {
        let Self { facts, reasons, blocked, .. } = self;
        // What is archived there is not deleted there.
        let kept = facts
            .graph
            .images()
            .filter(|(at, image)| !reasons[*at].is_empty() || archive::is_first(facts, image));
        let over_limit = blocked.iter().filter(|block| block.code == BlockCode::OverLimit);
        let mut blocks = block::unknown_in_words(facts, reasons);
        // What was not seen and could pull from here is known at the source, too.
        blocks.retain(|(code, _)| *code != BlockCode::IncompleteUsage);
        blocks.extend(over_limit.map(|block| (block.code, block.detail.clone())));
        Replica {
            repository: RepositoryId::new(facts.registry, &facts.repository.name),
            keeps: kept.map(|(_, image)| image.digest).collect(),
            blocks,
        }
    }

    /// What is deleted, in the order in which it can go.
    #[must_use]
    pub fn waves(&self) -> Vec<Wave> {
        if !self.blocked.is_empty() {
            return Vec::new();
        }
        let facts = &self.facts;
        let is_archived_first = |at| archive::is_first(facts, facts.graph.image(at));
        waves_of(&facts.graph, &facts.not_kept(&self.reasons).collect(), is_archived_first)
    }

    /// Why one image stays or goes. None for an image that the repository does not have.
    #[must_use]
    pub fn explain(&self, digest: Digest) -> Option<Explained> {
        let at = self.facts.graph.find(digest)?;
        let reasons = self.reasons[at].clone();
        let verdict = match (reasons.is_empty(), self.blocked.is_empty()) {
            (false, _) => Verdict::Keep,
            (true, true) if archive::is_first(&self.facts, self.facts.graph.image(at)) => {
                Verdict::Archive
            }
            (true, true) => Verdict::Delete,
            (true, false) => Verdict::Blocked,
        };
        let unmet = if reasons.is_empty() { self.unmet(at) } else { Vec::new() };
        let (blocked, goes_at) = (self.blocked.clone(), self.waiting.goes_at(at));
        Some(Explained { verdict, reasons, blocked, unmet, goes_at })
    }

    /// What would keep an image, for one that nothing keeps but, perhaps, the limits of a run.
    pub(crate) fn unmet_of(&self, digest: Digest) -> Vec<Unmet> {
        self.facts.graph.find(digest).map_or_else(Vec::new, |at| self.unmet(at))
    }

    fn unmet(&self, at: usize) -> Vec<Unmet> {
        let mut unmet = unmet::rules(&self.facts, &self.reasons, at);
        unmet.extend(grace::unmet(&self.facts, at));
        unmet.extend(archive::unmet(&self.facts, at));
        unmet
    }
}

/// What [`decide`] finds.
struct Decided {
    /// The reasons for which images are kept.
    reasons: Reasons,
    /// What would go but for grace and limits.
    candidates: BTreeSet<Digest>,
    waiting: Waiting,
}

/// Grace and the archive come after all that keeps an image for its own sake, and before the limits: an
/// image that waits is no deletion, so it does not count for them.
fn decide(facts: &Facts<'_>) -> Decided {
    let mut reasons: Reasons = vec![Vec::new(); facts.graph.len()];
    usage::keep(facts, &mut reasons);
    safeguards::keep(facts, &mut reasons);
    rules::keep(facts, &mut reasons);
    elsewhere::keep(facts, &mut reasons);
    closure::keep(facts, &mut reasons);
    if rules::keep_of_the_rest(facts, &mut reasons) {
        closure::keep(facts, &mut reasons);
    }
    let counts = grace::is_asked_for(facts) && !block::is_uncertain(facts, &reasons);
    let candidates = if counts { facts.not_kept_digests(&reasons) } else { Vec::new() };
    let mut waiting = Waiting::of(facts.not_kept(&reasons));
    if grace::keep(facts, counts, &mut reasons, &mut waiting) {
        closure::keep(facts, &mut reasons);
    }
    archive::keep(facts, &mut reasons, &mut waiting);
    archive::keep_what_others_need(facts, &mut reasons, &mut waiting);
    waiting.tell_what_they_need(&facts.graph, |by, needed| {
        !archive::only_waits(&reasons[by]) || !archive::is_first(facts, facts.graph.image(needed))
    });
    if limit::keep(facts, &mut reasons) {
        closure::keep(facts, &mut reasons);
    }
    for reasons in &mut reasons {
        reasons.sort();
        // Most images have one or two: what is left over is a tenth of a large plan.
        reasons.shrink_to_fit();
    }
    Decided { reasons, candidates: candidates.into_iter().collect(), waiting }
}

fn write_down(
    facts: &Facts<'_>,
    reasons: Reasons,
    blocked: Vec<Block>,
    waiting: &Waiting,
) -> RepositoryPlan {
    let mut delete = Vec::new();
    let mut keep = Vec::new();
    let mut summary = Summary { images: facts.graph.len() as u64, ..Summary::default() };
    for ((at, image), reasons) in facts.graph.images().zip(reasons) {
        let mut tags = image.tags.clone();
        tags.sort();
        let bytes = image.own_bytes().unwrap_or(0);
        if !reasons.is_empty() {
            summary.keep_bytes = summary.keep_bytes.saturating_add(bytes);
            let goes_at = waiting.goes_at(at);
            keep.push(Kept { digest: image.digest, tags, reasons, goes_at });
        } else if blocked.is_empty() {
            let archive = archive::is_first(facts, image);
            let sum = if archive { &mut summary.archive_bytes } else { &mut summary.delete_bytes };
            *sum = sum.saturating_add(bytes);
            summary.archive += u64::from(archive);
            let Image { digest, pushed_at, .. } = *image;
            let size_bytes = image.own_bytes();
            delete.push(Deletion { digest, tags, size_bytes, pushed_at, archive });
        } else {
            summary.would_delete += 1;
            summary.would_delete_bytes = summary.would_delete_bytes.saturating_add(bytes);
        }
    }
    summary.keep = keep.len() as u64;
    summary.delete = delete.len() as u64;
    RepositoryPlan {
        account: facts.registry.account.clone(),
        region: facts.registry.region.clone(),
        repository: facts.repository.name.clone(),
        summary,
        goes_on: GoesOn::of(&keep),
        blocked,
        delete,
        keep,
    }
}

impl Facts<'_> {
    /// The images that nothing keeps, newest first.
    fn not_kept(&self, reasons: &Reasons) -> impl Iterator<Item = usize> {
        (0..self.graph.len()).filter(|at| reasons[*at].is_empty())
    }

    /// Their digests.
    fn not_kept_digests(&self, reasons: &Reasons) -> Vec<Digest> {
        self.not_kept(reasons).map(|at| self.graph.image(at).digest).collect()
    }
}

#[cfg(test)]
mod tests;
