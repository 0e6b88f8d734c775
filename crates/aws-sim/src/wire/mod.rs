//! What goes over the wire: requests in the services' protocols, answers and errors in the same.

mod answer;
mod call;
mod error;
mod route;
mod signature;

pub(crate) use answer::{Answer, Epoch, XML, epoch, escape, raw};
pub(crate) use call::{Call, Caller, Outcome, required};
pub(crate) use error::ApiError;
pub(crate) use route::{Operation, Protocol, Service, route};
pub(crate) use signature::{caller, service};
