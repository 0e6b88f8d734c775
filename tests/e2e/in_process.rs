//! The same run in one process: over a folder, against an organization of its own.

use std::sync::Arc;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_aws_sim::{Fault, Simulator, SimulatorOptions};
use ecr_sweep_core::Place;
use ecr_sweep_protocol::documents::RunSummary;
use ecr_sweep_steps::{Context, RunOptions, StepError, SystemClock, Unwatched, dry_run, sweep};
use tempfile::TempDir;

use crate::documents::{Documents, documents};
use crate::organization::Organization;
use crate::stage::RUNTIME;

/// An organization as it was before any scenario, and a run store in a folder.
pub(crate) struct InProcess {
    pub(crate) simulator: Simulator,
    ctx: Context,
    options: RunOptions,
    _folder: TempDir,
}

impl InProcess {
    /// For a run of this name, by somebody of this account and Region, over these repositories.
    pub(crate) fn new(
        organization: &Organization,
        place: &Place,
        faults: Vec<Fault>,
        policy: &str,
        run: &str,
        repositories: &str,
    ) -> Self {
        let snapshot = Some(organization.snapshot.clone());
        let options = SimulatorOptions { snapshot, faults, ..SimulatorOptions::default() };
        let simulator = RUNTIME.block_on(Simulator::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ctx = Context {
            sessions: Sessions::simulated(&simulator.endpoint(), place.clone()),
            store: Arc::new(FolderStore::new(folder.path().to_owned())),
            clock: Arc::new(SystemClock),
            run: run.parse().unwrap(),
            progress: Arc::new(Unwatched),
            deadline: ecr_sweep_aws::Deadline::NEVER,
        };
        let options = RunOptions {
            policy_name: "policy.yaml".to_owned(),
            policy: policy.to_owned(),
            repositories: vec![repositories.into()],
        };
        Self { simulator, ctx, options, _folder: folder }
    }

    /// The same without faults, over the repositories that begin with the run's name.
    pub(crate) fn named(
        organization: &Organization,
        place: &Place,
        policy: &str,
        run: &str,
    ) -> Self {
        Self::new(organization, place, Vec::new(), policy, run, &format!("{run}/*"))
    }

    pub(crate) fn dry_run(&self) -> Result<RunSummary, StepError> {
        RUNTIME.block_on(dry_run(&self.ctx, self.options.clone()))
    }

    /// Sweeps if `confirm` says so.
    pub(crate) fn sweep(&self, confirm: impl FnOnce() -> bool) -> Result<RunSummary, StepError> {
        RUNTIME.block_on(sweep(&self.ctx, self.options.clone(), async |_| confirm()))
    }

    /// What the run left behind.
    pub(crate) fn documents(&self) -> Documents {
        documents(&*self.ctx.store, self.ctx.run.as_str())
    }
}
