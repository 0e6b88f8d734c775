//! Tests of ecr-sweep that cross crates.

#[cfg(test)]
mod archive;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod homes;
#[cfg(feature = "live")]
#[cfg(test)]
mod live;
#[cfg(feature = "live")]
#[cfg(test)]
mod models;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod statemachine;
#[cfg(test)]
mod stories;
