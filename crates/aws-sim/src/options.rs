//! How a simulator is started.

use std::net::SocketAddr;
use std::time::Duration;

use ecr_sweep_core::Place;
use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use crate::{Fault, Rate};

/// What the simulator holds and how it behaves. The default: an empty account, as fast as it goes.
#[derive(Debug, Default, Clone)]
pub struct SimulatorOptions {
    /// What is there at the start; nothing, if absent.
    pub snapshot: Option<Snapshot>,
    /// The home account and Region where there is no snapshot; `111122223333` and `us-east-1`, if
    /// absent.
    pub home: Option<Place>,
    /// The clock of everything that is recorded; the system's, if absent. Latency and rates always
    /// run on the system's.
    pub now: Option<Timestamp>,
    /// How long every answer takes at least.
    pub latency: Duration,
    /// Requests a second by operation. The first that names an operation decides.
    pub rates: Vec<Rate>,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// Where to listen: a loopback address. `127.0.0.1` and a free port, if absent.
    pub address: Option<SocketAddr>,
}
