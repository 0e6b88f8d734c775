//! How a simulator is started.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use ecr_sweep_core::{Account, Place, Region, UnitId};
use ecr_sweep_protocol::Snapshot;
use jiff::{SignedDuration, Timestamp};

use crate::{Explorer, Fault, GivenSecret, Latency, Rate};

/// What the simulator holds and how it behaves. The default: an empty account, as fast as it goes.
#[derive(Debug, Default, Clone)]
pub struct SimulatorOptions {
    /// What is there at the start; nothing, if absent.
    pub snapshot: Option<Snapshot>,
    /// The home account and Region where there is no snapshot; `111122223333` and `us-east-1`, if
    /// absent.
    pub home: Option<Place>,
    /// The accounts of the organization besides the home account, each with its state, such as
    /// `ACTIVE`; if empty, all that the snapshot mentions are active members.
    pub members: BTreeMap<Account, String>,
    /// The organizational units, each with the unit that it is in; those at the root are in none.
    pub units: BTreeMap<UnitId, Option<UnitId>>,
    /// The unit that an account is right in; the root, if it is not here.
    pub unit_of: BTreeMap<Account, UnitId>,
    /// The names of the roles that can be assumed in an account; any name, if it is not here.
    pub roles: BTreeMap<Account, BTreeSet<String>>,
    /// The Regions that an account has enabled; those of the snapshot, if it is not here.
    pub regions: BTreeMap<Account, BTreeSet<Region>>,
    /// What Resource Explorer has indexed; none: it is not turned on.
    pub explorer: Option<Explorer>,
    /// What `CloudTrail` recorded, each event as a trail has it; it is looked up where its `awsRegion` and
    /// `recipientAccountId` say. The simulator's own calls are not recorded.
    pub events: Vec<serde_json::Value>,
    /// The secrets that the home account has in its Region.
    pub secrets: Vec<GivenSecret>,
    /// The clock of everything that is recorded; the system's, if absent. Latency and rates always
    /// run on the system's.
    pub now: Option<Timestamp>,
    /// The buckets that the home account has in its Region.
    pub buckets: BTreeSet<String>,
    /// How long the layers of an image outlive it, unless another image of the repository has them; for
    /// ever, if absent.
    pub layers_outlive_images: Option<SignedDuration>,
    /// How long every answer takes at least.
    pub latency: Duration,
    /// How long the answers of some operations take at least, instead. The first that names an operation
    /// decides.
    pub latencies: Vec<Latency>,
    /// The most rows of a page, where AWS gives more.
    pub rows_a_page: Option<usize>,
    /// Whether the services of which only the operations are known have two samples of each
    /// thing, in every account and Region; else they have nothing.
    pub has_samples: bool,
    /// Whether every answer is remembered.
    pub remembers_answers: bool,
    /// Requests a second by operation. The first that names an operation decides.
    pub rates: Vec<Rate>,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// Where to listen: a loopback address. `127.0.0.1` and a free port, if absent.
    pub address: Option<SocketAddr>,
}
