//! A Kubernetes API server: kube-apiserver and etcd, in a process of its own that ends with
//! [`ApiServer`]. Nothing runs what is stored in it.
//!
//! Its program is Go, and built once a machine, which takes some minutes. Go is the machine's, if it is
//! new enough, else that of a virtual environment of Python's.

#![expect(clippy::missing_panics_doc, reason = "a test fails by panicking, its helpers too")]

mod go;
mod objects;
mod program;
mod server;

pub use program::build;
pub use server::{ADMIN_TOKEN, ApiServer, Call, READER, READER_TOKEN};
