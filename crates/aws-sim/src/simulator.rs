//! The handle of a running simulator.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use ecr_sweep_core::{Digest, Image, Place};
use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::answers::GivenAnswers;
use crate::cloudtrail;
use crate::counts::Counts;
use crate::faults::Faults;
use crate::gate::Gate;
use crate::latency::Latencies;
use crate::rate::Limiter;
use crate::server::{Server, serve};
use crate::state::{Accounts, State};
use crate::{Arrival, Fault, GivenAnswer, Passage, SimulatorOptions, Traffic};

/// A running simulator. Dropping it closes its connections and its port.
///
/// It runs on a thread and a runtime of its own, so that tests may block, pause their clock, or
/// run without a runtime of several threads.
#[derive(Debug)]
pub struct Simulator {
    server: Arc<Server>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts to listen, by default on 127.0.0.1 and a free port. Fails if the port is taken, the
    /// address is not a loopback one, or the snapshot contradicts itself.
    pub async fn start(options: SimulatorOptions) -> io::Result<Self> {
        let address = options.address.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the simulator listens on loopback addresses only, not on {address}"),
            ));
        }
        let accounts = Accounts {
            members: options.members,
            units: options.units,
            unit_of: options.unit_of,
            roles: options.roles,
            explorer: options.explorer,
            regions: options.regions,
        };
        let state = State::seed(options.snapshot, options.home, accounts)
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?
            .with_buckets(options.buckets);
        let server = Arc::new(Server {
            state,
            counts: Counts::default(),
            faults: Faults::new(options.faults),
            gate: Gate::default(),
            answers: GivenAnswers::new(options.remembers_answers),
            rows_a_page: options.rows_a_page,
            layers_outlive_images: options.layers_outlive_images,
            has_samples: options.has_samples,
            limiter: Limiter::new(options.rates.into_iter().chain(cloudtrail::rate()).collect()),
            events: options.events,
            secrets: options.secrets,
            latencies: Latencies::new(options.latencies, options.latency),
            clock: Mutex::new(options.now),
            requests: AtomicU64::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = oneshot::channel();
        let on_thread = Arc::clone(&server);
        let thread = thread::Builder::new()
            .name("aws-sim".to_owned())
            .spawn(move || run(address, on_thread, started, stopped))?;
        let address = starting
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the simulator's thread ended early")))?;
        Ok(Self { server, address, stop: Some(stop), thread: Some(thread) })
    }

    /// The URL to give to clients.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The account and Region of callers that name none.
    #[must_use]
    pub fn home(&self) -> &Place {
        self.server.state.home()
    }

    /// Requests by operation, spelled `ecr:DescribeImages`, those that failed included.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.server.counts.requests()
    }

    /// Requests for one operation.
    #[must_use]
    pub fn count(&self, operation: &str) -> u64 {
        self.counts().get(operation).copied().unwrap_or_default()
    }

    /// Requests over their rate, by operation. They are in [`counts`](Self::counts), too.
    #[must_use]
    pub fn throttled(&self) -> BTreeMap<String, u64> {
        self.server.counts.throttled()
    }

    /// Bytes of bodies by operation.
    #[must_use]
    pub fn traffic(&self) -> BTreeMap<String, Traffic> {
        self.server.counts.traffic()
    }

    /// Sets all counts to 0.
    pub fn reset_counts(&self) {
        self.server.counts.reset();
    }

    /// Every answer that was no error, in their order; none unless they are to be remembered.
    #[must_use]
    pub fn answers(&self) -> Vec<GivenAnswer> {
        self.server.answers.all()
    }

    /// Replaces the faults; they count from 0.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.server.faults.set(faults);
    }

    /// Sets the clock of everything that is recorded: it stands there.
    pub fn set_now(&self, now: Timestamp) {
        *self.server.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Excludes a role or a user, by its ARN, from the pull times of a registry, as `RegisterPullTimeUpdateExclusion` does.
    pub fn exclude_from_pull_times(&self, place: &Place, principal: &str) {
        let mut registries = self.server.state.registries_mut();
        registries.entry(place.clone()).or_default().pull_time_exclusions.insert(principal.into());
    }

    /// Has every request from now on wait for what `keeper` gives, before it is served: it is told of
    /// each, those included that somebody else makes meanwhile.
    pub fn keep_gate(&self, keeper: impl Fn(Arrival<'_>) -> Passage + Send + Sync + 'static) {
        self.server.gate.keep(keeper);
    }

    /// The images of a repository as they are now, by digest; none if there is no such repository.
    #[must_use]
    pub fn images(&self, place: &Place, repository: &str) -> Option<Vec<Image>> {
        self.server.state.images(place, repository)
    }

    /// One image as it is now.
    #[must_use]
    pub fn image(&self, place: &Place, repository: &str, digest: Digest) -> Option<Image> {
        self.server.state.image(place, repository, digest)
    }

    /// All that there is now, taken at the simulator's time; `usage` and `coverage` as they were
    /// seeded.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.server.state.snapshot(self.server.now())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _already_gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Serves until it is told to stop. Whether that is by a message or by the sender's end is all one.
fn run(
    address: SocketAddr,
    server: Arc<Server>,
    started: oneshot::Sender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _nobody_waits = started.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let bound = TcpListener::bind(address).await;
        let (listener, answer) = match bound.and_then(|bound| Ok((bound.local_addr()?, bound))) {
            Ok((address, listener)) => (Some(listener), Ok(address)),
            Err(error) => (None, Err(error)),
        };
        let _nobody_waits = started.send(answer);
        if let Some(listener) = listener {
            tokio::select! {
                _ = serve(listener, server) => {}
                _ = stopped => {}
            }
        }
    });
}
