//! Deploys ecr-sweep on this machine: [`MiniStack`], an AWS in one Python process that interprets
//! the real state machine and runs the real functions, and [`Cdk`], the stock CDK CLI, which puts
//! them there.
//!
//! Nothing leaves the machine: every endpoint is an [`Endpoint`], which is a loopback address or
//! none at all, and neither program gets anything of the environment that it is started from but
//! `PATH`.

mod cdk;
mod endpoint;
mod error;
mod functions;
mod ministack;
mod python;
mod run;

pub use cdk::{Cdk, Deployment, Outputs};
pub use endpoint::{Endpoint, NotLoopback};
pub use error::LocalError;
pub use functions::FUNCTIONS;
pub use ministack::{Home, MiniStack, MiniStackOptions};
pub use python::aws_cli;
