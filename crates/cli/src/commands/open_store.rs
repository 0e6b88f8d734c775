//! A run store that is only looked at. A folder needs no credentials.

use std::sync::Arc;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::{FolderStore, RunStore, StoreLocation};
use ecr_sweep_protocol::documents::{Key, RunId};
use ecr_sweep_steps::{Clock as _, StepError, SystemClock, find_run};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use super::live;
use crate::args::LiveArguments;
use crate::failure::Failure;
use crate::waiting;

/// A run store, and what runs its calls.
pub struct OpenStore {
    runtime: Runtime,
    /// The store.
    pub store: Arc<dyn RunStore>,
    /// Who calls; nobody where the store is a folder.
    pub sessions: Option<Sessions>,
}

impl OpenStore {
    /// Opens the store, and finds out who calls if it is a bucket.
    pub fn open(arguments: &LiveArguments) -> Result<Self, Failure> {
        let runtime = live::runtime()?;
        Ok(match &arguments.store {
            StoreLocation::Folder(path) => {
                Self { runtime, store: Arc::new(FolderStore::new(path.clone())), sessions: None }
            }
            StoreLocation::Bucket(_) => {
                let sessions = runtime.block_on(live::sessions(arguments))?;
                let store = arguments.store.open(&sessions);
                Self { runtime, store, sessions: Some(sessions) }
            }
        })
    }

    /// Runs an act to its end.
    pub fn run<T, E: Into<Failure>>(
        &self,
        act: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        self.runtime.block_on(waiting::told(act)).map_err(Into::into)
    }

    /// The run that is meant.
    pub fn find_run(&self, name: &str) -> Result<RunId, Failure> {
        self.run(find_run(&*self.store, name))
    }

    /// The document under a key, if there is one.
    pub fn find<D: DeserializeOwned>(&self, key: &Key<D>) -> Result<Option<D>, Failure> {
        self.run(ecr_sweep_steps::find_document(&*self.store, key))
    }

    /// The document under a key, which an earlier step of the run wrote.
    pub fn read<D: DeserializeOwned>(&self, run: &RunId, key: &Key<D>) -> Result<D, Failure> {
        let missing =
            || StepError::Missing { run: run.clone(), address: self.store.address(key) }.into();
        self.find(key)?.ok_or_else(missing)
    }
}

/// The time now.
pub fn now() -> Timestamp {
    SystemClock.now()
}
