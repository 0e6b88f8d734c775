//! What every command needs that works on a live account.

use std::path::Path;
use std::sync::Arc;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_aws::{Deadline, SessionError, SessionOptions, Sessions};
use ecr_sweep_core::Pattern;
use ecr_sweep_core::wording::in_a_line;
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::documents::{RunId, keys};
use ecr_sweep_steps::{Clock as _, Environment, RunOptions, StepError, SystemClock};
use tokio::runtime::Runtime;
use tracing::Instrument as _;

use crate::args::{LiveArguments, SizeArguments};
use crate::failure::Failure;
use crate::files;
use crate::interrupt::{self, Heard};
use crate::progress::Bars;
use crate::render::advice::Advice;
use crate::waiting;

/// A session, and what runs its calls.
pub struct Live {
    runtime: Runtime,
    /// What the steps work with.
    pub environment: Environment,
    /// Where the run store is.
    pub location: StoreLocation,
    /// The run.
    pub run: RunId,
    /// What shows how far they are.
    pub bars: Arc<Bars>,
    /// Hears of the first signal, where it asks to stop.
    heard: Option<Heard>,
}

impl Live {
    /// Finds out who calls, and from where.
    pub fn connect(arguments: &LiveArguments) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let sessions = runtime.block_on(sessions(arguments))?;
        let bars = Arc::new(Bars::new());
        let environment = Environment {
            store: arguments.store.open(&sessions),
            sessions,
            sources: Sources::built(),
            clock: Arc::new(SystemClock),
            progress: bars.clone(),
            deadline: Deadline::NEVER,
        };
        let location = arguments.store.clone();
        let run = RunId::at(SystemClock.now());
        Ok(Self { runtime, environment, location, run, bars, heard: None })
    }

    /// The same, of which the first signal asks what is under way to stop.
    pub fn until_a_signal(mut self) -> Result<Self, Failure> {
        let heard = self.runtime.block_on(async { interrupt::listen() }).map_err(|error| {
            Failure::new(ExitCode::Failed, "cannot listen to signals").because(error)
        })?;
        self.environment.deadline = Deadline::when(interrupt::STOP);
        self.heard = Some(heard);
        Ok(self)
    }

    /// Ends with the first signal that asks to stop.
    pub async fn first_signal(&self) {
        match self.heard.clone() {
            Some(mut heard) => interrupt::first(&mut heard).await,
            None => std::future::pending().await,
        }
    }

    /// Runs an act to its end, then takes its progress away.
    pub fn run<T, E: Into<Failure>>(
        &self,
        act: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let home = self.environment.sessions.home();
        let span = tracing::info_span!(
            "run",
            run = %self.run, account = %home.account, region = %home.region
        );
        let done = self.runtime.block_on(waiting::told(act.instrument(span)));
        self.bars.clear();
        done.map_err(Into::into)
    }

    /// Where the run's documents are.
    pub fn folder(&self) -> String {
        self.environment.store.address_of_folder(&keys::run(&self.run))
    }
}

/// The threads that calls run on.
pub fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(
        |error| Failure::new(ExitCode::Failed, "cannot start the threads for calls").because(error),
    )
}

/// Finds out who calls, and from where.
pub async fn sessions(arguments: &LiveArguments) -> Result<Sessions, SessionError> {
    let load = Sessions::load(SessionOptions {
        region: arguments.region.clone(),
        profile: arguments.profile.clone(),
        concurrency: arguments.concurrency.into(),
    });
    Box::pin(waiting::told_or("credentials", load)).await
}

/// What a run is to do, by a policy that is good.
pub fn options(
    policy: &Path,
    selection: &[Pattern],
    sizes: &SizeArguments,
) -> Result<RunOptions, Failure> {
    let (_, text) = files::policy(policy, Use::Live)?;
    Ok(RunOptions {
        policy_name: policy.display().to_string(),
        policy: text,
        repositories: selection.iter().map(|pattern| pattern.as_str().into()).collect(),
        prices: sizes.prices.price.clone(),
        exact_sizes: sizes.exact_sizes,
    })
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        let failure = Self::new(error.exit_code(), in_a_line(&error.to_string()));
        let failure = match error.next_step() {
            Some(next) => failure.next(Advice(&next).to_string()),
            None => failure,
        };
        failure.because(error)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Aws(error) => StepError::Aws(error).into(),
            SessionError::Clock(_) => Self::new(ExitCode::Failed, error.to_string())
                .because(error)
                .next("set the clock of this machine, and run it again"),
            SessionError::NoRegion => Self::invalid(error.to_string()).next(
                "run it again with `--region REGION`, set AWS_REGION, or name one in the profile",
            ),
            SessionError::Place(_) => Self::invalid(error.to_string())
                .because(error)
                .next("run it again with `--region REGION`"),
        }
    }
}
