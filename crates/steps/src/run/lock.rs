//! The lock: one deleting run at a time per run store.
//!
//! It is one document, changed only if it is still the one that was read. Every taking raises its
//! token, also where the document was removed, and whoever deletes renews it before each batch: who finds a higher token there, or
//! another run's, has been overtaken after its time ran out, and stops before it deletes more.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::registry::{DeleteOutcome, IDS_A_CALL, RegistryDeleter};
use ecr_sweep_core::{Digest, Place};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{FencingToken, Lock, LockWork, RunId, V1, keys};
use futures::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::run::heard::Heard;
use crate::run::stop::{check_not_stopped, stopped};
use crate::{Environment, StepError};

/// How long a lock lasts unless it is renewed: several batches, throttled.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// With so much time left a lock is not renewed: many who delete at once would only get in each
/// other's way. No batch takes as long.
const ENOUGH: SignedDuration = SignedDuration::from_mins(10);

/// A lock that this run has taken. Only with it is anything deleted.
#[derive(Debug)]
pub struct HeldLock {
    run: RunId,
    token: FencingToken,
    /// Which process has taken it, where that is this one.
    holder: Option<Box<str>>,
    /// Who looks whether an image was asked for again: one at a time.
    pub(super) looking: Mutex<()>,
    /// What registries have answered to those who delete with it.
    heard: Arc<Heard>,
}

/// What deletes in one registry, as long as the lock is held.
#[derive(Debug)]
pub(crate) struct Deleter<'a> {
    lock: &'a HeldLock,
    registry: RegistryDeleter,
}

/// What the registry answered to one call, and of which images it was.
pub(crate) type CallAnswer = (Vec<Digest>, Result<Vec<(Digest, DeleteOutcome)>, AwsError>);

/// One batch may be deleted now.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a RegistryDeleter);

impl Deleter<'_> {
    /// Lets one batch be deleted, as the lock is still held. Lost, it is a conflict, and nothing
    /// is asked. What is left to do until then is to write down what is about to be asked.
    pub(crate) async fn permit(&self, environment: &Environment) -> Result<Permit<'_>, StepError> {
        // What came before may have been throttled for longer than the lock lasts.
        self.lock.renew(environment).await?;
        Ok(Permit(&self.registry))
    }
}

impl Permit<'_> {
    /// Deletes and archives these images of a repository, in calls that are under way together, and gives
    /// what each of them answered: see [`RegistryDeleter::delete`] and [`RegistryDeleter::archive`].
    pub(crate) async fn ask(
        self,
        repository: &str,
        delete: &[Digest],
        archive: &[Digest],
    ) -> Vec<CallAnswer> {
        let deletions = delete
            .chunks(IDS_A_CALL)
            .map(async |digests| (digests.to_vec(), self.0.delete(repository, digests).await));
        let archivals = archive.iter().map(async |digest| {
            let answer = self.0.archive(repository, *digest).await;
            (vec![*digest], answer.map(|answer| vec![answer]))
        });
        let (mut answers, archived) = join(join_all(deletions), join_all(archivals)).await;
        answers.extend(archived);
        answers
    }
}

impl HeldLock {
    /// Takes the lock of the run store for a run. Held by another run, it is a conflict that says by whom and
    /// until when; given back or past its time, it is taken over.
    pub async fn take(environment: &Environment, run: &RunId) -> Result<Self, StepError> {
        Self::take_as(environment, run, environment.sessions.caller_arn(), None, |_| false).await
    }

    /// The same for something else than to delete: who is refused meanwhile is told what.
    pub(crate) async fn take_to(
        environment: &Environment,
        run: &RunId,
        work: LockWork,
    ) -> Result<Self, StepError> {
        let caller = environment.sessions.caller_arn();
        Self::take_as(environment, run, caller, Some(work), |_| false).await
    }

    /// The same for a run that is to delete: not if somebody asked it to stop.
    pub async fn take_to_delete(environment: &Environment, run: &RunId) -> Result<Self, StepError> {
        Self::take(environment, run).await?.unless_stopped(environment).await
    }

    /// Takes the lock for an execution that is to delete, unless somebody asked its run to stop. If that holds it already, its answer was lost on the way:
    /// it is taken anew, and whoever still goes by the old token stops.
    pub async fn take_for(
        environment: &Environment,
        run: &RunId,
        execution_arn: &str,
    ) -> Result<Self, StepError> {
        let is_ours = |old: &Lock| old.run == *run && *old.owner == *execution_arn;
        let held = Self::take_as(environment, run, execution_arn, None, is_ours).await?;
        held.unless_stopped(environment).await
    }

