//! The doctor: misconfigurations that were made on purpose, each of which it finds with what mends it.

mod access;
mod deployment;
mod organization;
mod registries;
mod store;

use organization::{Doctored, HOME, OTHER, Said};
