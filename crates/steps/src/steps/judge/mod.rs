//! The step `notify`: how the run ended, from what it left behind.

mod besides;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    CoverageDefault, CoverageStatus, Digest, GoesOn, InVain, OffRow, Place, ReadAlone, Warning,
};
use ecr_sweep_protocol::documents::{
    BlockSummary, DeletionOutcome, FindingSummary, Key, MatchedRepository, NotDeleted,
    OutcomeCounts, Receipts, RegistrySettings, RepositoryFailure, RepositorySummary, RunCoverage,
    RunSummary, RunTotals, Stage, StepName, StoredPlan, StoredPlanHead, UnreadRegistry, V1, keys,
    sha256,
};
use ecr_sweep_protocol::{Ending, ErrorName, Reported};

use futures::{StreamExt, TryStreamExt, stream, try_join};

use besides::{channels, to_vault, told_in_vain, untouched};

use super::{known_registries, report, summary_table};
use crate::run::attempt::{Attempt, Cause, attempt, failure};
use crate::run::documents::AT_ONCE;
use crate::run::stop::{find_wish, stopped};
use crate::steps::delete_batch::{PlannedDeletions, count};
use crate::steps::settle_asked::left_by_others;
use crate::{Run, StepError, find_receipts};

/// What to judge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JudgeRequest {
    /// Which plan: that made again is judged by itself where nothing is deleted by it.
    pub stage: Stage,
    /// Whether images were to be deleted.
    pub deleting: bool,
    /// What ended the run early.
    pub stopped: Option<Stopped>,
    /// Whether notices are sent, and none can be written to the channels that the policy names.
    pub has_no_slack_token: bool,
}

/// What ended a run early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How that counts.
    pub ending: Ending,
    /// The same in words.
    pub reason: Box<str>,
}

impl Stopped {
    /// By an error, or by what it was reported as.
    pub(crate) fn by(name: &Reported, reason: Box<str>) -> Self {
        Self { ending: name.ending(), reason }
    }
}

/// Everything that the run's repositories left behind.
#[derive(Default)]
struct LeftBehind {
    repositories: Vec<RepositorySummary>,
    failed: Vec<RepositoryFailure>,
    /// Other repositories that could not be listed, and for which something is kept.
    unlisted: Vec<RepositoryFailure>,
    warnings: Vec<Warning>,
    /// What the rule of a repository looks for among the tags of its images in vain. None where
    /// the repository has no plan.
    sought_in_vain: Option<BTreeSet<Box<str>>>,
    /// What is broken in a repository.
    findings: Option<FindingSummary>,
    /// Indexes that somebody else reads.
    read_alone: Option<(Place, ReadAlone)>,
}

/// Writes the summary of a run, and its report for people, and gives it. That the report cannot be written
/// is told, and is no error.
pub async fn judge(run: &Run, request: JudgeRequest) -> Result<RunSummary, StepError> {
    let stage = request.stage;
    let summary = summarize(run, request).await?;
    let key = keys::summary(&run.id, stage);
    // One after the other: where the table cannot be stored, the summary is.
    run.write(&key, &summary).await?;
    summary_table::write(run, stage, &summary).await?;
    if stage == Stage::Plan {
        report::write(run, &summary).await;
    }
    Ok(summary)
}

