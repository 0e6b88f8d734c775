//! A kubeconfig as it is written.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{KubeconfigError, yaml};

/// A text that no log shows.
#[derive(Clone, Deserialize)]
pub(super) struct Secret(pub(super) Box<str>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a secret)")
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    #[serde(default)]
    pub(super) current_context: Option<Box<str>>,
    #[serde(default)]
    pub(super) contexts: Vec<NamedContext>,
    #[serde(default)]
    pub(super) clusters: Vec<NamedCluster>,
    #[serde(default)]
    pub(super) users: Vec<NamedUser>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedContext {
    pub(super) name: Box<str>,
    pub(super) context: Context,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Context {
    pub(super) cluster: Box<str>,
    pub(super) user: Option<Box<str>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedCluster {
    pub(super) name: Box<str>,
    pub(super) cluster: Cluster,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub(super) server: Box<str>,
    pub(super) certificate_authority: Option<PathBuf>,
    pub(super) certificate_authority_data: Option<Box<str>>,
    pub(super) tls_server_name: Option<Box<str>>,
    pub(super) proxy_url: Option<Box<str>>,
    #[serde(default)]
    pub(super) insecure_skip_tls_verify: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedUser {
    pub(super) name: Box<str>,
    pub(super) user: User,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    pub(super) token: Option<Secret>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_certificate_data: Option<Box<str>>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) client_key_data: Option<Secret>,
    pub(super) username: Option<Box<str>>,
    pub(super) auth_provider: Option<serde::de::IgnoredAny>,
    #[serde(rename = "as")]
    pub(super) impersonates: Option<Box<str>>,
    pub(super) exec: Option<Exec>,
}

/// <https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exec {
    pub(super) api_version: Box<str>,
    pub(super) command: PathBuf,
    #[serde(default)]
    pub(super) args: Option<Vec<Box<str>>>,
    #[serde(default)]
    pub(super) env: Option<Vec<Variable>>,
    #[serde(default)]
    pub(super) provide_cluster_info: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Variable {
    pub(super) name: Box<str>,
    pub(super) value: Secret,
}

/// What has a name in a kubeconfig.
pub(super) trait Named {
    fn name(&self) -> &str;
}

macro_rules! named {
    ($($type:ident)+) => {
        $(impl Named for $type {
            fn name(&self) -> &str {
                &self.name
            }
        })+
    };
}

named!(NamedContext NamedCluster NamedUser);

/// The one of a name.
pub(super) fn named<'a, T: Named>(
    all: &'a [T],
    what: &'static str,
    name: &str,
) -> Result<&'a T, KubeconfigError> {
    let found = all.iter().find(|it| it.name() == name);
    found.ok_or_else(|| KubeconfigError::Missing { what, name: name.into() })
}

/// Reads a file: YAML, of which JSON is a part.
pub(super) fn read(path: &Path) -> Result<File, KubeconfigError> {
    let malformed =
        |problem: String| KubeconfigError::Malformed { path: path.into(), problem: problem.into() };
    let text = bytes(path)?;
    let text = String::from_utf8(text.into()).map_err(|_| malformed("it is no text".into()))?;
    let value = yaml::read(&text).map_err(malformed)?;
    if !value.is_object() {
        return Err(malformed("it has no fields".into()));
    }
    // What serde says of a value may be a secret.
    let file: Result<File, _> = serde_json::from_value(value);
    let mut file =
        file.map_err(|_| malformed("a name, a server or a setting is missing or odd".into()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for cluster in &mut file.clusters {
        from(folder, cluster.cluster.certificate_authority.as_mut());
    }
    for NamedUser { user, .. } in &mut file.users {
        from(folder, user.token_file.as_mut());
        from(folder, user.client_certificate.as_mut());
        from(folder, user.client_key.as_mut());
        if let Some(exec) = &mut user.exec
            && exec.command.components().count() > 1
        {
            from(folder, Some(&mut exec.command));
        }
    }
    Ok(file)
}

fn from(folder: &Path, path: Option<&mut PathBuf>) {
    if let Some(path) = path {
        *path = folder.join(&*path);
    }
}

/// The bytes of a file.
pub(super) fn bytes(path: &Path) -> Result<Box<[u8]>, KubeconfigError> {
    let read = std::fs::read(path).map(Into::into);
    read.map_err(|source| KubeconfigError::Unreadable { path: path.into(), source: source.into() })
}

impl File {
    /// This one and another one, of which counts what this one does not say.
    pub(super) fn before(mut self, other: Self) -> Self {
        fn add<T: Named>(all: &mut Vec<T>, more: Vec<T>) {
            let mut known: BTreeSet<String> = all.iter().map(|it| it.name().to_owned()).collect();
            for it in more {
                if known.insert(it.name().to_owned()) {
                    all.push(it);
                }
            }
        }
        self.current_context = self.current_context.or(other.current_context);
        add(&mut self.contexts, other.contexts);
        add(&mut self.clusters, other.clusters);
        add(&mut self.users, other.users);
        self
    }
}
