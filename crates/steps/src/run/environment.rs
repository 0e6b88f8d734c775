//! What a process works with, and how it reads and writes documents.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::{PutNew, RunStore, Version};
use ecr_sweep_aws::{Deadline, Sessions};
use ecr_sweep_core::{Digest, Policy, sha256};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{Key, RunId, keys};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::run::computing::computing;
use crate::run::documents::{
    find_document, find_version, parse_document, put_over, text_of, update_document, update_found,
};
use crate::{Clock, Progress, StepError};

/// What a process works with. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    /// The clients, as the caller.
    pub sessions: Sessions,
    /// What can be scanned.
    pub sources: Sources,
    /// Where documents are.
    pub store: Arc<dyn RunStore>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub progress: Arc<dyn Progress>,
    /// When a step has to stop, with what it has done so far in the run store.
    pub deadline: Deadline,
}

/// An environment that reads by a policy: in other accounts as the role that the policy names. What
/// looks at an account asks for one, so nobody can look at it as somebody else.
#[derive(Clone)]
pub struct Reading {
    environment: Environment,
    /// The policy.
    pub policy: Arc<Policy>,
    earlier_manifests: Arc<OnceCell<BTreeSet<Digest>>>,
}

impl Reading {
    /// The indexes of which an earlier version has stored the manifest by itself; listed once.
    pub(crate) async fn earlier_manifests(&self) -> Result<&BTreeSet<Digest>, StepError> {
        let list = async || {
            let stored = self.store.list(keys::EARLIER_MANIFESTS).await?;
            let names = stored
                .iter()
                .filter_map(|key| key.strip_prefix(keys::EARLIER_MANIFESTS)?.strip_suffix(".json"));
            Ok(names.filter_map(Digest::from_hex).collect())
        };
        self.earlier_manifests.get_or_try_init(list).await
    }
}

impl Deref for Reading {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        &self.environment
    }
}

/// How often a document that others write too is tried before it counts as contended.
pub(crate) const UPDATE_ATTEMPTS: u32 = 64;

/// The longest pauses between two of these tries: after the first one, and at all.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Waits a random while, so that those who met once do not meet again.
pub(crate) async fn pause(attempt: u32) {
    let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(8)).min(LONGEST_PAUSE);
    // The standard library's hash keys are random.
    let random = RandomState::new().hash_one(attempt);
    tokio::time::sleep(longest.mul_f64(random as f64 / u64::MAX as f64)).await;
}

impl Environment {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same, reading by a policy.
    pub(crate) fn reading_by(&self, policy: Policy) -> Reading {
        self.reading_with(&self.sessions, policy)
    }

    /// The same, reading for a run.
    pub(crate) fn reading_for(&self, run: &RunId, policy: Policy) -> Reading {
        self.reading_with(&self.sessions.named_after(run.as_str()), policy)
    }

    fn reading_with(&self, sessions: &Sessions, policy: Policy) -> Reading {
        let sessions = sessions.reading_as(policy.scope.role.as_deref());
        Reading {
            environment: Self { sessions, ..self.clone() },
            policy: Arc::new(policy),
            earlier_manifests: Arc::default(),
        }
    }

    /// The document under a key, if there is one.
    pub async fn find<D: DeserializeOwned>(&self, key: &Key<D>) -> Result<Option<D>, StepError> {
        find_document(&*self.store, key).await
    }

    /// The document of a run under a key, which an earlier step wrote.
    pub async fn read_of<D: DeserializeOwned>(
        &self,
        run: &RunId,
        key: &Key<D>,
    ) -> Result<D, StepError> {
        self.find(key).await?.ok_or_else(|| self.missing_of(run, key))
    }

    /// The error of a document that an earlier step of a run should have written.
    pub(crate) fn missing_of(&self, run: &RunId, key: &str) -> StepError {
        StepError::Missing { run: run.clone(), address: self.store.address(key) }
    }

