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
    pub(crate) resource: Option<Resource>,
    pub(crate) source: Option<BoxError>,
}

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
        Self { path: path.into(), kind, message: None, resource: None, source: None }
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
        Self { resource: Some(resource.clone()), ..self }
    }

    /// What lets the call succeed, where anything is known to.
    #[must_use]
    pub fn remedy(&self, cluster: &ClusterName) -> Option<Remedy> {
        let cluster = cluster.clone();
        match (self.kind, &self.resource) {
            (KubernetesErrorKind::Forbidden, Some(resource)) => Some(Remedy::AllowInCluster {
                cluster,
                group: resource.group.clone(),
                resource: resource.plural.clone(),
            }),
            (
                KubernetesErrorKind::Unauthenticated
                | KubernetesErrorKind::Forbidden
                | KubernetesErrorKind::Credentials,
                _,
            ) => Some(Remedy::AdmitToCluster { cluster }),
            (KubernetesErrorKind::Unavailable, Some(resource)) => {
                Some(Remedy::MendApi { cluster, group: resource.group.clone() })
            }
            (KubernetesErrorKind::Unavailable, None) => Some(Remedy::ReachCluster { cluster }),
            _ => None,
        }
    }
}

impl fmt::Display for KubernetesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {} {}", self.path, self.kind.in_words())?;
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl Error for KubernetesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
