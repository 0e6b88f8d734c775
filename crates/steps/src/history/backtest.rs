//! What another policy would have done at each stored run.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::policy::{Limits, RepositoryRule};
use ecr_sweep_core::{
    Afterwards, CoverageStatus, Digest, Image, ImageTimes, Look, Planned, PlannedSince, Policy,
    Remembered, Repository, RepositoryFacts, RepositoryId, UsageIndex, judge_looks, nearest_need,
    planned_before,
};
use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::backtest::{
    Backtest, BacktestedRun, NEEDED_TOLD, NearestImage, NeededImage,
};
use ecr_sweep_protocol::documents::{MatchedRepository, RunRequest, Stage, V1, keys, sha256};
use futures::{StreamExt, TryStreamExt, stream, try_join};
use jiff::{SignedDuration, Timestamp};

use super::requests::{Requests, read_requests};
use crate::StepError;
use crate::run::documents::find_document;
use crate::steps::plan_repo::PlannedEvidence;

/// So many looks at one repository are read at once.
const LOOKS_AT_ONCE: usize = 8;

/// What a policy would have deleted at each stored run since then, and what of it somebody needed later.
///
/// Grace counts from run to run, as it would have. Limits do not count, nor what is in other
/// repositories, by replication or as a subject: so it is at least what the policy would have deleted.
pub async fn backtest(
    store: &dyn RunStore,
    policy: &Policy,
    text: &str,
    since: Option<Timestamp>,
) -> Result<Backtest, StepError> {
    let Requests { requests, unreadable } = read_requests(store).await?;
    let is_asked =
        |it: &RunRequest| !it.explain_only && since.is_none_or(|since| it.started_at >= since);
    let requests: Vec<RunRequest> = requests.into_iter().filter(is_asked).collect();
    let policy = without_limits(policy);
    let runs: Vec<PastRun> = stream::iter(requests)
        .map(|request| PastRun::read(store, &policy, request))
        .buffered(LOOKS_AT_ONCE)
        .try_collect()
        .await?;
    let ids: BTreeSet<RepositoryId> =
        runs.iter().flat_map(|run| run.matched.keys()).cloned().collect();
    let mut all = Backtest {
        schema_version: V1,
        policy_digest: sha256(text.as_bytes()),
        images: 0,
        bytes: 0,
        not_needed: 0,
        needed: 0,
        not_known: 0,
        needed_again: Vec::new(),
        nearest: None,
        runs: runs.iter().map(PastRun::row).collect(),
        unreadable,
    };
    for id in &ids {
        OneRepository { store, policy: &policy, runs: &runs, id }.judge(&mut all).await?;
    }
    all.needed_again.sort();
    all.needed_again.truncate(NEEDED_TOLD);
    Ok(all)
}

fn without_limits(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.limits = Limits::default();
    for rule in &mut policy.repositories {
        rule.limits = Limits::default();
    }
    policy
}

/// A run with what is known of all its repositories.
struct PastRun {
    request: RunRequest,
    matched: BTreeMap<RepositoryId, MatchedRepository>,
    evidence: Option<PlannedEvidence>,
    /// Whether it has stored the tags of repositories that the policy asks for.
    has_tags: bool,
    problem: Option<Box<str>>,
}

/// What a run has stored of all its repositories.
struct Seen {
    matched: BTreeMap<RepositoryId, MatchedRepository>,
    evidence: PlannedEvidence,
    has_tags: bool,
}

impl PastRun {
    async fn read(
        store: &dyn RunStore,
        policy: &Policy,
        request: RunRequest,
    ) -> Result<Self, StepError> {
        match Self::read_whole(store, policy, &request).await {
            Ok(Some(Seen { matched, evidence, has_tags })) => {
                Ok(Self { request, matched, evidence: Some(evidence), has_tags, problem: None })
            }
            Ok(None) => Ok(Self::without("it stopped before it had planned", request)),
            Err(StepError::Document { address, source, .. }) => {
                Ok(Self::without(&format!("{address} cannot be read: {source}"), request))
            }
            Err(error) => Err(error),
        }
    }

    fn without(problem: &str, request: RunRequest) -> Self {
        let (matched, problem) = (BTreeMap::new(), Some(problem.into()));
        Self { request, matched, evidence: None, has_tags: false, problem }
    }

