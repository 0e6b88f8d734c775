//! The adapters against the simulator: what they read, how often they call, and what becomes of
//! errors.

mod deletion;
mod ecs;
mod images;
mod lambda;
mod manifests;
mod repositories;
mod sessions;
mod world;
