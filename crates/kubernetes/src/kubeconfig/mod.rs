//! Kubeconfigs: where clusters are, and who calls.
//!
//! <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>

mod exec;
mod file;
mod yaml;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecr_sweep_core::ScanPlace;
use futures::future::BoxFuture;

use crate::connection::{Endpoint, SecretPem, Token, Tokens, of_base64};
use crate::error::BoxError;
use exec::ExecTokens;
use file::{File, NamedCluster, User};

/// What a service account is given in a pod.
///
/// <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>
const IN_CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A kubeconfig, read from its files.
#[derive(Debug, Clone)]
pub struct Kubeconfig {
    file: File,
}

/// Why a kubeconfig gives no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is no kubeconfig.
    #[error("{path} is no kubeconfig: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Box<str>,
    },
    /// It names no context, or none of this name.
    #[error("the kubeconfig has no {what} `{name}`")]
    Missing {
        /// What it lacks.
        what: &'static str,
        /// Its name.
        name: Box<str>,
    },
    /// No context was named, and there is no current one.
    #[error("the kubeconfig has no current context")]
    NoContext,
    /// It asks for something that is not done.
    #[error("the kubeconfig's {what} `{name}` asks for {setting}: {why}")]
    Unsupported {
        /// Whose setting.
        what: &'static str,
        /// Its name.
        name: Box<str>,
        /// Which setting.
        setting: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// There is neither a kubeconfig nor a service account of a pod.
    #[error("there is no kubeconfig, and this is no pod that has a service account")]
    Nowhere,
}

impl Kubeconfig {
    /// Reads a file. Paths in it begin where it is.
    pub fn read(path: &Path) -> Result<Self, KubeconfigError> {
        Ok(Self { file: file::read(path)? })
    }

    /// Reads what kubectl would: the files of a list of paths, of which the first that says something
    /// counts. Those that are not there are passed over.
    pub fn read_all(paths: &[PathBuf]) -> Result<Option<Self>, KubeconfigError> {
        let mut all: Option<File> = None;
        for path in paths.iter().filter(|path| path.exists()) {
            let read = file::read(path)?;
            all = Some(match all {
                Some(file) => file.before(read),
                None => read,
            });
        }
        Ok(all.map(|file| Self { file }))
    }

    /// The names of its contexts, in their order.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        self.file.contexts.iter().map(|context| &*context.name)
    }

    /// The current context, if it names one.
    #[must_use]
    pub fn current_context(&self) -> Option<&str> {
        self.file.current_context.as_deref()
    }

    /// Which cluster of Amazon EKS a context is of, where its cluster is named by its ARN: so
    /// `aws eks update-kubeconfig` names them.
    #[must_use]
    pub fn eks_cluster(&self, context: &str) -> Option<ScanPlace> {
        let context = file::named(&self.file.contexts, "context", context).ok()?;
        let parts: Vec<&str> = context.context.cluster.splitn(6, ':').collect();
        let ["arn", _, "eks", region, account, cluster] = parts.as_slice() else { return None };
        Some(ScanPlace {
            account: account.parse().ok()?,
            region: region.parse().ok()?,
            cluster: Some(cluster.strip_prefix("cluster/")?.parse().ok()?),
        })
    }

    /// Where the cluster of a context is, and who calls.
    pub fn endpoint(&self, context: &str) -> Result<Endpoint, KubeconfigError> {
        let context = file::named(&self.file.contexts, "context", context)?;
        let cluster = file::named(&self.file.clusters, "cluster", &context.context.cluster)?;
        let mut endpoint = endpoint_of(cluster)?;
        if let Some(user) = &context.context.user {
            let user = file::named(&self.file.users, "user", user)?;
            add_user(&mut endpoint, &user.name, &user.user, cluster)?;
        }
        Ok(endpoint)
    }

    /// What a pod's service account is given: where its own cluster is, and who calls.
    pub fn in_cluster() -> Result<Endpoint, KubeconfigError> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let host = set("KUBERNETES_SERVICE_HOST").ok_or(KubeconfigError::Nowhere)?;
        let port = set("KUBERNETES_SERVICE_PORT").unwrap_or_else(|| "443".to_owned());
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let folder = Path::new(IN_CLUSTER);
        Ok(Endpoint {
            server: format!("https://{host}:{port}").into(),
            authority: Some(file::bytes(&folder.join("ca.crt"))?),
            tokens: Some(Arc::new(TokenFile(folder.join("token")))),
            ..Endpoint::default()
        })
    }
}

