//! Tests of ecr-sweep that cross crates.

#[cfg(test)]
mod decision;
#[cfg(test)]
mod live;
