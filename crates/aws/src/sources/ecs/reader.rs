//! Calls to Amazon ECS in one account and Region.

use std::collections::BTreeSet;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::Failure;
use ecr_sweep_core::Place;

use crate::AwsError;
use crate::call::Call;
use crate::concurrently::concurrently;

/// The most names that a page has, in the lists that say so.
pub(super) const NAMES_A_PAGE: i32 = 100;

pub(super) struct Reader<'a> {
    pub(super) client: Client,
    pub(super) place: &'a Place,
    pub(super) concurrency: usize,
}

impl Reader<'_> {
    pub(super) fn call(&self, operation: &'static str) -> Call<'_> {
        Call::new("ecs", operation, self.place)
    }

    /// What all of these calls give together, in no order.
    pub(super) async fn all<I, T, R>(
        &self,
        items: Vec<I>,
        call: impl Fn(I) -> R,
    ) -> Result<Vec<T>, AwsError>
    where
        R: Future<Output = Result<Vec<T>, AwsError>>,
    {
        concurrently(self.concurrency, items, call).await
    }
}

/// Names of the same cluster, at most so many.
pub(super) type Batch = (Box<str>, Vec<Box<str>>);

/// Sorts names by cluster and cuts them into batches of one cluster each. A name that was listed
/// twice is in one.
pub(super) fn by_cluster(mut names: Vec<(Box<str>, Box<str>)>, size: usize) -> Vec<Batch> {
    names.sort();
    names.dedup();
    names
        .chunk_by(|one, other| one.0 == other.0)
        .flat_map(|cluster| cluster.chunks(size))
        .map(|batch| (batch[0].0.clone(), batch.iter().map(|(_, name)| name.clone()).collect()))
        .collect()
}

/// Checks that an answer says something of everything that was asked, and of nothing else.
/// `MISSING` says that it was deleted since it was named; every other failure is an error.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
pub(super) fn check_answered<'a>(
    call: &Call<'_>,
    asked: &'a [Box<str>],
    described: impl IntoIterator<Item = &'a str>,
    failures: Option<&'a [Failure]>,
) -> Result<Vec<&'a str>, AwsError> {
    let mut missing = Vec::new();
    // Without failures the list of them may be absent: each thing has to be described then.
    for failure in failures.into_iter().flatten() {
        match (failure.arn(), failure.reason()) {
            (Some(arn), Some("MISSING")) => missing.push(arn),
            (arn, reason) => {
                let call = arn.map_or(*call, |arn| call.about(arn));
                let reason = reason.unwrap_or("a failure without a reason");
                return Err(call.unreadable(match failure.detail() {
                    Some(detail) => format!("{reason}: {detail}"),
                    None => reason.to_owned(),
                }));
            }
        }
    }
    let answered: BTreeSet<&str> = described.into_iter().chain(missing.iter().copied()).collect();
    if let Some(other) = answered.iter().find(|answered| !is_among(asked, answered)) {
        return Err(call.about(other).unreadable("nobody asked for it"));
    }
    match asked.iter().find(|asked| !answered.contains(&***asked)) {
        Some(left_out) => {
            Err(call.about(left_out).unreadable("it is neither described nor among the failures"))
        }
        None => Ok(missing),
    }
}

fn is_among(names: &[Box<str>], name: &str) -> bool {
    names.iter().any(|other| **other == *name)
}