    /// The lock that a run has taken under this token, wherever that was.
    #[must_use]
    pub fn resume(run: RunId, token: FencingToken) -> Self {
        Self { run, token, holder: None, looking: Mutex::const_new(()), heard: Arc::default() }
    }

    /// Refuses where somebody has the lock: whoever is to delete need not plan before they know.
    pub(crate) async fn check_free(environment: &Environment) -> Result<(), StepError> {
        match environment.find(&keys::LOCK).await? {
            Some(lock) if lock.is_held(environment.now()) => Err(held(environment, &lock)),
            _ => Ok(()),
        }
    }

    /// Whether a run has the lock under another token than this one: it deletes elsewhere, and what it comes to is
    /// told there.
    pub(crate) async fn is_elsewhere(
        environment: &Environment,
        run: &RunId,
        ours: Option<FencingToken>,
    ) -> Result<bool, StepError> {
        let lock = match environment.find(&keys::LOCK).await {
            // Whoever deletes stops before the next batch.
            Err(StepError::DamagedLock { .. }) => return Ok(false),
            lock => lock?,
        };
        let is_other = |lock: &Lock| lock.run == *run && Some(lock.token) != ours;
        Ok(lock.is_some_and(|lock| lock.is_held(environment.now()) && is_other(&lock)))
    }

