//! What repositories of a run say of one another: a referrer stays while its subject stays, in
//! whatever repository that is.
//!
//! Every repository is planned by itself first. Then what referrers name and that is not in their
//! own repository is looked for in all others, and the repositories are planned again for which
//! something was found that stays, until nothing more is found. What is in memory meanwhile is what
//! is looked for, and the plans or lists of a few repositories at a time.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ecr_sweep_core::{Digest, RepositoryId, Whereabouts};
use ecr_sweep_protocol::documents::{
    AwaitedSubject, MatchedRepository, Repositories, RepositoryFailure, Stage, StoredPlan,
    StoredPlanHead, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::run::attempt::{Attempt, attempt, failure, record_failure, store_plan};
use crate::run::documents::AT_ONCE;
use crate::steps::plan_repo::{Known, plan_knowing};
use crate::{Run, SharedEvidence, StepError};

/// What is known of each repository from outside of it.
pub(super) type KnownByRepository = BTreeMap<RepositoryId, Known>;

/// Which plans are made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeAgain {
    /// Any.
    All,
    /// Those that delete something: what a limit blocks is not to be held against it again.
    Deleting,
}

/// A repository in which something refers to images that are not there.
struct Asking {
    matched: MatchedRepository,
    subjects: BTreeSet<Digest>,
    awaits: Option<Vec<AwaitedSubject>>,
}

/// Where the images are that something elsewhere refers to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Those that stay, or may.
    stays: BTreeMap<Digest, Whereabouts>,
    /// Those that a plan deletes.
    leaves: BTreeMap<Digest, BTreeSet<RepositoryId>>,
    /// Repositories that could not be listed.
    unlisted: BTreeMap<RepositoryId, RepositoryFailure>,
}

/// Plans those repositories again in which something refers to an image that stays elsewhere, and
/// writes into the plans of the others what has to be gone before what refers to it.
pub(super) async fn settle(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
    known: &mut KnownByRepository,
    made_again: MadeAgain,
) -> Result<(), StepError> {
    settle_some(run, evidence, listed, &listed.repositories, known, made_again).await
}

/// The same for one repository that was planned again alone.
pub(crate) async fn settle_one(
    run: &Run,
    evidence: &SharedEvidence,
    matched: &MatchedRepository,
) -> Result<(), StepError> {
    let listed = run.read(&keys::repositories(&run.id)).await?;
    let mut known = KnownByRepository::new();
    let one = std::slice::from_ref(matched);
    settle_some(run, evidence, &listed, one, &mut known, MadeAgain::All).await
}

async fn settle_some(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
    some: &[MatchedRepository],
    known: &mut KnownByRepository,
    made_again: MadeAgain,
) -> Result<(), StepError> {
    loop {
        let asking = find_asking(run, evidence.stage, some, made_again).await?;
        if asking.is_empty() {
            return Ok(());
        }
        let asked = asking.iter().flat_map(|it| &it.subjects).copied().collect();
        let found = find(run, evidence.stage, listed, &asked).await?;
        let mut to_plan = Vec::new();
        for it in &asking {
            let known = known.entry(it.matched.id()).or_default();
            if learn(known, &it.subjects, &found) {
                to_plan.push((it.matched.clone(), known.clone()));
            }
        }
        if to_plan.is_empty() {
            return await_subjects(run, evidence.stage, asking, &found).await;
        }
        plan_again(run, evidence, to_plan).await?;
    }
}

/// Looks in all repositories for what something in one of them refers to.
pub(crate) async fn find_subjects(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
    subjects: &BTreeSet<Digest>,
) -> Result<BTreeMap<Digest, Whereabouts>, StepError> {
    if subjects.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = subjects.iter().copied().collect();
    Ok(find(run, stage, listed, &asked).await?.stays)
}

