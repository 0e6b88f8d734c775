//! Names of the rest of the world that stand for a registry, or for a part of one: mirrors and
//! proxies.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{RegistryHost, is_repository_name};
use crate::Place;

/// Hosts, or hosts with a path, and what each stands for.
pub type Aliases = BTreeMap<Box<str>, RegistryPath>;

/// An ECR registry, or what lies below a path in it, as it was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryPath {
    host: RegistryHost,
    /// Without slashes at its ends; empty: the whole registry.
    path: Box<str>,
}

/// A text that names neither an ECR registry nor a path in one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither the host of an ECR registry nor such a host with a path: expected one such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`"
)]
pub struct NotARegistryPath(String);

/// A name that cannot be an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAlias {
    /// It is no host, nor a host and a path.
    #[error("an alias is a host, or a host and a path, without scheme, tag and digest")]
    Malformed,
    /// It is an ECR host.
    #[error("an ECR host stands for its own registry")]
    OfEcr,
}

/// The host under which Docker Hub's images are named, and the other names that it has.
const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_TOO: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];

/// Whether a text can be an alias.
pub fn check_alias(text: &str) -> Result<(), NotAnAlias> {
    let (host, path) = parts(text);
    let is_component = |component: &str| !component.is_empty() && !component.contains(':');
    let is_path = !text.contains('/') || path.split('/').all(is_component);
    if host.is_empty() || text.contains(['@', ' ']) || text.contains("://") || !is_path {
        return Err(NotAnAlias::Malformed);
    }
    if host.parse::<RegistryHost>().is_ok() { Err(NotAnAlias::OfEcr) } else { Ok(()) }
}

/// Whether two aliases stand for the same names.
#[must_use]
pub fn is_same_alias(one: &str, other: &str) -> bool {
    let ((one, path), (other, other_path)) = (parts(one), parts(other));
    path == other_path && canonical(one) == canonical(other)
}

/// What an alias makes of a name: the registry, and the path in it with tag and digest. The one
/// with the longest path that the name lies below.
pub(super) fn resolve<'a>(
    aliases: &'a Aliases,
    host: &str,
    path: &str,
) -> Option<(&'a Place, String)> {
    if aliases.is_empty() {
        return None;
    }
    let host = canonical(host);
    let is_official = host == DOCKER_HUB && !path.contains('/');
    let path: Cow<'_, str> =
        if is_official { format!("library/{path}").into() } else { path.into() };
    let below = |alias: &str| -> Option<String> {
        let (own, own_path) = parts(alias);
        if canonical(own) != host {
            return None;
        }
        if own_path.is_empty() {
            return Some(path.to_string());
        }
        Some(path.strip_prefix(own_path)?.strip_prefix('/')?.to_owned())
    };
    let (_, target, rest) = aliases
        .iter()
        .filter_map(|(alias, target)| Some((parts(alias).1.len(), target, below(alias)?)))
        .max_by_key(|(length, ..)| *length)?;
    let path = if target.path.is_empty() { rest } else { format!("{}/{rest}", target.path) };
    Some((target.host.place(), path))
}

/// The host of a name as Docker reads it, and the rest: the host is the first component if it can be
/// one, else Docker Hub's, of which `nginx` is `library/nginx`.
///
/// <https://pkg.go.dev/github.com/distribution/reference#ParseNormalizedNamed>
pub(super) fn in_full(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
        _ => (DOCKER_HUB, text),
    }
}

fn parts(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or((text, ""))
}

fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    if DOCKER_HUB_TOO.contains(&&*host) { DOCKER_HUB.to_owned() } else { host }
}

impl FromStr for RegistryPath {
    type Err = NotARegistryPath;

    fn from_str(text: &str) -> Result<Self, NotARegistryPath> {
        let (host, path) = parts(text);
        // A path of one letter can be a prefix, though no repository has such a name.
        let is_path = || is_repository_name(&format!("{path}/x"));
        match host.parse() {
            Ok(host) if !text.contains('/') || is_path() => Ok(Self { host, path: path.into() }),
            _ => Err(NotARegistryPath(text.to_owned())),
        }
    }
}

impl fmt::Display for RegistryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.path.is_empty() { "" } else { "/" };
        f.pad(&format!("{}{slash}{}", self.host, self.path))
    }
}

impl fmt::Debug for RegistryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
