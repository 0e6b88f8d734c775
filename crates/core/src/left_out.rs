//! What a plan says nothing of, and that it says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Off, Scope};
use crate::{Account, Admitted, Region, Repository, RepositoryId, Source};

/// A repository that no rule takes: it is left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UntouchedRepository {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// How many images it has. Absent where nobody has listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
    /// Their bytes, at most: a layer that some share counts with each of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most_bytes: Option<u64>,
}

impl UntouchedRepository {
    /// One of which no more than the name is known.
    #[must_use]
    pub fn named(id: &RepositoryId) -> Self {
        Self {
            account: id.registry.account.clone(),
            region: id.registry.region.clone(),
            repository: id.name.clone(),
            images: None,
            at_most_bytes: None,
        }
    }

    /// One whose images are known.
    #[must_use]
    pub fn of(id: &RepositoryId, repository: &Repository) -> Self {
        let bytes = repository.images.iter().filter_map(crate::Image::own_bytes);
        Self {
            images: Some(repository.images.len() as u64),
            at_most_bytes: Some(bytes.fold(0, u64::saturating_add)),
            ..Self::named(id)
        }
    }
}

/// What the policy has turned off: it is not looked at, and counts as if it used nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OffRow {
    /// The source. Absent: every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The accounts, or others whom a resource policy admits. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Admitted>,
    /// The Regions. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// The Kubernetes clusters. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<Box<str>>,
    /// Whether that holds though something is there.
    pub even_if_used: bool,
    /// Why it is safe, in the policy's words.
    pub reason: Box<str>,
}

impl OffRow {
    /// All that a policy turns off, in its order.
    #[must_use]
    pub fn all(scope: &Scope) -> Vec<Self> {
        scope.off.iter().map(Self::from).collect()
    }

    /// Where it holds, in words: `in the account 111122223333, in eu-west-1`. Empty for everywhere.
    #[must_use]
    pub fn places(&self) -> String {
        let listed = |names: Vec<String>, one: &str, many: &str| match &names[..] {
            [] => None,
            [name] => Some(format!("{one} {name}")),
            names => Some(format!("{many} {}", names.join(", "))),
        };
        let accounts = self.accounts.iter().map(ToString::to_string).collect();
        let regions = self.regions.iter().map(ToString::to_string).collect();
        let clusters = self.clusters.iter().map(ToString::to_string).collect();
        [
            listed(accounts, "in the account", "in the accounts"),
            listed(regions, "in", "in the Regions"),
            listed(clusters, "in the cluster", "in the clusters"),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
    }
}

impl From<&Off> for OffRow {
    fn from(off: &Off) -> Self {
        let Off { source, accounts, regions, clusters, reason, even_if_used } = off;
        Self {
            source: *source,
            accounts: accounts.clone(),
            regions: regions.iter().cloned().collect(),
            clusters: clusters.iter().cloned().collect(),
            even_if_used: *even_if_used,
            reason: reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{case, home, image, index};

    #[test]
    fn an_untouched_repository_is_told_with_its_images_and_an_index_adds_no_bytes() {
        let repository = case([index(1, 60, &[2]), image(2, 90), image(3, 70)]).repository;
        let id = RepositoryId::new(&home(), "dev/app");
        let untouched = UntouchedRepository::of(&id, &repository);
        assert_eq!((untouched.images, untouched.at_most_bytes), (Some(3), Some(2)));
        assert_eq!(UntouchedRepository::named(&id).images, None);
    }

    #[test]
    fn where_something_is_off_is_told_in_words() {
        let row = |accounts: &[&str], regions: &[&str], clusters: &[&str]| OffRow {
            source: None,
            accounts: accounts.iter().map(|it| it.to_string().try_into().unwrap()).collect(),
            regions: regions.iter().map(|it| it.parse().unwrap()).collect(),
            clusters: clusters.iter().map(|it| (*it).into()).collect(),
            even_if_used: false,
            reason: "no cluster there".into(),
        };
        let one = "111122223333";
        assert_eq!(row(&[], &[], &[]).places(), "");
        assert_eq!(
            row(&[one], &["eu-west-1"], &[]).places(),
            format!("in the account {one}, in eu-west-1")
        );
        assert_eq!(
            row(&[], &["eu-west-1", "us-east-1"], &["a"]).places(),
            "in the Regions eu-west-1, us-east-1, in the cluster a"
        );
    }
}
