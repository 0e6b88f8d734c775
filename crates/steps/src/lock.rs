//! The lock: one deleting run at a time per run store.
//!
//! It is one document, changed only if it is still the one that was read. Every taking raises its
//! token, and whoever deletes renews it before each batch: who finds a higher token there, or
//! another run's, has been overtaken after its time ran out, and stops before it deletes more.

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::registry::{DeleteOutcome, RegistryDeleter};
use ecr_sweep_core::{Digest, Place};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{FencingToken, Lock, V1, keys};
use jiff::{SignedDuration, Timestamp};

use crate::{Context, StepError};

/// How long a lock lasts unless it is renewed: several batches, throttled.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// With so much time left a lock is not renewed: many who delete at once would only get in each
/// other's way. No batch takes as long.
const ENOUGH: SignedDuration = SignedDuration::from_mins(10);

/// A lock that this run has taken. Only with it is anything deleted.
#[derive(Debug)]
pub struct HeldLock {
    token: FencingToken,
}

/// What deletes in one registry, as long as the lock is held.
#[derive(Debug)]
pub(crate) struct Deleter<'a> {
    lock: &'a HeldLock,
    registry: RegistryDeleter,
}

/// One batch may be deleted now.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a RegistryDeleter);

impl Deleter<'_> {
    /// Lets one batch be deleted, as the lock is still held. Lost, it is a conflict, and nothing
    /// is asked. What is left to do until then is to write down what is about to be asked.
    pub(crate) async fn permit(&self, ctx: &Context) -> Result<Permit<'_>, StepError> {
        // What came before may have been throttled for longer than the lock lasts.
        self.lock.renew(ctx).await?;
        Ok(Permit(&self.registry))
    }
}

impl Permit<'_> {
    /// Deletes these images of a repository, and says what became of each: see
    /// [`RegistryDeleter::delete`].
    pub(crate) async fn delete(
        self,
        repository: &str,
        digests: &[Digest],
    ) -> Result<Vec<(Digest, DeleteOutcome)>, AwsError> {
        self.0.delete(repository, digests).await
    }
}

impl HeldLock {
    /// Takes the lock of the run store. Held by another run, it is a conflict that says by whom and
    /// until when; given back or past its time, it is taken over.
    pub async fn take(ctx: &Context) -> Result<Self, StepError> {
        Self::take_as(ctx, ctx.sessions.caller_arn(), |_| false).await
    }

    /// Takes the lock for an execution. If that holds it already, its answer was lost on the way:
    /// it is taken anew, and whoever still goes by the old token stops.
    pub async fn take_for(ctx: &Context, execution_arn: &str) -> Result<Self, StepError> {
        let is_ours = |old: &Lock| old.run == ctx.run && *old.owner == *execution_arn;
        Self::take_as(ctx, execution_arn, is_ours).await
    }

    /// The lock that was taken under this token, wherever that was.
    #[must_use]
    pub const fn resume(token: FencingToken) -> Self {
        Self { token }
    }

    /// What deletes in a registry while this lock is held.
    pub(crate) fn deleter(&self, ctx: &Context, registry: &Place) -> Deleter<'_> {
        Deleter { lock: self, registry: ctx.sessions.registry_deleter(registry) }
    }

    async fn take_as(
        ctx: &Context,
        owner: &str,
        is_ours: impl Fn(&Lock) -> bool,
    ) -> Result<Self, StepError> {
        let lock = ctx
            .update(&keys::LOCK, |old| {
                let now = ctx.now();
                match old {
                    Some(old) if old.is_held(now) && !is_ours(&old) => Err(held(ctx, &old)),
                    old => Ok(Lock {
                        schema_version: V1,
                        owner: owner.into(),
                        run: ctx.run.clone(),
                        token: FencingToken::after(old.as_ref()),
                        taken_at: now,
                        expires_at: lease_end(now),
                        released_at: None,
                    }),
                }
            })
            .await?;
        Ok(Self { token: lock.token })
    }

    /// The fencing token.
    #[must_use]
    pub const fn token(&self) -> FencingToken {
        self.token
    }

    /// Sees that the lock is still this run's, and makes it last on once a third of its time is
    /// used. Lost, it is a conflict: nothing more may be deleted.
    pub async fn renew(&self, ctx: &Context) -> Result<(), StepError> {
        let lock = ctx.find(&keys::LOCK).await?;
        match &lock {
            Some(held) if self.is_of(ctx, held) => {
                if held.expires_at.duration_since(ctx.now()) > ENOUGH {
                    return Ok(());
                }
                self.change(ctx, |lock, now| lock.expires_at = lease_end(now)).await
            }
            other => Err(lost(ctx, other.as_ref())),
        }
    }

    /// Gives the lock back.
    pub async fn release(self, ctx: &Context) -> Result<(), StepError> {
        self.change(ctx, |lock, now| lock.released_at = Some(now)).await
    }

    async fn change(
        &self,
        ctx: &Context,
        change: impl Fn(&mut Lock, Timestamp),
    ) -> Result<(), StepError> {
        ctx.update(&keys::LOCK, |old| match old {
            Some(mut lock)
                if lock.token == self.token
                    && lock.run == ctx.run
                    && lock.released_at.is_none() =>
            {
                change(&mut lock, ctx.now());
                Ok(lock)
            }
            other => Err(lost(ctx, other.as_ref())),
        })
        .await?;
        Ok(())
    }

    fn is_of(&self, ctx: &Context, lock: &Lock) -> bool {
        lock.token == self.token && lock.run == ctx.run && lock.released_at.is_none()
    }
}

fn lease_end(now: Timestamp) -> Timestamp {
    now.checked_add(LEASE).unwrap_or(Timestamp::MAX)
}

fn held(ctx: &Context, lock: &Lock) -> StepError {
    let Lock { owner, run, taken_at, expires_at, .. } = lock;
    StepError::Conflict {
        problem: format!(
            "the run `{run}` of {owner} is deleting: it has held the lock since {taken_at}, until {expires_at} unless it goes on"
        ),
        next: NextStep::WaitForLock { until: *expires_at, address: ctx.store.address(&keys::LOCK) },
    }
}

fn lost(ctx: &Context, lock: Option<&Lock>) -> StepError {
    let whose = match lock {
        Some(Lock { owner, run, taken_at, .. }) => {
            format!("the run `{run}` of {owner} has had it since {taken_at}")
        }
        None => format!("{} was removed", ctx.store.address(&keys::LOCK)),
    };
    StepError::Conflict {
        problem: format!("the run `{}` has lost the lock, and stopped: {whose}", ctx.run),
        next: NextStep::WaitForOtherRun,
    }
}
