//! Calls to Amazon ECS in one account and Region.

use std::collections::{BTreeSet, HashSet};
use std::mem::take;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::Failure;
use ecr_sweep_core::Place;
use futures::channel::mpsc::UnboundedSender;

use super::clients::{Clients, Rated};
use crate::call::Call;
use crate::concurrently::hand_on;
use crate::sources::Scan;
use crate::sources::gone::{Looks, look, look_at_all};
use crate::{AwsError, AwsErrorKind};

/// The most names that a page has, in the lists that say so.
pub(super) const NAMES_A_PAGE: i32 = 100;

pub(super) struct Reader<'a> {
    clients: Clients<'a>,
    pub(super) looks: Looks,
    pub(super) place: &'a Place,
    /// How many calls of one API may be under way at once.
    pub(super) concurrency: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(scan: &Scan<'_>, place: &'a Place) -> Self {
        let config = scan.config();
        let looks = Looks::of(&config);
        let clients = Clients::new(config, place);
        Self { clients, looks, place, concurrency: scan.concurrency() }
    }

    /// The client of what has this rate.
    pub(super) fn client(&self, rated: Rated) -> &Client {
        self.clients.of(rated)
    }

    pub(super) fn call(&self, operation: &'static str) -> Call<'_> {
        Call::new("ecs", operation, self.place)
    }

    /// What a call gives of something that was listed. None: it was deleted since.
    pub(super) async fn unless_gone<T, R>(&self, ask: impl Fn() -> R) -> Result<Option<T>, AwsError>
    where
        R: Future<Output = Result<T, AwsError>>,
    {
        look(self.looks, |error| error.kind == AwsErrorKind::NotFound, ask).await
    }

    /// What a call describes of these. What was deleted since it was named is left out.
    pub(super) async fn all_there<T, R>(
        &self,
        names: &[Box<str>],
        describe: impl Fn(Vec<Box<str>>) -> R,
    ) -> Result<Vec<T>, AwsError>
    where
        R: Future<Output = Result<(Vec<T>, Vec<Box<str>>), AwsError>>,
    {
        look_at_all(self.looks, names.to_vec(), describe).await
    }
}

/// Names of the same cluster, at most so many.
pub(super) type Batch = (Box<str>, Vec<Box<str>>);

/// Names of one cluster, cut into batches: each is handed on as soon as it is full, the last one
/// when there are no more names. A name that is listed twice is in one.
pub(super) struct Batches {
    cluster: Box<str>,
    size: usize,
    named: HashSet<Box<str>>,
    batch: Vec<Box<str>>,
    to: UnboundedSender<Batch>,
}

impl Batches {
    pub(super) fn of(cluster: &str, size: usize, to: UnboundedSender<Batch>) -> Self {
        let (named, batch) = (HashSet::new(), Vec::new());
        Self { cluster: cluster.into(), size, named, batch, to }
    }

    pub(super) fn add(&mut self, names: Vec<String>) {
        for name in names.into_iter().map(Box::<str>::from) {
            if self.named.insert(name.clone()) {
                self.batch.push(name);
                if self.batch.len() == self.size {
                    self.hand_on();
                }
            }
        }
    }

    fn hand_on(&mut self) {
        hand_on(&self.to, (self.cluster.clone(), take(&mut self.batch)));
    }

    pub(super) fn end(mut self) {
        if !self.batch.is_empty() {
            self.hand_on();
        }
    }
}

/// Waits for a further look at a cluster that was not found. False: it was deleted since it was listed, and
/// nothing is in it.
pub(super) async fn looks_again(looks: &mut Looks, error: AwsError) -> Result<bool, AwsError> {
    if error.kind == AwsErrorKind::NotFound { Ok(looks.wait().await) } else { Err(error) }
}

/// What was described under each of these names. None: it is missing.
pub(super) fn by_name<T>(
    names: Vec<Box<str>>,
    mut described: Vec<T>,
    name_of: impl Fn(&T) -> &str,
) -> Vec<(Box<str>, Option<T>)> {
    let take = |name: Box<str>| {
        let found = described.iter().position(|it| *name_of(it) == *name);
        (name, found.map(|at| described.swap_remove(at)))
    };
    names.into_iter().map(take).collect()
}

/// Checks that an answer says something of everything that was asked, and of nothing else. Gives what
/// is `MISSING`; every other failure is an error.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
pub(super) fn check_answered<'a>(
    call: &Call<'_>,
    asked: &'a [Box<str>],
    described: impl IntoIterator<Item = &'a str>,
    failures: Option<&'a [Failure]>,
) -> Result<Vec<Box<str>>, AwsError> {
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
        None => Ok(missing.into_iter().map(Into::into).collect()),
    }
}

fn is_among(names: &[Box<str>], name: &str) -> bool {
    names.iter().any(|other| **other == *name)
}
