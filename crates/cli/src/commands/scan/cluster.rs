//! Scanning one Kubernetes cluster. No call goes to AWS.

use std::env;
use std::path::PathBuf;
use std::time::Instant;

use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{Gap, Policy, Region, ScanPlace, Usage};
use ecr_sweep_kubernetes::{
    Cluster, Endpoint, Found, Kubeconfig, KubeconfigError, KubernetesError, SOURCE, ScanOptions,
};
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{ScannedSource, UsageFile};
use ecr_sweep_steps::{Clock as _, ScannedUsage, SystemClock};
use jiff::Timestamp;

use crate::args::ClusterArguments;
use crate::commands::live::runtime;
use crate::failure::Failure;

/// A cluster, and for which one its file stands.
struct Chosen {
    endpoint: Endpoint,
    place: ScanPlace,
}

/// Reads a cluster. What is not seen whole is written down as such.
pub(super) fn scan(
    arguments: &ClusterArguments,
    region: Option<&Region>,
    policy: Policy,
) -> Result<ScannedUsage, Failure> {
    let Chosen { endpoint, place } = choose(arguments, region)?;
    let cluster = Cluster::new(endpoint).map_err(unusable)?;
    let (taken_at, begun) = (SystemClock.now(), Instant::now());
    let options = ScanOptions { aliases: policy.usage.aliases, ..ScanOptions::default() };
    let scanned = runtime()?.block_on(cluster.scan(&options));
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let row = ScannedSource { milliseconds: Some(milliseconds), ..nothing(place.clone()) };
    Ok(match scanned {
        Ok(found) => seen(found, &place, taken_at, row),
        Err(error) => not_seen(&error, place, taken_at, row),
    })
}

/// The cluster that is asked for: of a kubeconfig, or the one around this process.
fn choose(arguments: &ClusterArguments, region: Option<&Region>) -> Result<Chosen, Failure> {
    let read = match &arguments.kubeconfig {
        Some(path) => Kubeconfig::read(path).map(Some),
        None => Kubeconfig::read_all(&usual_files()),
    };
    let read = read.map_err(unusable)?;
    let (endpoint, named) = match (read, &arguments.context) {
        (Some(config), context) => {
            let context = context.as_deref().or(config.current_context());
            let context = context.ok_or(KubeconfigError::NoContext).map_err(unusable)?;
            let endpoint = config.endpoint(context).map_err(unusable)?;
            (endpoint, config.eks_cluster(context))
        }
        (None, Some(context)) => {
            let name = context.as_str().into();
            return Err(unusable(KubeconfigError::Missing { what: "context", name }));
        }
        (None, None) => (Kubeconfig::in_cluster().map_err(unusable)?, None),
    };
    let named = named.as_ref();
    let account = arguments.account.clone().or(named.map(|it| it.account.clone()));
    let region = region.cloned().or(named.map(|it| it.region.clone()));
    let cluster = arguments.cluster.clone().or(named.and_then(|it| it.cluster.clone()));
    let (Some(account), Some(region), Some(cluster)) = (account, region, cluster) else {
        return Err(Failure::invalid("which cluster this is, is not known").next(
            "run it again with `--account ACCOUNT --region REGION --cluster NAME`: where it is in EKS, or whose images it uses",
        ));
    };
    Ok(Chosen { endpoint, place: ScanPlace { account, region, cluster: Some(cluster) } })
}

/// Where kubectl looks.
///
/// <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>
fn usual_files() -> Vec<PathBuf> {
    match env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) {
        Some(paths) => env::split_paths(&paths).collect(),
        None => env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect(),
    }
}

fn seen(found: Found, place: &ScanPlace, taken_at: Timestamp, row: ScannedSource) -> ScannedUsage {
    let Found { mentions, objects, pages, .. } = found;
    let cluster = place.cluster.as_ref().map(ToString::to_string).unwrap_or_default();
    let usage: Vec<Usage> =
        mentions.into_iter().map(|it| it.into_usage(place, &cluster, taken_at)).collect();
    let row = ScannedSource {
        complete: true,
        found: objects,
        references: usage.len() as u64,
        calls: Some(pages),
        ..row
    };
    let file = UsageFile { schema_version: V1, taken_at, scanned: vec![row], usage };
    ScannedUsage { file, gaps: Vec::new() }
}

fn not_seen(
    error: &KubernetesError,
    place: ScanPlace,
    taken_at: Timestamp,
    row: ScannedSource,
) -> ScannedUsage {
    let reason: Box<str> = with_causes(error).into();
    let remedies = place.cluster.as_ref().map(|it| error.remedies(it)).unwrap_or_default();
    let row = ScannedSource { reason: Some(reason.clone()), ..row };
    let file = UsageFile { schema_version: V1, taken_at, scanned: vec![row], usage: Vec::new() };
    ScannedUsage { file, gaps: vec![Gap { place: Some(place), source: SOURCE, reason, remedies }] }
}

fn nothing(place: ScanPlace) -> ScannedSource {
    ScannedSource {
        account: place.account,
        region: place.region,
        cluster: place.cluster,
        source: SOURCE,
        platform: None,
        complete: false,
        reason: None,
        found: 0,
        references: 0,
        calls: None,
        milliseconds: None,
    }
}

fn unusable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::invalid("the cluster cannot be asked").because(source).next(
        "name a kubeconfig with `--kubeconfig FILE` and its context with `--context NAME`, or run it in a pod that has a service account",
    )
}
