//! What names images in a Kubernetes cluster.
//!
//! [`Cluster::scan`] lists every resource that the cluster's API discovers, but Secrets and events,
//! and gives every text in them that reads as a reference to an image; or an error, never a part.
//!
//! The API is spoken to with the HTTP and TLS that the SDKs of AWS bring anyway: objects are walked
//! as they arrive and none is held, which takes no client that knows their types.

mod connection;
mod discovery;
mod error;
mod found;
mod kubeconfig;
mod list;
mod object;
mod scan;
mod stream;

pub use connection::{Endpoint, NotAnEndpoint, Token, Tokens};
pub use error::{KubernetesError, KubernetesErrorKind};
pub use found::Mention;
pub use kubeconfig::{Kubeconfig, KubeconfigError};
pub use scan::{Cluster, Found, ScanOptions};

/// The source that this is a part of.
pub const SOURCE: ecr_sweep_core::Source = ecr_sweep_core::Source::Kubernetes;