    /// Writes a document, whether there is one or not.
    pub(crate) async fn write<D: Serialize>(
        &self,
        key: &Key<D>,
        document: &D,
    ) -> Result<(), StepError> {
        tracing::trace!(key = &**key, "writing a document");
        self.store.put(key, self.text_of(key, document)?).await?;
        Ok(())
    }

    /// Writes a document of a run that can be made again: a loss of power may cost it until the run
    /// store is synced, which it is before anything is deleted.
    pub(crate) async fn write_unsynced<D: Serialize>(
        &self,
        key: &Key<D>,
        document: &D,
    ) -> Result<(), StepError> {
        tracing::trace!(key = &**key, "writing a document");
        self.store.put_unsynced(key, self.text_of(key, document)?).await?;
        Ok(())
    }

    /// The same of one that may be large, without holding up what else is under way. Gives the
    /// SHA-256 of what is written.
    pub(crate) async fn write_large<D: Serialize + Send + 'static>(
        &self,
        key: &Key<D>,
        document: D,
    ) -> Result<Digest, StepError> {
        let (environment, name) = (self.clone(), key.clone());
        let written = computing(move || {
            let bytes = environment.text_of(&name, &document)?;
            Ok::<_, StepError>((sha256(&bytes), bytes))
        });
        let (digest, bytes) = written.await??;
        self.store.put_unsynced(key, bytes).await?;
        Ok(digest)
    }

    /// Writes a document unless there is one. Says whether it did.
    pub(crate) async fn write_new<D: Serialize>(
        &self,
        key: &Key<D>,
        document: &D,
    ) -> Result<bool, StepError> {
        let put = self.store.put_new(key, self.text_of(key, document)?).await?;
        Ok(matches!(put, PutNew::Written(_)))
    }

    /// Writes a document that nobody else writes meanwhile: in place of this version, or as a new
    /// one. Somebody else's in its place is a conflict.
    pub(crate) async fn write_alone<D: Serialize>(
        &self,
        key: &Key<D>,
        document: &D,
        replaced: Option<&Version>,
    ) -> Result<Version, StepError> {
        let written = self.put_over(key, self.text_of(key, document)?, replaced).await?;
        written.ok_or_else(|| StepError::Conflict {
            problem: format!("somebody else has written {}", self.store.address(key)),
            next: NextStep::EndOtherProcess,
        })
    }

    /// Writes what is to be in place of this version, or new. None: something else is there.
    pub(crate) async fn put_over(
        &self,
        key: &str,
        bytes: Vec<u8>,
        replaced: Option<&Version>,
    ) -> Result<Option<Version>, StepError> {
        put_over(&*self.store, key, bytes, replaced).await
    }

    /// The document under a key, if there is one, and which one it is.
    pub(crate) async fn find_version<D: DeserializeOwned>(
        &self,
        key: &Key<D>,
    ) -> Result<Option<(D, Version)>, StepError> {
        find_version(&*self.store, key).await
    }

    /// Changes a document that others may change at the same time, and gives what is there then.
    /// `change` may be called more than once; its error leaves the document as it is.
    pub(crate) async fn update<D: DeserializeOwned + Serialize>(
        &self,
        key: &Key<D>,
        change: impl Fn(Option<D>) -> Result<D, StepError>,
    ) -> Result<D, StepError> {
        update_document(&*self.store, key, change).await
    }

    /// The same with a document as it was found: it is read again only where it has changed since.
    pub(crate) async fn update_found<D: DeserializeOwned + Serialize>(
        &self,
        key: &Key<D>,
        found: Option<(D, Version)>,
        change: impl Fn(Option<D>) -> Result<D, StepError>,
    ) -> Result<(D, Version), StepError> {
        update_found(&*self.store, key, found, change).await
    }

    /// Reads a document that was already fetched.
    pub(crate) fn parse<D: DeserializeOwned>(
        &self,
        key: &Key<D>,
        bytes: &[u8],
    ) -> Result<D, StepError> {
        parse_document(&*self.store, key, bytes)
    }

    fn text_of<D: Serialize>(&self, key: &str, document: &D) -> Result<Vec<u8>, StepError> {
        text_of(&*self.store, key, document)
    }
}
