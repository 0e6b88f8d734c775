//! The step `plan-repo`: what would happen to every image of one repository.

mod evidence;
mod known;
mod listing;
mod memory;
mod replicas;
mod sizes;
mod used;

pub(crate) use evidence::PlannedEvidence;
pub use evidence::SharedEvidence;
pub(crate) use listing::list_repository;
pub(crate) use used::KnownUse;
use used::Seen;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::{RepositoryRule, Sizes};
use ecr_sweep_core::{
    Digest, Elsewhere, Remembered, Repository, RepositoryFacts, RepositoryId, RepositoryPlan,
    SeenInUse, Summary, UsageIndex, Whereabouts, inspect_repository, read_alone, sought_in_vain,
};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{
    FindingSummary, MatchedRepository, RepositoryFailure, RunImages, Stage, StoredPlan, V1, keys,
};
use futures::try_join;

use crate::run::attempt::store_plan;
use crate::run::computing::computing;
use crate::steps::list_repos::repository_gone_warning;
use crate::{Run, StepError};

/// What is known of a repository from outside of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// What the run's limits hold.
    pub(crate) held: BTreeSet<Digest>,
    /// What referrers here name and that stays in other repositories.
    pub(crate) subjects: BTreeMap<Digest, Whereabouts>,
    /// Repositories of which that is not known, as they could not be listed.
    pub(crate) unlisted: BTreeMap<RepositoryId, RepositoryFailure>,
}

/// Plans one repository and stores the plan. One that was removed in the meantime has an empty
/// plan, with a warning.
///
/// What is in use is remembered for the runs to come before the plan is stored. What the first of a
/// run's two plans deletes, or would but for grace and limits, is remembered once it is.
pub async fn plan_repo(
    run: &Run,
    evidence: &SharedEvidence,
    repository: &MatchedRepository,
) -> Result<(), StepError> {
    plan_knowing(run, evidence, repository, Known::default()).await
}

/// The same with what is known from outside.
pub(crate) async fn plan_knowing(
    run: &Run,
    evidence: &SharedEvidence,
    repository: &MatchedRepository,
    known: Known,
) -> Result<(), StepError> {
    let made = make_plan(run, evidence, repository, known).await?;
    let MadePlan {
        plan,
        rule,
        repository: planned,
        index,
        remembered,
        known_use,
        in_use,
        candidates,
    } = made;
    let planned_since = remembered.planned_since.unwrap_or_default();
    drop(index);
    log(run, &plan);
    if evidence.stage == Stage::Plan {
        let id = repository.id();
        let images = RunImages::of(&run.id, &id, plan.planned_at, &planned);
        run.write_large(&keys::images(&run.id, &id), images).await?;
    }
    let mut images = planned.images;
    if let Some(in_use) = in_use {
        let there = images.iter().map(|image| image.digest).collect();
        let look_back = rule.keep.needs().use_history;
        let seen = Seen { in_use, there, look_back, at: plan.planned_at };
        known_use.remember(run, &repository.id(), &seen).await?;
    }
    let planned_at = plan.planned_at;
    // The images go before the plan becomes a text: together they are what takes most memory.
    images.retain(|image| candidates.contains(&image.digest));
    images.shrink_to_fit();
    store_plan(run, evidence.stage, &repository.id(), plan).await?;
    if evidence.stage == Stage::Plan {
        memory::remember(run, repository, &planned_since, &images, planned_at).await?;
    }
    Ok(())
}

/// Says what the plan comes to, and at the finest level what becomes of each image.
fn log(run: &Run, plan: &StoredPlan) {
    let RepositoryPlan { account, region, repository, summary, .. } = &plan.plan;
    let RepositoryPlan { blocked, delete, keep, .. } = &plan.plan;
    tracing::info!(
        run = %run.id, %account, %region, repository = &**repository,
        images = summary.images, delete = summary.delete, blocked = !blocked.is_empty(),
        "planned a repository"
    );
    if tracing::enabled!(tracing::Level::TRACE) {
        for image in delete {
            tracing::trace!(repository = &**repository, digest = %image.digest, "to delete");
        }
        for image in keep {
            tracing::trace!(repository = &**repository, digest = %image.digest, "kept");
        }
    }
}

/// A plan, with what it was made from.
pub(crate) struct MadePlan {
    pub(crate) plan: StoredPlan,
    /// The rule that takes the repository.
    pub(crate) rule: RepositoryRule,
    /// The repository, without images where it was removed in the meantime.
    pub(crate) repository: Repository,
    /// The usage that can matter to it. None where it was removed.
    pub(crate) index: Option<UsageIndex>,
    /// What was remembered, and known of other repositories.
    pub(crate) remembered: Remembered,
    /// What earlier runs have seen in use.
    pub(crate) known_use: KnownUse,
    /// What this one sees in use. None where the repository was removed.
    in_use: Option<SeenInUse>,
    /// What is to be remembered of this plan.
    candidates: BTreeSet<Digest>,
}

