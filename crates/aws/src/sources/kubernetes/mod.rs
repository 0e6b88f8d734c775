//! Kubernetes: the clusters of Amazon EKS, and everything in them that names an image.
//!
//! What is read in a cluster is told by `ecr_sweep_kubernetes`. Who calls is known to it by a token
//! that STS could check, and has to have an access entry.
//! <https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html>

mod clusters;
mod token;

use std::sync::Arc;
use std::time::Instant;

use ecr_sweep_core::{ClusterName, Source, Usage};
use ecr_sweep_kubernetes::{Cluster, Endpoint, ScanOptions};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use futures::future::BoxFuture;

use crate::call_count::add_calls;

use super::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};
use super::{Found, Scan, ScanError, Scanned, UsageSource};
use clusters::{Clusters, Described};
use token::StsTokens;

const PERMISSIONS: &[Permission] = &[
    Permission {
        resource: PermittedOn::Everything,
        because: NO_RESOURCE,
        calls: &[PermittedCalls {
            actions: &["eks:ListClusters"],
            purpose: "every Kubernetes cluster",
        }],
    },
    Permission {
        resource: PermittedOn::InAccount { service: "eks", resources: "cluster/*" },
        because: "Every cluster of the account could run images; this call reads.",
        calls: &[PermittedCalls {
            actions: &["eks:DescribeCluster"],
            purpose: "where a cluster's API is; what is in it, the cluster's own access entries allow",
        }],
    },
];

/// Kubernetes.
#[derive(Debug)]
pub(super) struct Kubernetes;

impl UsageSource for Kubernetes {
    fn source(&self) -> Source {
        Source::Kubernetes
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(async move {
            match &scan.place.cluster {
                Some(cluster) => scan_cluster(scan, cluster).await,
                // What is in no cluster is in no Kubernetes.
                None => list_clusters(scan).await,
            }
        })
    }

    fn probe<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Option<Found>, ScanError>> {
        Box::pin(async move { Ok(Clusters::of(scan).first().await?) })
    }
}

/// What a scan of nothing but Kubernetes sees.
fn seen(scan: &Scan<'_>, usage: Vec<Usage>) -> Scanned {
    let place = scan.account_and_region();
    Scanned::of(usage, PlaceWorkloads::nothing(Source::Kubernetes, place))
}

async fn list_clusters(scan: &Scan<'_>) -> Result<Scanned, ScanError> {
    let clusters = Clusters::of(scan).list().await?;
    Ok(Scanned { found: clusters.len() as u64, clusters, ..seen(scan, Vec::new()) })
}

async fn scan_cluster(scan: &Scan<'_>, name: &ClusterName) -> Result<Scanned, ScanError> {
    let Some(described) = Clusters::of(scan).describe(name).await? else {
        // It was deleted meanwhile.
        return Ok(seen(scan, Vec::new()));
    };
    let Described { arn, server, authority } = described;
    let tokens = StsTokens::new(scan.config(), &scan.place.region, name);
    let endpoint = Endpoint {
        server,
        authority: Some(authority),
        tokens: Some(Arc::new(tokens)),
        ..Endpoint::default()
    };
    let cluster =
        Cluster::new(endpoint).map_err(|error| ScanError::unreadable(&arn, error.to_string()))?;
    let options = ScanOptions {
        aliases: scan.policy.usage.aliases.clone(),
        until: scan.deadline.left().and_then(|left| Instant::now().checked_add(left)),
        ..ScanOptions::default()
    };
    match cluster.scan(&options).await {
        Ok(found) => {
            tracing::info!(
                cluster = %name, resources = found.resources, objects = found.objects,
                pages = found.pages, restarts = found.restarts, "read a cluster"
            );
            add_calls(found.pages);
            let usage = found.mentions.into_iter();
            let usage = usage.map(|it| it.into_usage(scan.place, &arn, scan.now)).collect();
            Ok(Scanned { found: found.objects, ..seen(scan, usage) })
        }
        // Its time may be up, too: then it is this cluster that is too large, and nothing else.
        Err(error) => Err(ScanError::Kubernetes { cluster: name.clone(), error: Box::new(error) }),
    }
}
