//! Discovery: which resources a cluster has.
//!
//! The group by group way, which every version has: a group that does not answer is an error then,
//! where the documents that tell all groups at once only leave it out, or call it stale.
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-discovery>

use std::collections::BTreeMap;

use serde_json::Value;

use crate::KubernetesError;
use crate::connection::Connection;

/// A resource that can be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    /// The group; empty: the core group.
    pub(crate) group: Box<str>,
    /// The name in paths: `deployments`.
    pub(crate) plural: Box<str>,
    /// The version that is read.
    pub(crate) version: Box<str>,
    /// The kind of its objects: `Deployment`.
    pub(crate) kind: Box<str>,
}

/// What is never read: it holds what nobody else should, or what is over.
const NEVER_READ: [(&str, &str); 3] =
    [("", "secrets"), ("", "events"), ("events.k8s.io", "events")];

impl Resource {
    /// Where all its objects are listed, of all namespaces.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", group_path(&self.group, &self.version), self.plural)
    }

    fn is_read(&self) -> bool {
        !NEVER_READ.contains(&(&self.group, &self.plural))
    }
}

fn group_path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

/// Every resource that can be listed, but what is never read, each in the version that its group prefers
/// or in the first that has it. Sorted.
pub(crate) async fn discover(connection: &Connection) -> Result<Vec<Resource>, KubernetesError> {
    let mut versions = vec![(Box::from(""), texts(&connection.get_json("/api").await?, "/api")?)];
    let groups = connection.get_json("/apis").await?;
    for group in list(&groups, "groups", "/apis")? {
        versions.push((text(group, "name", "/apis")?, versions_of(group)?));
    }
    let mut found: BTreeMap<(Box<str>, Box<str>), Resource> = BTreeMap::new();
    for (group, versions) in versions {
        for version in versions {
            let path = group_path(&group, &version);
            let answer = connection.get_json(&path).await.map_err(|error| {
                // The group, and nothing of it in particular, is what is amiss.
                let all = Resource {
                    group: group.clone(),
                    plural: "*".into(),
                    version: version.clone(),
                    kind: "*".into(),
                };
                error.about(&all)
            })?;
            for entry in list(&answer, "resources", &path)? {
                let plural = text(entry, "name", &path)?;
                let verbs = list(entry, "verbs", &path)?;
                // What is below a resource has a slash in its name.
                if plural.contains('/') || !verbs.iter().any(|verb| verb == "list") {
                    continue;
                }
                let kind = text(entry, "kind", &path)?;
                let resource = Resource {
                    group: group.clone(),
                    plural: plural.clone(),
                    version: version.clone(),
                    kind,
                };
                if resource.is_read() {
                    found.entry((group.clone(), plural)).or_insert(resource);
                }
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The versions of a group, the preferred one first.
fn versions_of(group: &Value) -> Result<Vec<Box<str>>, KubernetesError> {
    let mut versions = Vec::new();
    if let Some(preferred) = group["preferredVersion"]["version"].as_str() {
        versions.push(preferred.into());
    }
    for version in list(group, "versions", "/apis")? {
        let version = text(version, "version", "/apis")?;
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    Ok(versions)
}

fn texts(answer: &Value, path: &str) -> Result<Vec<Box<str>>, KubernetesError> {
    let versions = list(answer, "versions", path)?.iter();
    let versions = versions.map(|version| version.as_str().map(Into::into));
    versions.collect::<Option<_>>().ok_or_else(|| missing("versions", path))
}

fn list<'a>(
    of: &'a Value,
    member: &'static str,
    path: &str,
) -> Result<&'a [Value], KubernetesError> {
    of[member].as_array().map(Vec::as_slice).ok_or_else(|| missing(member, path))
}

fn text(of: &Value, member: &'static str, path: &str) -> Result<Box<str>, KubernetesError> {
    let text = of[member].as_str().filter(|text| !text.is_empty());
    text.map(Into::into).ok_or_else(|| missing(member, path))
}

fn missing(member: &'static str, path: &str) -> KubernetesError {
    KubernetesError::unreadable(path, format!("`{member}` is missing"))
}