/// The summary of a run, from what it left behind.
pub async fn summarize(run: &Run, request: JudgeRequest) -> Result<RunSummary, StepError> {
    let listed = keys::repositories(&run.id);
    let (repositories, coverage, unsettled) =
        try_join!(run.read(&listed), latest_coverage(run, &request), left_by_others(run))?;
    let mut left = LeftBehind {
        failed: repositories.failed,
        warnings: repositories.warnings,
        ..LeftBehind::default()
    };
    left.warnings.extend(coverage.warnings);
    left.warnings.extend(unsettled);
    let (found, broken) = stream::iter(&repositories.repositories)
        .map(|repository| find(run, repository, &request))
        .buffered(AT_ONCE)
        .try_fold((Vec::new(), None), async |(mut found, broken), mut left| {
            let broken = FindingSummary::sum(broken.into_iter().chain(left.findings.take()));
            found.push(left);
            Ok((found, broken))
        })
        .await?;
    // Of a run that plans only some repositories, or could not list one, nobody can tell.
    let is_each_listed = left.failed.is_empty() && repositories.unread.is_empty();
    if run.request.repositories.is_empty() && is_each_listed {
        left.warnings.extend(sought_in_vain(&repositories.repositories, &found));
    }
    let read_alone: Vec<(Place, ReadAlone)> =
        found.iter().filter_map(|it| it.read_alone.clone()).collect();
    left.warnings.extend(known_registries::warnings(run, &read_alone).await);
    for found in found {
        left.repositories.extend(found.repositories);
        left.failed.extend(found.failed);
        left.unlisted.extend(found.unlisted);
        left.warnings.extend(found.warnings);
    }
    let listed = &repositories.repositories;
    left.warnings.extend(told_in_vain(run, listed, &left.repositories, request.has_no_slack_token));
    let untouched = if run.request.repositories.is_empty() {
        untouched(&repositories.registries)
    } else {
        Vec::new()
    };
    let unread_registries = unread_registries(repositories.unread, &coverage.registries);
    let is_listed = left.unlisted.is_empty() && unread_registries.is_empty();
    for unlisted in left.unlisted {
        if left.failed.iter().all(|failed| failed.id() != unlisted.id()) {
            left.failed.push(unlisted);
        }
    }
    left.warnings.sort();
    left.warnings.dedup();

    let totals = totals(&left.repositories);
    let goes_on = GoesOn::sum(left.repositories.iter().flat_map(|it| it.goes_on.iter().copied()));
    let gaps = coverage.coverage.gaps(&run.policy);
    let stopped = match request.stopped {
        None if request.deleting => wished(run, &totals).await?,
        stopped => stopped,
    };
    // Of what was asked for without an answer nobody can say that it did not go.
    let is_unknown = |it: &RepositorySummary| it.not_deleted.iter().any(|row| row.unknown);
    let deleted = totals.outcomes.changed() > 0 || left.repositories.iter().any(is_unknown);
    let ending = match &stopped {
        // What went is said before what stopped it.
        Some(_) if request.deleting && deleted => Ending::Partial,
        Some(stopped) => stopped.ending,
        None => {
            let went = request.deleting.then_some(deleted);
            ending(went, gaps.is_empty(), is_listed, &totals, &left.failed)
        }
    };
    let everywhere = gaps.iter().filter(|gap| gap.place.is_none()).map(|gap| gap.source);
    let mut incomplete = coverage.coverage.except;
    incomplete.retain(|row| row.status == CoverageStatus::Failed);
    let mut summary = RunSummary {
        schema_version: V1,
        run: run.id.clone(),
        ending,
        stopped: stopped.map(|stopped| stopped.reason),
        dry_run: !request.deleting,
        started_at: run.request.started_at,
        ended_at: run.now(),
        totals,
        coverage_default: coverage.coverage.default,
        coverage_default_reason: coverage.default_reason,
        coverage_default_remedies: coverage.default_remedies,
        coverage_default_sources: (coverage.coverage.default == CoverageDefault::Failed)
            .then(|| everywhere.collect()),
        incomplete,
        failed: left.failed,
        unread_registries,
        warnings: left.warnings,
        findings: broken,
        goes_on,
        untouched,
        off: OffRow::all(&run.policy.scope),
        saves: None,
        saved: None,
        repositories: left.repositories,
    };
    summary.price(&run.policy.prices);
    Ok(summary)
}

/// That somebody, or the policy's brake, stopped the run, where it left something: what deletes elsewhere
/// has no word of that beside what became of its repository.
async fn wished(run: &Run, totals: &RunTotals) -> Result<Option<Stopped>, StepError> {
    let OutcomeCounts { not_asked, failed, .. } = totals.outcomes;
    if not_asked + failed == 0 {
        return Ok(None);
    }
    let wish = find_wish(run, &run.id).await?.filter(|wish| not_asked > 0 || wish.found.is_some());
    Ok(wish.map(|wish| {
        let error = stopped(&run.id, wish);
        Stopped { ending: error.ending(), reason: error.in_full().into() }
    }))
}