async fn find_asking(
    run: &Run,
    stage: Stage,
    repositories: &[MatchedRepository],
    made_again: MadeAgain,
) -> Result<Vec<Asking>, StepError> {
    stream::iter(repositories)
        .map(async |matched| {
            let attempt = attempt(run, stage, &matched.id()).await?;
            if !matches!(attempt, Attempt::Planned { refers_elsewhere: true, .. }) {
                return Ok(None);
            }
            let key = keys::plan(&run.id, stage, &matched.id()).head();
            let StoredPlanHead { absent_subjects: subjects, awaits, plan, .. } =
                run.read(&key).await?;
            let is_made_again = made_again == MadeAgain::All || plan.summary.delete > 0;
            Ok(is_made_again.then(|| Asking { matched: matched.clone(), subjects, awaits }))
        })
        .buffered(AT_ONCE)
        .try_filter_map(async |asking| Ok(asking))
        .try_collect()
        .await
}

/// Takes in what was found of some subjects. Says whether that is more than was known.
fn learn(known: &mut Known, subjects: &BTreeSet<Digest>, found: &Found) -> bool {
    let before = known.subjects.len();
    for subject in subjects {
        if let Some(whereabouts) = found.stays.get(subject) {
            known.subjects.entry(*subject).or_insert_with(|| whereabouts.clone());
            if let Whereabouts::NotKnown(id) = whereabouts
                && let Some(failure) = found.unlisted.get(id)
            {
                known.unlisted.insert(id.clone(), failure.clone());
            }
        }
    }
    known.subjects.len() > before
}

/// Looks for images in all repositories: where there is a plan of this stage, in that, else in the
/// registry, as what is not planned stays.
async fn find(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
    asked: &HashSet<Digest>,
) -> Result<Found, StepError> {
    let of_planned =
        stream::iter(&listed.repositories).map(|matched| find_planned(run, stage, matched, asked));
    let mut found: Found = of_planned
        .buffer_unordered(run.sessions.concurrency())
        .try_fold(Found::default(), async |found, other| Ok(found.and(other)))
        .await?;
    let untouched = listed
        .registries
        .iter()
        .flat_map(|it| it.untouched.iter().map(|name| RepositoryId::new(&it.place(), name)));
    let others = untouched.chain(listed.failed.iter().map(RepositoryFailure::id));
    let of_others = stream::iter(others).map(async |id| find_listed(run, stage, &id, asked).await);
    let mut of_others = of_others.buffer_unordered(run.sessions.concurrency());
    while let Some(other) = of_others.next().await {
        found = found.and(other);
    }
    // What else is in a registry that could not be listed, nobody can tell.
    if let Some(unlisted) = listed.unread.first() {
        for digest in asked {
            let whereabouts = || Whereabouts::Unlisted(unlisted.place());
            found.stays.entry(*digest).or_insert_with(whereabouts);
        }
    }
    Ok(found)
}

async fn find_planned(
    run: &Run,
    stage: Stage,
    matched: &MatchedRepository,
    asked: &HashSet<Digest>,
) -> Result<Found, StepError> {
    let id = matched.id();
    if !attempt(run, stage, &id).await?.has_plan() {
        return Ok(find_listed(run, stage, &id, asked).await);
    }
    let StoredPlan { plan, .. } = run.read(&keys::plan(&run.id, stage, &id)).await?;
    let blocked = plan.blocked.iter().flat_map(|block| block.would_delete.iter().copied());
    // What is archived is still there: restored, it needs what refers to it.
    let (archived, leaves): (Vec<_>, Vec<_>) = plan.delete.iter().partition(|it| it.archive);
    let stays = plan.keep.iter().map(|kept| kept.digest).chain(blocked);
    let stays = stays.chain(archived.into_iter().map(|deletion| deletion.digest));
    let leaves = leaves.into_iter().map(|deletion| deletion.digest);
    let leaves = leaves.filter(|digest| asked.contains(digest));
    Ok(Found {
        leaves: leaves.map(|digest| (digest, [id.clone()].into())).collect(),
        ..Found::staying(stays, asked, &id)
    })
}

