//! Whether somebody asks for an image that the run has deleted or archived.
//!
//! It is looked up in the event history of the registry's account and Region, again every two minutes
//! as long as the run deletes there, once for all who do. What cannot be looked up stops the run, too.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::trail::Asked;
use ecr_sweep_core::{Digest, ImageStatus, Place, RepositoryId};
use ecr_sweep_protocol::documents::{DeletionOutcome, Lock, Receipt};
use jiff::{SignedDuration, Timestamp};

use super::lock::HeldLock;
use super::opened::Run;
use super::receipts::find_receipts;
use crate::StepError;
use crate::error::is_repository_gone;

/// The policy's setting.
const SETTING: &str = "limits.asked_again";

/// How long what was looked up is good for.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_mins(2);

/// How late an event may come: it is delivered some 5 minutes after the call, 15 at times.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
const LATE: SignedDuration = SignedDuration::from_mins(20);

impl HeldLock {
    /// Looks whether somebody has asked for an image of the registry that the run has deleted or archived, unless
    /// somebody has just looked. If so, the run stops, and if that cannot be known.
    pub(crate) async fn look_whether_asked_again(
        &self,
        run: &Run,
        registry: &Place,
    ) -> Result<(), StepError> {
        let _alone = self.looking.lock().await;
        let lock = self.read(run).await?;
        let key = registry.to_string();
        let now = run.now();
        let looked_at = lock.looked_at.get(&*key).copied();
        if looked_at.is_some_and(|at| now.duration_since(at).abs() < BETWEEN_LOOKS) {
            return Ok(());
        }
        let since = looked_at.and_then(|at| at.checked_sub(LATE).ok());
        let since = since.map_or(lock.taken_at, |since| since.max(lock.taken_at)).min(now);
        if let Some(found) = look(run, registry, since, now).await? {
            return self.stop(run, SETTING, &found).await;
        }
        let looked = |lock: &mut Lock, _| {
            lock.looked_at.insert(key.as_str().into(), now);
        };
        self.change(run, looked).await?;
        Ok(())
    }
}

/// What stops the run, if something does. What may pass is an error, and not for all of the run.
async fn look(
    run: &Run,
    registry: &Place,
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<String>, StepError> {
    let unknown = |why: &str| {
        format!("whether somebody asks for an image that is deleted cannot be read: {why}")
    };
    let asked_for = match run.sessions.trail(registry).asked_for(since, now).await {
        Ok(asked_for) => asked_for,
        Err(error) => {
            let error = StepError::from(error);
            return if error.may_pass() { Err(error) } else { Ok(Some(unknown(&error.in_full()))) };
        }
    };
    if let Some(problem) = asked_for.not_read.first() {
        return Ok(Some(unknown(problem)));
    }
    let mut by_repository: BTreeMap<Box<str>, Vec<Asked>> = BTreeMap::new();
    for asked in asked_for.asked {
        by_repository.entry(asked.repository.clone()).or_default().push(asked);
    }
    for (name, asked) in by_repository {
        let repository = RepositoryId::new(registry, &name);
        if let Some(found) = look_in(run, &repository, asked).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The first call for an image of a repository that the run has deleted or archived, and that still cannot
/// be pulled.
async fn look_in(
    run: &Run,
    repository: &RepositoryId,
    asked: Vec<Asked>,
) -> Result<Option<String>, StepError> {
    let Some(receipts) = find_receipts(&*run.store, &run.id, repository).await? else {
        return Ok(None);
    };
    // Where no answer came, the image may be gone, too. Nobody can pull what is archived.
    let is_gone = |receipt: &&Receipt| {
        matches!(
            receipt.outcome,
            DeletionOutcome::Deleted | DeletionOutcome::Archived | DeletionOutcome::Asked
        )
    };
    let mut digests: BTreeMap<Digest, Timestamp> = BTreeMap::new();
    let mut tags: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for receipt in receipts.receipts.iter().filter(is_gone) {
        digests.insert(receipt.digest, receipt.asked_at);
        tags.extend(receipt.tags.iter().map(|tag| (&**tag, receipt.asked_at)));
    }
    // Events know seconds alone.
    let is_after = |asked: &Asked, deleted: Option<&Timestamp>| {
        deleted.is_some_and(|deleted| asked.at.as_second() >= deleted.as_second())
    };
    let mut calls: Vec<(Asked, Name)> = Vec::new();
    for asked in asked {
        let by_digest = asked.digests.iter().filter(|it| is_after(&asked, digests.get(it)));
        let by_tag = asked.tags.iter().filter(|it| is_after(&asked, tags.get(&***it)));
        let names: Vec<Name> = by_digest
            .map(|digest| Name::Digest(*digest))
            .chain(by_tag.map(|tag| Name::Tag(tag.clone())))
            .collect();
        calls.extend(names.into_iter().map(|name| (asked.clone(), name)));
    }
    if calls.is_empty() {
        return Ok(None);
    }
    let there = there(run, repository, &calls).await?;
    let mut missing = calls.into_iter().filter(|(_, name)| !there.contains(name));
    Ok(missing.next().map(|(asked, name)| {
        let (name, who) = (name.of(repository), &asked.caller.principal);
        format!("{who} asked for {name} at {}, which this run has deleted or archived", asked.at)
    }))
}

/// How somebody named an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Digest(Digest),
    Tag(Box<str>),
}

impl Name {
    fn of(&self, repository: &RepositoryId) -> String {
        match self {
            Self::Digest(digest) => format!("{repository}@{digest}"),
            Self::Tag(tag) => format!("{repository}:{tag}"),
        }
    }
}

/// Those of the images that can be pulled again: whoever pushes an image asks first whether it is there,
/// and who restores one has it back.
async fn there(
    run: &Run,
    repository: &RepositoryId,
    calls: &[(Asked, Name)],
) -> Result<BTreeSet<Name>, StepError> {
    let (mut digests, mut tags) = (Vec::new(), BTreeSet::new());
    for (_, name) in calls {
        match name {
            Name::Digest(digest) => digests.push(*digest),
            Name::Tag(tag) => drop(tags.insert(tag.clone())),
        }
    }
    let reader = run.sessions.registry(&repository.registry);
    let found = async {
        let images = reader.images_exactly(&repository.name, &digests).await?.found;
        let tags = reader.tags_there(&repository.name, &tags).await?;
        let images = images.into_iter().filter(|image| image.status != ImageStatus::Archived);
        let images = images.map(|image| Name::Digest(image.digest));
        Ok::<_, AwsError>(images.chain(tags.into_iter().map(Name::Tag)).collect())
    };
    match found.await {
        Err(error) if is_repository_gone(&error) => Ok(BTreeSet::new()),
        found => Ok(found?),
    }
}
