//! What goes wrong with calls to a cluster.

use std::error::Error;
use std::fmt;

use ecr_sweep_core::{ClusterName, Remedy};

use crate::discovery::Resource;

/// The error of any crate, as it is passed on.
pub(crate) type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// A call to a cluster that did not give what it was made for.
#[derive(Debug)]
pub struct KubernetesError {
    /// What was asked for, such as `/apis/apps/v1/deployments`.
    pub path: Box<str>,
    /// What to do about it depends on this.
    pub kind: KubernetesErrorKind,
    /// What the cluster said.
    pub message: Option<Box<str>>,
    /// What it is about: several, where several were denied.
    pub(crate) resources: Vec<Resource>,
    pub(crate) source: Option<BoxError>,
}

/// Who is denied more than this has not been given the role of a reader at all.
const MOST_DENIED: usize = 16;

/// What kind of error a call gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubernetesErrorKind {
    /// The cluster does not know the caller.
    Unauthenticated,
    /// The caller may not.
    Forbidden,
    /// There is no such resource.
    NotFound,
    /// The list has changed too much since its first page.
    Expired,
    /// No answer: a timeout, a connection that failed, an error of the cluster's own, after every retry.
    Unavailable,
    /// The caller has no credentials.
    Credentials,
    /// Everything else, answers that cannot be read among it.
    Unreadable,
    /// The caller's time was up.
    OutOfTime,
}

impl KubernetesErrorKind {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Unauthenticated => "was refused: the cluster does not know the caller",
            Self::Forbidden => "was denied",
            Self::NotFound => "found nothing",
            Self::Expired => "was overtaken by changes",
            Self::Unavailable => "got no answer",
            Self::Credentials => "has no credentials",
            Self::Unreadable => "gave an answer that cannot be read",
            Self::OutOfTime => "was not made: the time was up",
        }
    }
}

impl KubernetesError {
    pub(crate) fn new(path: &str, kind: KubernetesErrorKind) -> Self {
        Self { path: path.into(), kind, message: None, resources: Vec::new(), source: None }
    }

    pub(crate) fn unreadable(path: &str, problem: impl Into<Box<str>>) -> Self {
        Self::new(path, KubernetesErrorKind::Unreadable).saying(problem)
    }

    pub(crate) fn saying(self, message: impl Into<Box<str>>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    pub(crate) fn because(self, source: impl Into<BoxError>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    pub(crate) fn about(self, resource: &Resource) -> Self {
        Self { resources: vec![resource.clone()], ..self }
    }

    /// One error of all that was denied; the first is the one that is told.
    pub(crate) fn of_denied(mut denied: Vec<Self>) -> Option<Self> {
        denied.sort_by(|one, other| one.resources.cmp(&other.resources));
        let resources = denied.iter().flat_map(|error| error.resources.clone()).collect();
        let first = denied.into_iter().next()?;
        Some(Self { resources, ..first })
    }

    /// What lets the call succeed, where anything is known to: together, where several things do.
    #[must_use]
    pub fn remedies(&self, cluster: &ClusterName) -> Vec<Remedy> {
        let cluster = cluster.clone();
        let allow = |resource: &Resource| Remedy::AllowInCluster {
            cluster: cluster.clone(),
            group: resource.group.clone(),
            resource: resource.plural.clone(),
        };
        match (self.kind, self.resources.as_slice()) {
            (KubernetesErrorKind::Forbidden, resources @ [_, ..])
                if resources.len() <= MOST_DENIED =>
            {
                resources.iter().map(allow).collect()
            }
            (
                KubernetesErrorKind::Unauthenticated
                | KubernetesErrorKind::Forbidden
                | KubernetesErrorKind::Credentials,
                _,
            ) => vec![Remedy::AdmitToCluster { cluster }],
            (KubernetesErrorKind::Unavailable, [resource, ..]) => {
                vec![Remedy::MendApi { cluster, group: resource.group.clone() }]
            }
            (KubernetesErrorKind::Unavailable, []) => vec![Remedy::ReachCluster { cluster }],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for KubernetesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {} {}", self.path, self.kind.in_words())?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match self.resources.len() {
            0 | 1 => Ok(()),
            all => write!(f, "; {all} resources are denied in all"),
        }
    }
}

impl Error for KubernetesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