/// The registries that could not be listed, and those whose settings could not be read.
fn unread_registries(
    unlisted: Vec<UnreadRegistry>,
    settings: &[RegistrySettings],
) -> Vec<UnreadRegistry> {
    let of_settings = settings.iter().filter_map(|it| {
        let unread = it.unread.clone()?;
        Some(UnreadRegistry { account: it.account.clone(), region: it.region.clone(), unread })
    });
    let mut unread: Vec<UnreadRegistry> = unlisted.into_iter().chain(of_settings).collect();
    unread.sort();
    unread
}

/// What rules look for among the tags of images, in vain in all repositories that they decide
/// over. Nothing of a rule of which one has no plan.
fn sought_in_vain(repositories: &[MatchedRepository], found: &[LeftBehind]) -> Vec<Warning> {
    let mut in_vain = InVain::default();
    for (repository, found) in repositories.iter().zip(found) {
        in_vain.add(repository.rule, found.sought_in_vain.clone().unwrap_or_default());
    }
    in_vain.warnings().collect()
}

async fn latest_coverage(run: &Run, request: &JudgeRequest) -> Result<RunCoverage, StepError> {
    if request.deleting
        && let Some(coverage) = run.find(&keys::coverage(&run.id, Stage::Recheck)).await?
    {
        return Ok(coverage);
    }
    run.read(&keys::coverage(&run.id, request.stage)).await
}

/// What one repository left behind.
async fn find(
    run: &Run,
    matched: &MatchedRepository,
    request: &JudgeRequest,
) -> Result<LeftBehind, StepError> {
    let mut left = LeftBehind::default();
    let stage = request.stage;
    let id = &matched.id();
    let plan_key = |stage| keys::plan(&run.id, stage, id);
    let key = plan_key(stage);
    match attempt(run, stage, id).await? {
        Attempt::Planned { .. } => {}
        Attempt::Failed(failure) if failure.step == StepName::Delete => {}
        Attempt::Failed(failure) => {
            left.failed.push(failure);
            return Ok(left);
        }
        // Only what deletes something is planned again.
        Attempt::None if stage == Stage::Recheck => return Ok(left),
        Attempt::None => {
            let cause = Cause {
                error: ErrorName::Internal.into(),
                message: "it was not planned, and nothing says why; start a new run".into(),
            };
            left.failed.push(failure(run, id, StepName::Plan, cause));
            return Ok(left);
        }
    }
    let ReadPlan { digest: plan_digest, head, deletions } = read_plan(run, &key, request).await?;
    let mut blocked = blocks(&head);
    left.sought_in_vain = Some(head.sought_in_vain);
    left.findings = head.findings;
    left.read_alone = head.read_alone.map(|read| (id.registry.clone(), read));
    left.unlisted = head.unlisted;
    let mut warnings = head.warnings;
    let mut outcomes = OutcomeCounts::default();
    let mut not_deleted = Vec::new();
    if request.deleting && head.plan.summary.delete > 0 {
        let key_again = plan_key(Stage::Recheck).head();
        let (again, head_again, receipts) = try_join!(
            attempt(run, Stage::Recheck, id),
            run.find(&key_again),
            find_receipts(&*run.store, &run.id, id),
        )?;
        if again.has_plan() {
            let again = head_again.ok_or_else(|| run.missing(&key_again))?;
            blocked.extend(blocks(&again));
            warnings.extend(again.warnings);
            left.unlisted.extend(again.unlisted);
        }
        // What deleting has finished after all has not failed.
        let is_finished = receipts.as_ref().is_some_and(|receipts| receipts.finished);
        left.failed
            .extend(again.failure().filter(|it| it.step != StepName::Delete || !is_finished));
        if let Some(receipts) = receipts {
            outcomes = count(&receipts, &deletions);
            if let Some(freed) = head.plan.summary.freed {
                outcomes.free(freed, head.plan.summary.deleted());
            }
            not_deleted = still_there(&receipts);
        } else {
            outcomes.not_asked = head.plan.summary.delete;
        }
        if outcomes.not_asked > 0 {
            let reason = "the sweep stopped before it was taken up".into();
            let images = outcomes.not_asked;
            not_deleted.push(NotDeleted { code: None, reason, images, unknown: false });
        }
    }
    left.warnings.extend(warnings);
    left.repositories.push(RepositorySummary {
        account: matched.account.clone(),
        region: matched.region.clone(),
        repository: matched.repository.clone(),
        plan_digest,
        plan: head.plan.summary,
        goes_on: head.plan.goes_on,
        blocked,
        outcomes,
        not_deleted,
        to_vault: to_vault(run, matched, &head.plan.summary),
        notify: channels(run, matched),
    });
    Ok(left)
}

