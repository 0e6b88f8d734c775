//! One scan: of a source, in one place.

use std::time::Duration;

use ecr_sweep_core::{ClusterName, Place, Policy, ScanPlace, Usage};
use ecr_sweep_kubernetes::KubernetesError;
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use jiff::Timestamp;

use super::ScanCache;
use crate::sessions::clients::ClientConfig;
use crate::store::StoreError;
use crate::{AwsError, Deadline, Sessions};

/// How long after the deadline what reads is cut off that has not stopped by itself: between two
/// of its checks there may be many calls.
const GRACE: Duration = Duration::from_secs(10);

/// What a scan is given.
#[derive(Debug)]
pub struct Scan<'a> {
    /// Where it looks.
    pub place: &'a ScanPlace,
    /// What it is for: a source may ask how far it has to look.
    pub policy: &'a Policy,
    /// The time of the scan, which its rows carry.
    pub now: Timestamp,
    /// When it stops, with what it has read so far in its cache.
    pub deadline: Deadline,
    /// The clients.
    pub sessions: &'a Sessions,
    /// What is remembered of earlier scans.
    pub cache: &'a ScanCache,
}

impl Scan<'_> {
    /// The account and Region.
    #[must_use]
    pub fn account_and_region(&self) -> Place {
        self.place.place()
    }

    /// What the clients of the account and Region are made of.
    pub(crate) fn config(&self) -> ClientConfig {
        self.sessions.reading_config(&self.account_and_region())
    }

    /// How many calls may be under way at once.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.sessions.concurrency()
    }

    /// Reads, but not for much longer than the deadline allows: so that there is time to remember
    /// what was read.
    pub(super) async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, ScanError>>,
    ) -> Result<T, ScanError> {
        cut_off(self.deadline.left().map(|left| left + GRACE), reading).await
    }
}

/// Reads to the end, though what is read beside it may fail meanwhile: so of several errors the
/// first in a fixed order can be told, whichever was there first. Without time there is no end.
pub(super) async fn to_its_end<T>(
    reading: impl Future<Output = Result<T, ScanError>>,
) -> Result<Result<T, ScanError>, ScanError> {
    match reading.await {
        Err(error @ ScanError::OutOfTime { .. }) => Err(error),
        read => Ok(read),
    }
}

async fn cut_off<T>(
    after: Option<Duration>,
    reading: impl Future<Output = Result<T, ScanError>>,
) -> Result<T, ScanError> {
    let Some(after) = after else { return reading.await };
    let read = tokio::time::timeout(after, reading).await;
    read.unwrap_or(Err(ScanError::OutOfTime { known: 0 }))
}

/// What a scan saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Scanned {
    /// The references, sorted, each row once.
    pub usage: Vec<Usage>,
    /// What they were read from: of each resource no more than what names it and its images.
    pub workloads: PlaceWorkloads,
    /// How many things were looked at that could name an image.
    pub found: u64,
    /// The clusters of the account and Region, of a source that is looked at by cluster: each has to
    /// be scanned by itself.
    pub clusters: Vec<ClusterName>,
}

impl Scanned {
    /// What was read from these resources, and from nothing else.
    #[must_use]
    pub fn of(usage: Vec<Usage>, workloads: PlaceWorkloads) -> Self {
        let found = workloads.len() as u64;
        Self { usage, workloads, found, clusters: Vec::new() }
    }
}

/// Why a source was not seen whole. Nothing of what was seen is returned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A call failed, or its answer cannot be read.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A call to a cluster failed, or its answer cannot be read.
    #[error("cluster {cluster}")]
    Kubernetes {
        /// The cluster.
        cluster: ClusterName,
        /// What failed.
        #[source]
        error: Box<KubernetesError>,
    },
    /// The time was up. What never changes and was read by then is in the cache.
    #[error("the time was up before everything was read")]
    OutOfTime {
        /// How many things the cache holds now: a scan that gets no further will never end.
        known: u64,
    },
    /// A resource says something that this version does not understand.
    #[error("{resource}: {problem}")]
    Unreadable {
        /// The resource's ARN.
        resource: Box<str>,
        /// What is wrong with it.
        problem: Box<str>,
    },
    /// The cache of what never changes could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ScanError {
    pub(crate) fn unreadable(resource: &str, problem: impl Into<Box<str>>) -> Self {
        Self::Unreadable { resource: resource.into(), problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_stop_by_itself_is_out_of_time() {
        let never = std::future::pending::<Result<(), ScanError>>();
        let cut = cut_off(Some(Duration::ZERO), never).await;
        assert!(matches!(cut, Err(ScanError::OutOfTime { .. })), "{cut:?}");
        assert!(cut_off(Some(Duration::ZERO), async { Ok(()) }).await.is_ok());
    }
}
