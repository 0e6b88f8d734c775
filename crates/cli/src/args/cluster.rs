//! A Kubernetes cluster instead of an account.

use std::path::PathBuf;

use clap::Args;
use ecr_sweep_core::{Account, ClusterName};

/// Which cluster `scan --kubernetes` reads, and for which its file stands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Kubernetes")]
pub struct ClusterArguments {
    /// Read a Kubernetes cluster instead of an account: the one that this runs in, or the current
    /// one of the kubeconfig; `--region` is the cluster's then
    #[arg(
        long,
        env = "ECR_SWEEP_KUBERNETES",
        hide_env = true,
        conflicts_with_all = ["profile", "concurrency", "store"]
    )]
    pub kubernetes: bool,
    /// The kubeconfig; without it, those that kubectl reads
    #[arg(
        long,
        value_name = "FILE",
        env = "ECR_SWEEP_KUBECONFIG",
        hide_env = true,
        requires = "kubernetes"
    )]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; without it, the current one
    #[arg(
        long,
        value_name = "NAME",
        env = "ECR_SWEEP_CONTEXT",
        hide_env = true,
        requires = "kubernetes"
    )]
    pub context: Option<String>,
    /// The account that the cluster is in, or whose images it uses
    #[arg(
        long,
        value_name = "ACCOUNT",
        env = "ECR_SWEEP_ACCOUNT",
        hide_env = true,
        requires = "kubernetes"
    )]
    pub account: Option<Account>,
    /// The cluster's name, as EKS and the policy have it
    #[arg(
        long,
        value_name = "NAME",
        env = "ECR_SWEEP_CLUSTER",
        hide_env = true,
        requires = "kubernetes"
    )]
    pub cluster: Option<ClusterName>,
}
