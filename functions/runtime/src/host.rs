//! The host: clients and run store, and the time that an invocation has.

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_aws::{Deadline, SessionOptions, Sessions};
use ecr_sweep_steps::functions::Host;
use ecr_sweep_steps::{Environment, SystemClock, Unwatched};

use crate::failure::Failure;

/// What is left before the end of an invocation when it stops: enough for the calls that are under
/// way, and to write down what is done.
const MARGIN: Duration = Duration::from_mins(1);

/// Of a short invocation, this part is left.
const SHARE: u32 = 5;

/// Finds credentials and run store, with all the time in the world.
pub(crate) async fn first() -> Result<Host, Failure> {
    let concurrency = match env::var("ECR_SWEEP_CONCURRENCY") {
        Ok(text) => text.parse().map_err(|_| {
            Failure::Environment(format!("ECR_SWEEP_CONCURRENCY is `{text}`, and no number"))
        })?,
        Err(_) => SessionOptions::default().concurrency,
    };
    let store: StoreLocation = env::var("ECR_SWEEP_STORE")
        .map_err(|_| Failure::Environment("ECR_SWEEP_STORE is not set".to_owned()))?
        .parse()
        .map_err(|error| Failure::Environment(format!("ECR_SWEEP_STORE: {error}")))?;
    let options = SessionOptions { concurrency, ..SessionOptions::default() };
    let sessions = Sessions::load(options).await?;
    let environment = Environment {
        store: store.open_own(&sessions),
        sessions,
        sources: Sources::none(),
        clock: Arc::new(SystemClock),
        progress: Arc::new(Unwatched),
        deadline: Deadline::NEVER,
    };
    Ok(Host { environment, evidence: Arc::default() })
}

/// The same for one invocation, until shortly before its time is up. It may have been made because a
/// role was mended that another one was denied.
pub(crate) fn until(host: &Host, end: SystemTime) -> Host {
    host.environment.sessions.forget_denials();
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    let usable = left.saturating_sub(MARGIN.min(left / SHARE));
    let mut host = host.clone();
    host.environment.deadline = Deadline::within(usable);
    host
}