/// What is judged of a plan.
struct ReadPlan {
    digest: Digest,
    head: StoredPlanHead,
    /// What it deletes. None where nothing was to be deleted.
    deletions: PlannedDeletions,
}

/// Reads a plan and keeps what is judged of it alone: the plans of a run are read many at once, and
/// each may be as large as all that a function has memory for beside it.
async fn read_plan(
    run: &Run,
    key: &Key<StoredPlan>,
    request: &JudgeRequest,
) -> Result<ReadPlan, StepError> {
    let stored = run.store.get_held(key).await?.ok_or_else(|| run.missing(key))?;
    let head = run.parse(&key.head(), &stored.bytes)?;
    let deletions = if request.deleting && head.plan.summary.delete > 0 {
        PlannedDeletions::from(&run.parse(key, &stored.bytes)?)
    } else {
        PlannedDeletions::default()
    };
    Ok(ReadPlan { digest: sha256(&stored.bytes), head, deletions })
}

fn blocks(head: &StoredPlanHead) -> Vec<BlockSummary> {
    head.plan.blocked.iter().map(BlockSummary::from).collect()
}

/// Why images are still there, or that nobody knows whether they are; and how many for each reason.
fn still_there(receipts: &Receipts) -> Vec<NotDeleted> {
    let mut rows: BTreeMap<NotDeleted, u64> = BTreeMap::new();
    for receipt in &receipts.receipts {
        let (code, reason, unknown) = match &receipt.outcome {
            DeletionOutcome::Deleted | DeletionOutcome::Archived | DeletionOutcome::AlreadyGone => {
                continue;
            }
            DeletionOutcome::Skipped { reason } => (None, reason.clone(), false),
            DeletionOutcome::Failed { code, reason } => (Some(code.clone()), reason.clone(), false),
            DeletionOutcome::Asked => {
                (None, "the registry was asked, and its answer is not known".into(), true)
            }
        };
        *rows.entry(NotDeleted { code, reason, images: 0, unknown }).or_default() += 1;
    }
    rows.into_iter().map(|(row, images)| NotDeleted { images, ..row }).collect()
}

fn totals(repositories: &[RepositorySummary]) -> RunTotals {
    let mut totals = RunTotals { repositories: repositories.len() as u64, ..RunTotals::default() };
    for repository in repositories {
        totals.blocked += u64::from(!repository.blocked.is_empty());
        totals.outcomes += repository.outcomes;
        totals.plan.add(&repository.plan);
    }
    totals
}

/// How a run ended that nothing stopped. `went`: whether something went, or may have; none where nothing was to.
fn ending(
    went: Option<bool>,
    is_complete: bool,
    is_listed: bool,
    totals: &RunTotals,
    failed: &[RepositoryFailure],
) -> Ending {
    let (deleting, deleted) = (went.is_some(), went == Some(true));
    let in_the_way = !is_complete || !is_listed || totals.blocked > 0;
    let is_left = totals.outcomes.not_asked > 0;
    let is_refused = failed.iter().any(|failure| failure.error.ending() == Ending::Refused);
    match (deleting, in_the_way) {
        (false, true) => Ending::Incomplete,
        (true, _) if !is_complete && !deleted => Ending::NothingDeleted,
        (true, true) => Ending::Partial,
        (true, false) if totals.outcomes.failed > 0 => Ending::Partial,
        (true, false) if deleted && (!failed.is_empty() || is_left) => Ending::Partial,
        (true, false) if is_refused => Ending::Refused,
        _ if !failed.is_empty() || is_left => Ending::Failed,
        _ => Ending::Done,
    }
}