    async fn read_whole(
        store: &dyn RunStore,
        policy: &Policy,
        request: &RunRequest,
    ) -> Result<Option<Seen>, StepError> {
        let run = &request.run;
        let (repositories, coverage, digests) = (
            keys::repositories(run),
            keys::coverage(run, Stage::Plan),
            keys::digests(run, Stage::Plan),
        );
        let (repositories, coverage, digests) = try_join!(
            find_document(store, &repositories),
            find_document(store, &coverage),
            find_document(store, &digests),
        )?;
        let (Some(repositories), Some(mut coverage), Some(digests)) =
            (repositories, coverage, digests)
        else {
            return Ok(None);
        };
        if coverage.evidence != digests.evidence {
            return Ok(None);
        }
        // What the run's own policy turned off was not looked at: this one may ask for it.
        for row in &mut coverage.coverage.except {
            if row.status == CoverageStatus::Off {
                row.status = CoverageStatus::Failed;
                row.reason = Some("the policy of the run had it off".into());
            }
        }
        let has_tags = !policy.asks_for_repository_tags() || read_tags(store, request).await?;
        let evidence = PlannedEvidence::of(policy, coverage, digests);
        let matched = repositories.repositories.into_iter().map(|it| (it.id(), it)).collect();
        Ok(Some(Seen { matched, evidence, has_tags }))
    }

    fn row(&self) -> BacktestedRun {
        BacktestedRun {
            run: self.request.run.clone(),
            started_at: self.request.started_at,
            repositories: 0,
            would_delete: 0,
            first: 0,
            blocked: 0,
            not_whole: 0,
            not_known: 0,
            problem: self.problem.clone(),
        }
    }
}

/// Whether the policy of a run had the tags of repositories read, so that they are stored.
async fn read_tags(store: &dyn RunStore, request: &RunRequest) -> Result<bool, StepError> {
    let Some(stored) = store.get(&keys::policy(&request.run)).await? else { return Ok(false) };
    let text = String::from_utf8_lossy(&stored.bytes);
    let read = policy::read("policy.yaml", &text, Use::Live);
    Ok(read.is_ok_and(|file| file.policy.reads_repository_tags()))
}

/// One repository over all runs.
struct OneRepository<'a> {
    store: &'a dyn RunStore,
    policy: &'a Policy,
    runs: &'a [PastRun],
    id: &'a RepositoryId,
}

/// A repository as one run found it.
struct Found<'a> {
    /// The place of the run.
    run: usize,
    at: Timestamp,
    repository: Repository,
    index: UsageIndex,
    rule: &'a RepositoryRule,
}

