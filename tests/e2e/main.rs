//! The whole of ecr-sweep on this machine: the app deployed by the stock CDK CLI to MiniStack, which
//! interprets the real state machine and runs the real functions; their calls of ECR, ECS and Lambda
//! go to the simulator. What they leave behind is held against what the same steps leave behind that
//! run in one process.
//!
//! It needs the functions' binaries: `cargo build --workspace --all-targets` makes them.

#![cfg(test)]

mod afternoon;
mod approving;
mod bill;
mod commanding;
mod crossing;
mod crowded;
mod documents;
mod execution;
mod failing;
mod in_process;
mod large;
mod newcomer;
mod organization;
mod permissions;
mod planning;
mod processes;
mod redriving;
mod scheduling;
mod stage;
mod sweeping;
mod telling;
mod transitions;
mod upgrading;
