//! An ECR, the reads of ECS, Lambda, STS, Account and Organizations that a scan makes, and the S3
//! of a run store, that behave as AWS documents them; in process, on a loopback address.
//!
//! Any AWS client works against it by endpoint URL. The `Authorization` header says who calls: an
//! access key id of 12 digits is the account, any other one means the home account, and the
//! signature's scope names the Region. Signatures are not verified. Accounts and Regions are apart.
//!
//! State comes from a [`Snapshot`](ecr_sweep_protocol::Snapshot) (its `registries` and
//! `workloads`, and of its `usage` what services tell that have no workloads) or through the APIs. Latency, request rates and faults
//! are options; every request is counted by operation, and so are the bytes of bodies.
//!
//! The order of reading: [`Simulator`] is the handle; `server` takes a request through routing,
//! counting, latency, authentication, rates and faults to an operation; `ecr`, `ecs`, `lambda`,
//! `s3`, `secrets`,
//! `sns`, `sts`, `account`, `cloudtrail`, `explorer`, `quotas` and `organizations` hold the operations over `state`; [`reseal`] makes the digests of a
//! hand-written snapshot those of manifests.

mod account;
mod answers;
mod arn;
mod cloudtrail;
mod counts;
mod ecr;
mod ecs;
mod eks;
mod explorer;
mod faults;
mod gate;
mod iam;
mod kubernetes;
mod lambda;
mod latency;
mod manifest;
mod options;
mod organizations;
mod paging;
mod quotas;
mod rate;
mod reseal;
mod s3;
mod secrets;
mod server;
mod simulator;
mod sns;
mod state;
mod sts;
mod table;
mod wire;

pub use account::REGIONS_BY_DEFAULT;
pub use answers::GivenAnswer;
pub use counts::Traffic;
pub use explorer::Explorer;
pub use faults::{Effect, Fault, Lack, NotFaults, read_faults};
pub use gate::{Arrival, Passage};
pub use latency::{Latency, NotALatency};
pub use options::SimulatorOptions;
pub use rate::{NotARate, Rate};
pub use reseal::{Resealed, reseal};
pub use secrets::{GivenSecret, SecretValue};
pub use simulator::Simulator;
pub use state::NotASeed;
pub use table::{as_served, served_kinds, services_of};
