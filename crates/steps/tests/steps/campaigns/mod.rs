//! Campaigns: whatever may happen to a sweep, at each moment of it.
//!
//! A run is stopped or disturbed at every point that it comes to, one after the other; what has to hold is
//! read from the registry itself. In CI the cases are as many as take about a minute;
//! `ECR_SWEEP_CASES=100` takes each of them.

mod acts;
mod archiving;
mod changes;
mod crashing;
mod deployed;
mod documents;
mod failing;
mod overlapping;
mod points;
mod racing;
mod returning;
mod stage;

/// Whether something is done that outlives the program: a document, or what a registry remembers.
fn is_side_effect(name: &str) -> bool {
    name.starts_with("put ") || name == "ecr:BatchGetImage" || removes(name)
}

/// Whether a request takes an image from whoever pulls it.
fn removes(name: &str) -> bool {
    ["ecr:BatchDeleteImage", "ecr:UpdateImageStorageClass"].contains(&name)
}

/// Whether every case is wanted.
fn is_wide() -> bool {
    std::env::var("ECR_SWEEP_CASES")
        .is_ok_and(|cases| cases.parse::<u64>().is_ok_and(|it| it >= 100))
}
