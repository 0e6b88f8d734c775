//! The evidence that every repository's plan shares.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_core::{
    CacheRules, CoverageUnder, Digest, Image, Place, Policy, ReadUsage, RepositoryId, UsageIndex,
};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{
    DigestIndex, RegistrySettings, RepositoryIndex, RunCoverage, Stage, keys,
};
use futures::try_join;
use jiff::Timestamp;

use crate::{Run, StepError};

/// What was seen and what was not, and who names which digest: read once, used for every
/// repository.
#[derive(Debug)]
pub struct SharedEvidence {
    /// For which plan.
    pub stage: Stage,
    planned: PlannedEvidence,
}

/// The same, of whatever run and under whatever policy.
#[derive(Debug)]
pub(crate) struct PlannedEvidence {
    coverage: RunCoverage,
    under_policy: Arc<CoverageUnder>,
    cache_rules: Arc<[CacheRules]>,
    by_digest: BTreeMap<Digest, Vec<Arc<ReadUsage>>>,
}

impl PlannedEvidence {
    /// The evidence of these documents, as a policy sees it.
    pub(crate) fn of(policy: &Policy, coverage: RunCoverage, digests: DigestIndex) -> Self {
        let mut by_digest: BTreeMap<Digest, Vec<Arc<ReadUsage>>> = BTreeMap::new();
        for usage in digests.usage {
            let read = Arc::new(ReadUsage::new(usage, &policy.usage.aliases));
            for digest in read.digests() {
                by_digest.entry(digest).or_default().push(Arc::clone(&read));
            }
        }
        let under_policy = Arc::new(coverage.coverage.under(policy));
        let cache_rules = coverage.cache_rules.clone().into();
        Self { coverage, under_policy, cache_rules, by_digest }
    }

    /// Which evidence it is.
    pub(crate) const fn digest(&self) -> Digest {
        self.coverage.evidence
    }

    /// Whether something names a digest, in whatever repository.
    pub(crate) fn names(&self, digest: Digest) -> bool {
        self.by_digest.contains_key(&digest)
    }

    /// All usage that can matter to one repository with these images, that which names it among
    /// it: the same decision follows from it as from all usage there is. None where its registry was not
    /// listed.
    pub(crate) fn usage_of(
        &self,
        policy: &Policy,
        repository: &RepositoryId,
        images: &[Image],
        index: RepositoryIndex,
    ) -> Option<UsageIndex> {
        let settings = self.settings(&repository.registry)?;
        let read = |usage| Arc::new(ReadUsage::new(usage, &policy.usage.aliases));
        let used_here = images.iter().filter_map(|image| self.by_digest.get(&image.digest));
        let rows = index.usage.into_iter().map(read).chain(used_here.flatten().cloned()).collect();
        let destinations = settings.deletes_replicate_to.clone();
        let replication = BTreeMap::from([(repository.registry.clone(), destinations)]);
        let unread = settings.unread.clone().map(|unread| (repository.registry.clone(), unread));
        let cache_rules = Arc::clone(&self.cache_rules);
        let coverage = Arc::clone(&self.under_policy);
        let index = UsageIndex::of_read(rows, coverage, policy, replication)
            .with_unread_registries(unread.into_iter().collect())
            .with_cache_rules(cache_rules);
        // The coverage names every account that was looked at.
        Some(match self.coverage.organization {
            Some(_) => index.with_scanned_organization(),
            None => index,
        })
    }

    fn settings(&self, registry: &Place) -> Option<&RegistrySettings> {
        self.coverage.registries.iter().find(|it| it.place() == *registry)
    }
}

impl SharedEvidence {
    /// Reads what `index-usage` wrote.
    pub async fn read(run: &Run, stage: Stage) -> Result<Self, StepError> {
        let (coverage, digests) = (keys::coverage(&run.id, stage), keys::digests(&run.id, stage));
        let (coverage, digests) = try_join!(run.read(&coverage), run.read(&digests))?;
        Self::of(run, stage, coverage, digests)
    }

    /// The same as what was read before, unless there has been another scan since: the rows of a
    /// whole organization are not read anew for each of its repositories.
    pub(crate) async fn read_again(
        run: &Run,
        stage: Stage,
        before: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, StepError> {
        let coverage = run.read(&keys::coverage(&run.id, stage)).await?;
        let is_same =
            |before: &Arc<Self>| before.stage == stage && before.planned.coverage == coverage;
        if let Some(same) = before.filter(is_same) {
            return Ok(same);
        }
        let digests = run.read(&keys::digests(&run.id, stage)).await?;
        Ok(Arc::new(Self::of(run, stage, coverage, digests)?))
    }

    /// The evidence of these documents.
    pub(crate) fn of(
        run: &Run,
        stage: Stage,
        coverage: RunCoverage,
        digests: DigestIndex,
    ) -> Result<Self, StepError> {
        check_same(run, stage, coverage.evidence, digests.evidence)?;
        Ok(Self { stage, planned: PlannedEvidence::of(&run.policy, coverage, digests) })
    }

    /// Which evidence it is.
    pub(crate) const fn digest(&self) -> Digest {
        self.planned.digest()
    }

    /// When the oldest scan began.
    #[must_use]
    pub const fn evidence_at(&self) -> Timestamp {
        self.planned.coverage.evidence_at
    }

    /// The id of the organization of which all accounts were looked at.
    pub(super) fn organization(&self) -> Option<&str> {
        self.planned.coverage.organization.as_deref()
    }

    /// What the settings of a registry say.
    pub(crate) fn settings(
        &self,
        run: &Run,
        registry: &Place,
    ) -> Result<&RegistrySettings, StepError> {
        self.planned.settings(registry).ok_or_else(|| not_listed(run, registry))
    }

    /// The usage that names one repository.
    pub(super) async fn naming(
        &self,
        run: &Run,
        repository: &RepositoryId,
    ) -> Result<RepositoryIndex, StepError> {
        let key = keys::index(&run.id, self.stage, repository);
        let index: RepositoryIndex = run.read(&key).await?;
        check_same(run, self.stage, self.planned.coverage.evidence, index.evidence)?;
        Ok(index)
    }

    /// All usage that can matter to one repository with these images, that which names it among
    /// it: the same decision follows from it as from all usage there is.
    pub(super) fn for_repository(
        &self,
        run: &Run,
        repository: &RepositoryId,
        images: &[Image],
        index: RepositoryIndex,
    ) -> Result<UsageIndex, StepError> {
        let found = self.planned.usage_of(&run.policy, repository, images, index);
        found.ok_or_else(|| not_listed(run, &repository.registry))
    }
}

fn not_listed(run: &Run, registry: &Place) -> StepError {
    StepError::InvalidRequest {
        problem: format!("the run `{}` has not listed the registry {registry}", run.id),
        next: NextStep::StartNewRun,
    }
}

/// Documents of different scans do not make one evidence: what one scan missed, the coverage of
/// another would vouch for.
fn check_same(run: &Run, stage: Stage, coverage: Digest, index: Digest) -> Result<(), StepError> {
    if coverage == index {
        return Ok(());
    }
    Err(StepError::Conflict {
        problem: format!(
            "{} and the index beside it come from different scans",
            run.store.address(&keys::coverage(&run.id, stage))
        ),
        next: NextStep::EndOtherProcess,
    })
}
