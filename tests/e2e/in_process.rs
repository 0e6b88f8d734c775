//! The same run in one process: over a folder, against an organization of its own.

use std::sync::Arc;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_aws_sim::{Fault, Simulator, SimulatorOptions};
use ecr_sweep_core::Place;
use ecr_sweep_protocol::documents::{RunId, RunSummary};
use ecr_sweep_steps::{Environment, RunOptions, StepError, SystemClock, Unwatched, dry_run, sweep};
use tempfile::TempDir;

use crate::documents::{Documents, documents};
use crate::organization::Organization;
use crate::stage::{RUNTIME, Stage};

/// An organization as it was before any scenario, and a run store in a folder.
pub(crate) struct InProcess {
    pub(crate) simulator: Simulator,
    environment: Environment,
    run: RunId,
    options: RunOptions,
    _folder: TempDir,
}

/// What a run is asked to do, and what goes wrong on purpose.
struct Asked<'a> {
    policy: &'a str,
    run: &'a str,
    repositories: &'a str,
    faults: Vec<Fault>,
}

impl Stage {
    /// The same run alone, as the sweeping deployment makes it: over these repositories.
    pub(crate) fn alone(
        &self,
        policy: &str,
        run: &str,
        repositories: &str,
        faults: Vec<Fault>,
    ) -> InProcess {
        let asked = Asked { policy, run, repositories, faults };
        InProcess::new(asked, &self.organization, &self.sweeping.place)
    }

    /// The same without faults, over the repositories that begin with the run's name.
    pub(crate) fn alone_named(&self, policy: &str, run: &str) -> InProcess {
        self.alone(policy, run, &format!("{run}/*"), Vec::new())
    }

    /// The same as the deployment makes it that asks first.
    pub(crate) fn alone_asking(&self, policy: &str, run: &str) -> InProcess {
        let repositories = &format!("{run}/*");
        let asked = Asked { policy, run, repositories, faults: Vec::new() };
        InProcess::new(asked, &self.organization, &self.asking.place)
    }
}

impl InProcess {
    fn new(asked: Asked<'_>, organization: &Organization, place: &Place) -> Self {
        let Asked { policy, run, repositories, faults } = asked;
        let snapshot = Some(organization.snapshot.clone());
        let options = SimulatorOptions { snapshot, faults, ..SimulatorOptions::default() };
        let simulator = RUNTIME.block_on(Simulator::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment {
            sessions: Sessions::simulated(&simulator.endpoint(), place.clone()),
            sources: Sources::built(),
            store: Arc::new(FolderStore::new(folder.path().to_owned())),
            clock: Arc::new(SystemClock),
            progress: Arc::new(Unwatched),
            deadline: ecr_sweep_aws::Deadline::NEVER,
        };
        let options = RunOptions {
            policy_name: "policy.yaml".to_owned(),
            policy: policy.to_owned(),
            repositories: vec![repositories.into()],
            ..RunOptions::default()
        };
        let run = run.parse().unwrap();
        Self { simulator, environment, run, options, _folder: folder }
    }

    pub(crate) fn dry_run(&self) -> Result<RunSummary, StepError> {
        RUNTIME.block_on(dry_run(&self.environment, &self.run, self.options.clone()))
    }

    /// Sweeps if `confirm` says so.
    pub(crate) fn sweep(&self, confirm: impl FnOnce() -> bool) -> Result<RunSummary, StepError> {
        RUNTIME.block_on(sweep(&self.environment, &self.run, self.options.clone(), async |_| {
            confirm()
        }))
    }

    /// What the run left behind.
    pub(crate) fn documents(&self) -> Documents {
        documents(&*self.environment.store, self.run.as_str())
    }
}