fn endpoint_of(named: &NamedCluster) -> Result<Endpoint, KubeconfigError> {
    let unsupported = |setting, why| KubeconfigError::Unsupported {
        what: "cluster",
        name: named.name.clone(),
        setting,
        why,
    };
    let cluster = &named.cluster;
    if cluster.insecure_skip_tls_verify {
        let why = "whoever answers in the cluster's stead could say that nothing is used";
        return Err(unsupported("insecure-skip-tls-verify", why));
    }
    if cluster.proxy_url.is_some() {
        let why = "scan it from where no proxy is needed";
        return Err(unsupported("proxy-url", why));
    }
    let authority = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => Some(data_of(data, "cluster", &named.name)?),
        (None, Some(path)) => Some(file::bytes(path)?),
        (None, None) => None,
    };
    Ok(Endpoint {
        server: cluster.server.clone(),
        authority,
        server_name: cluster.tls_server_name.clone(),
        ..Endpoint::default()
    })
}

fn add_user(
    endpoint: &mut Endpoint,
    name: &str,
    user: &User,
    cluster: &NamedCluster,
) -> Result<(), KubeconfigError> {
    let unsupported = |setting, why| KubeconfigError::Unsupported {
        what: "user",
        name: name.into(),
        setting,
        why,
    };
    if user.impersonates.is_some() {
        let why = "name a user that may list by itself";
        return Err(unsupported("impersonation", why));
    }
    if user.username.is_some() || user.auth_provider.is_some() {
        let why = "Kubernetes has removed it: use a token, a certificate or an exec plugin";
        return Err(unsupported("basic authentication or an auth provider", why));
    }
    let chain = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) => Some(data_of(data, "user", name)?),
        (None, Some(path)) => Some(file::bytes(path)?),
        (None, None) => None,
    };
    let key = match (&user.client_key_data, &user.client_key) {
        (Some(data), _) => Some(data_of(&data.0, "user", name)?),
        (None, Some(path)) => Some(file::bytes(path)?),
        (None, None) => None,
    };
    endpoint.client_certificate = match (chain, key) {
        (Some(chain), Some(key)) => Some((chain, Arc::new(SecretPem(key)))),
        (None, None) => None,
        _ => {
            let what = "certificate with its key of user";
            return Err(KubeconfigError::Missing { what, name: name.into() });
        }
    };
    endpoint.tokens = match (&user.token_file, &user.token, &user.exec) {
        (Some(path), ..) => Some(Arc::new(TokenFile(path.clone()))),
        (None, Some(token), _) => Some(Arc::new(Token::new(&token.0))),
        (None, None, Some(exec)) => {
            let info = exec.provide_cluster_info.then(|| cluster.cluster.clone());
            Some(Arc::new(ExecTokens::new(exec.clone(), info)))
        }
        (None, None, None) => None,
    };
    Ok(())
}

fn data_of(data: &str, what: &'static str, name: &str) -> Result<Box<[u8]>, KubeconfigError> {
    of_base64(data).map_err(|_| KubeconfigError::Unsupported {
        what,
        name: name.into(),
        setting: "certificates in a text that is no base64",
        why: "they cannot be read",
    })
}

/// A token in a file, which is written anew from time to time.
#[derive(Debug)]
struct TokenFile(PathBuf);

impl Tokens for TokenFile {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        let read = || match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Token::new(&text)),
            Err(error) => Err(format!("{}: {error}", self.0.display()).into()),
        };
        Box::pin(async move { read() })
    }
}