/// Plans one repository, and stores nothing. What is known from outside is kept.
pub(crate) async fn make_plan(
    run: &Run,
    evidence: &SharedEvidence,
    matched: &MatchedRepository,
    known: Known,
) -> Result<MadePlan, StepError> {
    let id = matched.id();
    let rule = rule_of(run, matched)?.clone();
    let Known { held, subjects, unlisted } = known;
    let planned_at = run.now();
    let mut plan = StoredPlan {
        schema_version: V1,
        run: run.id.clone(),
        planned_at,
        policy_digest: run.request.policy_digest,
        evidence_at: evidence.evidence_at(),
        allows: Vec::new(),
        absent_subjects: BTreeSet::new(),
        awaits: None,
        unlisted: unlisted.into_values().collect(),
        findings: None,
        read_alone: None,
        plan: nothing(matched),
        waves: Vec::new(),
        warnings: Vec::new(),
        sought_in_vain: sought_in_vain(matched.rule, &rule, &[]),
    };
    let (planned_since, known_use, replicas, naming, listed) = try_join!(
        memory::planned_since(run, matched),
        KnownUse::read(run, &id),
        replicas::decide(run, evidence, &id),
        evidence.naming(run, &id),
        list_matched(run, evidence, matched),
    )?;
    let remembered = Remembered {
        held,
        planned_since: Some(planned_since),
        elsewhere: Elsewhere { subjects, replicas },
    };
    let Some(mut repository) = listed else {
        plan.warnings.push(repository_gone_warning(&id));
        let (tags, images) = (matched.tags.clone(), Vec::new());
        let (allows, use_history) = (Vec::new(), None);
        let repository = Repository { name: id.name, tags, allows, use_history, images };
        let (index, in_use, candidates) = (None, None, BTreeSet::new());
        return Ok(MadePlan {
            plan,
            rule,
            repository,
            index,
            remembered,
            known_use,
            in_use,
            candidates,
        });
    };
    known_use.tell(&mut repository, planned_at);
    let planned = id.clone();
    let index = evidence.for_repository(run, &id, &repository.images, naming)?;
    let (policy, number) = (run.policy.clone(), matched.rule);
    let mut made = computing(move || {
        let evidence = index.evidence_for(&id);
        let inspected = inspect_repository(&id.registry, &repository, &evidence, &policy);
        plan.findings = FindingSummary::of(inspected.findings);
        plan.read_alone = read_alone(&repository.images, policy.minimum_idle.before(planned_at));
        let facts = RepositoryFacts {
            registry: &id.registry,
            repository: &repository,
            evidence: &evidence,
            policy: &policy,
            rule: &rule,
            remembered: &remembered,
            now: planned_at,
        };
        let decision = facts.decide();
        plan.waves = decision.waves();
        let in_use = Some(decision.seen_in_use());
        let planned = decision.into_plan();
        plan.plan = planned.plan;
        plan.allows.clone_from(&repository.allows);
        plan.absent_subjects = planned.absent_subjects;
        plan.warnings = planned.warnings;
        plan.sought_in_vain = sought_in_vain(number, &rule, &repository.images);
        let (index, candidates) = (Some(index), planned.candidates);
        MadePlan { plan, rule, repository, index, remembered, known_use, in_use, candidates }
    })
    .await?;
    if run.policy.sizes == Sizes::Exact {
        sizes::tell(run, &planned, &made.repository.images, &mut made.plan).await?;
    }
    Ok(made)
}

/// A repository that a rule takes. None: it does not exist any more.
async fn list_matched(
    run: &Run,
    evidence: &SharedEvidence,
    matched: &MatchedRepository,
) -> Result<Option<Repository>, StepError> {
    let id = matched.id();
    let settings = evidence.settings(run, &id.registry)?;
    let (allows, organization) = (&settings.allows, evidence.organization());
    list_repository(run, &id, &matched.tags, allows, organization).await
}

fn rule_of<'a>(run: &'a Run, matched: &MatchedRepository) -> Result<&'a RepositoryRule, StepError> {
    let rule = run.policy.repositories.get(matched.rule);
    rule.ok_or_else(|| StepError::InvalidRequest {
        problem: format!(
            "the plan of {} asks for rule {}, and the policy has no such rule",
            matched.id(),
            matched.rule
        ),
        next: NextStep::StartNewRun,
    })
}

/// The plan of a repository without images.
fn nothing(matched: &MatchedRepository) -> RepositoryPlan {
    RepositoryPlan {
        account: matched.account.clone(),
        region: matched.region.clone(),
        repository: matched.repository.clone(),
        summary: Summary::default(),
        goes_on: Vec::new(),
        blocked: Vec::new(),
        delete: Vec::new(),
        keep: Vec::new(),
    }
}
