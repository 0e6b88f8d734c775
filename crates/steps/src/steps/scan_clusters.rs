//! The clusters of a place: each is scanned by itself, and has a row of its own.

use ecr_sweep_aws::sources::ScanCache;
use ecr_sweep_core::{ClusterName, ScanPlace};
use futures::future::{BoxFuture, join_all};

use super::scan_usage::{ScopeScan, scan_scope};
use crate::{Reading, StepError};

/// How many clusters are scanned at once.
const AT_ONCE: usize = 4;

/// Adds what is in the clusters of a place.
pub(super) fn add_clusters<'a>(
    reading: &'a Reading,
    place: &'a ScanPlace,
    cache: &'a ScanCache,
    clusters: &'a [ClusterName],
    seen: &'a mut ScopeScan,
) -> BoxFuture<'a, Result<(), StepError>> {
    Box::pin(async move {
        for some in clusters.chunks(AT_ONCE) {
            let scans = some.iter().map(async |cluster| {
                let place = ScanPlace { cluster: Some(cluster.clone()), ..place.clone() };
                scan_scope(reading, &place, cache).await
            });
            for in_cluster in join_all(scans).await {
                let ScopeScan { coverage, looked_at, usage, workloads, .. } = in_cluster?;
                seen.coverage.extend(coverage);
                seen.looked_at.extend(looked_at);
                seen.usage.extend(usage);
                seen.workloads.extend(workloads);
            }
        }
        Ok(())
    })
}