    /// What deletes in a registry while this lock is held.
    pub(crate) fn deleter(&self, environment: &Environment, registry: &Place) -> Deleter<'_> {
        Deleter { lock: self, registry: environment.sessions.registry_deleter(registry) }
    }

    async fn take_as(
        environment: &Environment,
        run: &RunId,
        owner: &str,
        work: Option<LockWork>,
        is_ours: impl Fn(&Lock) -> bool,
    ) -> Result<Self, StepError> {
        let holder = Some(holder_id());
        let lock = environment
            .update(&keys::LOCK, |old| {
                let now = environment.now();
                match old {
                    Some(old) if old.is_held(now) && !is_ours(&old) => Err(held(environment, &old)),
                    old => Ok(Lock {
                        schema_version: V1,
                        owner: owner.into(),
                        run: run.clone(),
                        token: FencingToken::after(old.as_ref(), now),
                        work,
                        holder: holder.clone(),
                        taken_at: now,
                        expires_at: lease_end(now),
                        released_at: None,
                        stop: None,
                        failures: BTreeMap::new(),
                        looked_at: BTreeMap::new(),
                        unsettled: old.as_ref().map(Lock::left_unsettled).unwrap_or_default(),
                    }),
                }
            })
            .await?;
        let (looking, heard) = (Mutex::const_new(()), Arc::default());
        Ok(Self { run: lock.run, token: lock.token, holder, looking, heard })
    }

    /// Gives the lock back if somebody asked the run to stop. Whoever asks later finds the lock taken.
    async fn unless_stopped(self, environment: &Environment) -> Result<Self, StepError> {
        if let Err(stopped) = check_not_stopped(environment, &self.run).await {
            self.release(environment).await?;
            return Err(stopped);
        }
        Ok(self)
    }

    /// The fencing token.
    #[must_use]
    pub const fn token(&self) -> FencingToken {
        self.token
    }

    /// What registries have answered to those who delete with it, also once it is given back.
    pub(crate) fn heard(&self) -> Arc<Heard> {
        self.heard.clone()
    }

    /// Sees that the lock is still this run's, and makes it last on once a third of its time is
    /// used. Lost, it is a conflict; if somebody asked the run to stop, that is an error, too: nothing
    /// more may be deleted.
    pub async fn renew(&self, environment: &Environment) -> Result<(), StepError> {
        let lock = environment.find(&keys::LOCK).await?;
        match &lock {
            Some(held) if self.is_of(held) => {
                if let Some(wish) = &held.stop {
                    return Err(stopped(&self.run, wish.clone()));
                }
                if held.expires_at.duration_since(environment.now()) > ENOUGH {
                    return Ok(());
                }
                self.change(environment, |lock, now| lock.expires_at = lease_end(now)).await?;
                Ok(())
            }
            other => Err(self.lost(environment, other.as_ref())),
        }
    }

    /// Whether the lock was given back since it was taken under this token, and nobody else has taken it.
    pub(crate) async fn is_given_back(&self, environment: &Environment) -> Result<bool, StepError> {
        let lock = environment.find(&keys::LOCK).await?;
        Ok(lock.is_some_and(|lock| {
            lock.run == self.run && lock.token == self.token && lock.released_at.is_some()
        }))
    }

    /// Gives the lock back.
    pub async fn release(self, environment: &Environment) -> Result<(), StepError> {
        let give_back = |lock: &mut Lock, now| {
            lock.released_at = Some(now);
            lock.work = None;
        };
        self.change(environment, give_back).await?;
        Ok(())
    }

    /// The lock as it is, if it is still this run's.
    pub(super) async fn read(&self, environment: &Environment) -> Result<Lock, StepError> {
        match environment.find(&keys::LOCK).await? {
            Some(lock) if self.is_of(&lock) => Ok(lock),
            other => Err(self.lost(environment, other.as_ref())),
        }
    }

    /// Leaves it to whoever takes the lock next to look up what the registry did not answer.
    pub(crate) async fn leave_unsettled(&self, environment: &Environment) -> Result<(), StepError> {
        self.change(environment, |lock, _| lock.unsettled.extend([self.run.clone()])).await?;
        Ok(())
    }

    /// The runs whose answers are still to be looked up.
    pub(crate) async fn unsettled(
        &self,
        environment: &Environment,
    ) -> Result<BTreeSet<RunId>, StepError> {
        let lock = environment.find(&keys::LOCK).await?;
        match lock {
            Some(lock) if self.is_of(&lock) => Ok(lock.unsettled),
            other => Err(self.lost(environment, other.as_ref())),
        }
    }

    /// Enters that what these runs asked for is looked up.
    pub(crate) async fn enter_settled(
        &self,
        environment: &Environment,
        settled: &BTreeSet<RunId>,
    ) -> Result<(), StepError> {
        self.change(environment, |lock, _| lock.unsettled.retain(|run| !settled.contains(run)))
            .await?;
        Ok(())
    }

    pub(super) async fn change(
        &self,
        environment: &Environment,
        change: impl Fn(&mut Lock, Timestamp),
    ) -> Result<Lock, StepError> {
        environment
            .update(&keys::LOCK, |old| match old {
                Some(mut lock) if self.is_of(&lock) => {
                    change(&mut lock, environment.now());
                    Ok(lock)
                }
                other => Err(self.lost(environment, other.as_ref())),
            })
            .await
    }

    fn is_of(&self, lock: &Lock) -> bool {
        lock.token == self.token
            && lock.run == self.run
            && lock.released_at.is_none()
            && (self.holder.is_none() || lock.holder == self.holder)
    }

    fn lost(&self, environment: &Environment, lock: Option<&Lock>) -> StepError {
        let whose = match lock {
            Some(Lock { run, released_at: Some(at), .. }) if *run == self.run => {
                format!("it was unlocked at {at}")
            }
            Some(Lock { owner, run, taken_at, .. }) => {
                format!("the run `{run}` of {owner} has had it since {taken_at}")
            }
            None => format!("{} was removed", environment.store.address(&keys::LOCK)),
        };
        StepError::Conflict {
            problem: format!("the run `{}` has lost the lock, and stopped: {whose}", self.run),
            next: NextStep::WaitForOtherRun,
        }
    }
}

fn lease_end(now: Timestamp) -> Timestamp {
    now.checked_add(LEASE).unwrap_or(Timestamp::MAX)
}

fn held(environment: &Environment, lock: &Lock) -> StepError {
    let Lock { owner, run, taken_at, expires_at, work, .. } = lock;
    let does = match work {
        None => format!("the run `{run}` of {owner} is deleting"),
        Some(LockWork::Restore) => format!("{owner} is restoring what the run `{run}` has deleted"),
        Some(LockWork::PruneVault) => {
            format!("{owner} is removing copies from the vault, as `{run}`")
        }
        Some(LockWork::Recheck) => format!("{owner} is checking the plan of the run `{run}` again"),
        Some(LockWork::Settle) => {
            format!("the run `{run}` of {owner} is looking up what earlier runs have asked for")
        }
    };
    StepError::Conflict {
        problem: format!(
            "{does}: it has held the lock since {taken_at}, until {expires_at} unless it goes on"
        ),
        next: NextStep::WaitForLock {
            until: *expires_at,
            address: environment.store.address(&keys::LOCK),
            run: run.clone(),
        },
    }
}

/// Another one each time: the standard library's hash keys are random.
fn holder_id() -> Box<str> {
    format!("{:016x}", RandomState::new().hash_one(std::process::id())).into()
}