impl<'a> OneRepository<'a> {
    async fn judge(&self, all: &mut Backtest) -> Result<(), StepError> {
        let found: Vec<(usize, Option<Found<'a>>)> = stream::iter(0..self.runs.len())
            .map(|run| self.find(run))
            .buffered(LOOKS_AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await?;
        for (run, found) in &found {
            let row = &mut all.runs[*run];
            row.not_known += u64::from(found.is_none());
            row.repositories += u64::from(found.is_some());
        }
        let found: Vec<Found<'a>> = found.into_iter().filter_map(|(_, found)| found).collect();
        let looks = self.looks(&found, all);
        for gone in judge_looks(&looks) {
            let Found { run, repository, .. } = &found[gone.look];
            let image = repository.images.iter().find(|image| image.digest == gone.digest);
            all.images += 1;
            all.bytes = all.bytes.saturating_add(image.and_then(Image::own_bytes).unwrap_or(0));
            all.runs[*run].first += 1;
            match gone.afterwards {
                Afterwards::NotNeeded => all.not_needed += 1,
                Afterwards::NotKnown => all.not_known += 1,
                Afterwards::NeededAgain { need, at, look } => {
                    all.needed += 1;
                    all.needed_again.push(NeededImage {
                        needed_at: at,
                        need,
                        account: self.id.registry.account.clone(),
                        region: self.id.registry.region.clone(),
                        repository: self.id.name.clone(),
                        digest: gone.digest,
                        tags: image.map(|image| image.tags.clone()).unwrap_or_default(),
                        gone_in: self.runs[*run].request.run.clone(),
                        gone_at: looks[gone.look].at,
                        seen_in: self.runs[found[look].run].request.run.clone(),
                    });
                }
            }
        }
        self.nearest(&found, &looks, all);
        Ok(())
    }

    /// The repository as a run found it, where the policy takes it. The second is none where what is needed is
    /// not stored.
    async fn find(&self, run: usize) -> Result<Option<(usize, Option<Found<'a>>)>, StepError> {
        let PastRun { request, matched, evidence, has_tags, .. } = &self.runs[run];
        let (Some(matched), Some(evidence)) = (matched.get(self.id), evidence) else {
            return Ok(None);
        };
        if !has_tags {
            return Ok(Some((run, None)));
        }
        let Some((_, rule)) = self.policy.rule_for(&matched.repository, &matched.tags) else {
            return Ok(None);
        };
        let (images, index) =
            (keys::images(&request.run, self.id), keys::index(&request.run, Stage::Plan, self.id));
        let read = try_join!(find_document(self.store, &images), find_document(self.store, &index));
        let (images, index) = match read {
            Ok((Some(images), Some(index))) => (images, index),
            Ok(_) | Err(StepError::Document { .. }) => return Ok(Some((run, None))),
            Err(error) => return Err(error),
        };
        let (at, evidence_of_it) = (images.planned_at, index.evidence);
        let repository = images.into_repository();
        let Some(repository) = repository.filter(|_| evidence_of_it == evidence.digest()) else {
            return Ok(Some((run, None)));
        };
        let index = evidence.usage_of(self.policy, self.id, &repository.images, index);
        Ok(Some((run, index.map(|index| Found { run, at, repository, index, rule }))))
    }

    /// What each run saw, and what the policy would have deleted then.
    fn looks(&self, found: &[Found<'a>], all: &mut Backtest) -> Vec<Look> {
        let mut planned_since = PlannedSince::new();
        let mut seen: BTreeSet<Digest> = BTreeSet::new();
        let mut looks = Vec::with_capacity(found.len());
        for it in found {
            let remembered =
                Remembered { planned_since: Some(planned_since.clone()), ..Remembered::NOTHING };
            let evidence = it.index.evidence_for(self.id);
            let decision = RepositoryFacts {
                registry: &self.id.registry,
                repository: &it.repository,
                evidence: &evidence,
                policy: self.policy,
                rule: it.rule,
                remembered: &remembered,
                now: it.at,
            }
            .decide();
            let in_use = decision.seen_in_use();
            let Planned { plan, candidates, .. } = decision.into_plan();
            let candidates =
                it.repository.images.iter().filter(|it| candidates.contains(&it.digest));
            planned_since = candidates
                .map(|image| {
                    let since = planned_before(image, &planned_since).unwrap_or(it.at);
                    (image.digest, since)
                })
                .collect();
            seen.extend(it.repository.images.iter().map(|image| image.digest));
            let mut used: BTreeSet<Digest> = in_use.images.into_keys().collect();
            let evidence = self.runs[it.run].evidence.as_ref();
            used.extend(seen.iter().filter(|it| evidence.is_some_and(|all| all.names(**it))));
            let row = &mut all.runs[it.run];
            row.would_delete += plan.delete.len() as u64;
            row.blocked += u64::from(!plan.blocked.is_empty());
            row.not_whole += u64::from(!in_use.is_whole);
            looks.push(Look {
                at: it.at,
                images: it.repository.images.iter().map(times).collect(),
                used,
                is_whole: in_use.is_whole,
                deletes: plan.delete.into_iter().map(|deletion| deletion.digest).collect(),
            });
        }
        looks
    }

    fn nearest(&self, found: &[Found<'a>], looks: &[Look], all: &mut Backtest) {
        let deletes_in = |look: usize, days: u32| {
            let it = &found[look];
            let rule = RepositoryRule { grace: None, ..it.rule.clone() };
            let later = SignedDuration::from_hours(24 * i64::from(days));
            // A grace begins when nothing else keeps the image: nothing may have kept it so much earlier.
            let begun = it.rule.grace.map_or(it.at, |grace| grace.before(it.at));
            let now = begun.checked_add(later).unwrap_or(it.at);
            let evidence = it.index.evidence_for(self.id);
            let (registry, repository, policy) = (&self.id.registry, &it.repository, self.policy);
            let (evidence, rule, remembered) = (&evidence, &rule, &Remembered::NOTHING);
            let facts =
                RepositoryFacts { registry, repository, evidence, policy, rule, remembered, now };
            let delete = facts.decide().into_plan().plan.delete;
            Ok::<_, std::convert::Infallible>(delete.into_iter().map(|it| it.digest).collect())
        };
        let Ok(nearest) = nearest_need(looks, deletes_in);
        let Some(nearest) = nearest else { return };
        if all.nearest.as_ref().is_some_and(|it| it.days_short <= nearest.days_short) {
            return;
        }
        let mut images = found[nearest.look].repository.images.iter();
        let tags = images.find(|image| image.digest == nearest.digest).map(|it| it.tags.clone());
        all.nearest = Some(NearestImage {
            days_short: nearest.days_short,
            needed_at: nearest.needed_at,
            account: self.id.registry.account.clone(),
            region: self.id.registry.region.clone(),
            repository: self.id.name.clone(),
            digest: nearest.digest,
            tags: tags.unwrap_or_default(),
        });
    }
}

fn times(image: &Image) -> (Digest, ImageTimes) {
    let times = ImageTimes {
        pushed_at: image.pushed_at,
        pulled_at: image.pulled_at,
        restored_at: image.restored_at,
    };
    (image.digest, times)
}
