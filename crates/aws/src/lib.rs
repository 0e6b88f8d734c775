//! The adapters: everything that talks to AWS or to a disk.
//!
//! An adapter returns everything there is, or an error that names the service, the operation, the
//! account and the Region. There is no third answer: never a part, never an empty list for an
//! error.
//!
//! The order of reading: [`Sessions`] makes the clients; [`RegistryReader`] reads
//! images; [`sources`] find what names images; [`store`] keeps the documents of a run;
//! [`StateMachine`] starts runs where they are deployed.

mod answer;
mod call;
mod call_count;
mod call_log;
mod concurrently;
mod deadline;
mod deployment;
mod error;
mod explorer;
mod identity;
pub mod notice;
mod paging;
mod quotas;
pub mod registry;
pub mod secrets;
mod sessions;
mod signed;
pub mod sources;
mod state_machine;
pub mod store;
mod time;
pub mod trail;
mod under_way;
pub mod usage_files;

pub use call_count::count_calls;
pub use deadline::{Deadline, Stop};
pub use deployment::{
    DeployedFunction, DeployedSchedule, DeploymentReader, FunctionsAtOnce, Subscriptions, WouldDo,
};
pub use error::{AwsError, AwsErrorKind, UnreadableAnswer};
pub use explorer::Indexed;
pub use identity::NotProven;
pub use quotas::CallRate;
pub use registry::RegistryReader;
pub use sessions::{
    DELETE_ROLE, Member, Organization, RESTORE_ROLE, SessionError, SessionOptions, Sessions,
    WrongClock, http_client,
};
pub use state_machine::{Answered, Execution, NotAStateMachine, Started, StateMachine, Status};
pub use under_way::{LongCall, longest_call};