/// A repository that cannot be listed may have any image.
async fn find_listed(run: &Run, stage: Stage, id: &RepositoryId, asked: &HashSet<Digest>) -> Found {
    match run.sessions.registry(&id.registry).images(&id.name).await {
        Ok(images) => Found::staying(images.into_iter().map(|image| image.digest), asked, id),
        Err(error) if is_repository_gone(&error) => Found::default(),
        Err(error) => {
            tracing::warn!(repository = %id, %error, "what refers to its images stays");
            let not_known = |digest: &Digest| (*digest, Whereabouts::NotKnown(id.clone()));
            let failure = failure(run, id, stage.into(), &StepError::from(error));
            Found {
                stays: asked.iter().map(not_known).collect(),
                unlisted: [(id.clone(), failure)].into(),
                ..Found::default()
            }
        }
    }
}

impl Found {
    fn staying(
        images: impl Iterator<Item = Digest>,
        asked: &HashSet<Digest>,
        id: &RepositoryId,
    ) -> Self {
        let stays = images.filter(|digest| asked.contains(digest));
        let stays = stays.map(|digest| (digest, Whereabouts::In(id.clone()))).collect();
        Self { stays, ..Self::default() }
    }

    /// Both. Of two places the first tells, and what is known before what is not.
    fn and(mut self, other: Self) -> Self {
        for (digest, whereabouts) in other.stays {
            let first = self.stays.entry(digest).or_insert_with(|| whereabouts.clone());
            if whereabouts < *first {
                *first = whereabouts;
            }
        }
        for (digest, repositories) in other.leaves {
            self.leaves.entry(digest).or_default().extend(repositories);
        }
        self.unlisted.extend(other.unlisted);
        self
    }
}

/// So many repositories are planned again at least before the time is looked at.
const A_TURN: usize = 100;

/// Plans these again. One that cannot be is written down as failed, and what is there stays.
///
/// Ends with [`StepError::OutOfTime`] at the context's deadline. A further call learns everything anew,
/// so it gets no further.
async fn plan_again(
    run: &Run,
    evidence: &SharedEvidence,
    mut to_plan: Vec<(MatchedRepository, Known)>,
) -> Result<(), StepError> {
    loop {
        let left = to_plan.split_off(to_plan.len().min(A_TURN));
        stream::iter(to_plan)
            .map(async |(matched, known)| {
                match plan_knowing(run, evidence, &matched, known).await {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        let id = matched.id();
                        record_failure(run, &id, evidence.stage.into(), &error).await.map(drop)
                    }
                }
            })
            .buffer_unordered(run.sessions.concurrency())
            .try_collect::<()>()
            .await?;
        if left.is_empty() {
            return Ok(());
        }
        if run.deadline.has_passed() {
            return Err(StepError::OutOfTime { steps: 0 });
        }
        to_plan = left;
    }
}

/// Writes down what is deleted elsewhere and has to be gone before what refers to it.
async fn await_subjects(
    run: &Run,
    stage: Stage,
    asking: Vec<Asking>,
    found: &Found,
) -> Result<(), StepError> {
    stream::iter(asking)
        .map(async |Asking { matched, subjects, awaits: before, .. }| {
            let awaits: BTreeSet<AwaitedSubject> = subjects
                .iter()
                .filter_map(|digest| Some((digest, found.leaves.get(digest)?)))
                .flat_map(|(digest, elsewhere)| elsewhere.iter().map(|it| awaited(*digest, it)))
                .collect();
            let awaits = Some(Vec::from_iter(awaits));
            if awaits == before {
                return Ok(());
            }
            let id = matched.id();
            let mut stored = run.read(&keys::plan(&run.id, stage, &id)).await?;
            stored.awaits = awaits;
            store_plan(run, stage, &id, stored).await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

fn awaited(digest: Digest, repository: &RepositoryId) -> AwaitedSubject {
    AwaitedSubject {
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        digest,
    }
}
