//! One account's ECR in one Region.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{self as core, CacheRule, Place, Unread};
use serde_json::{Value, json};

use super::Repository;

/// The repositories of one account and Region.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// Where deletions are replicated to.
    pub(crate) deletes_replicate_to: Vec<Place>,
    /// What nobody may read of it.
    pub(crate) unread: Option<Unread>,
    /// The pull-through-cache rules whose upstream is ECR.
    pub(crate) cache_rules: Vec<CacheRule>,
    /// Why nobody may read them.
    pub(crate) unread_cache_rules: Option<Box<str>>,
    /// The registry's own resource policy, once somebody put one.
    pub(crate) policy: Option<String>,
    /// The roles and users that leave no pull time.
    pub(crate) pull_time_exclusions: BTreeSet<Box<str>>,
    pub(crate) repositories: BTreeMap<Box<str>, Repository>,
}

impl Registry {
    /// Whether a caller leaves no pull time: its role is excluded, or the user that it is.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>
    pub(crate) fn is_excluded(&self, caller: &str) -> bool {
        let of_role = |excluded: &str| {
            let (account, role) = excluded.split_once(":iam::")?.1.split_once(":role/")?;
            let (_, session) = caller.split_once(&format!(":sts::{account}:assumed-role/"))?;
            Some(session.split('/').next() == role.rsplit('/').next())
        };
        let is_it = |excluded: &str| excluded == caller || of_role(excluded).unwrap_or_default();
        self.pull_time_exclusions.iter().any(|excluded| is_it(excluded))
    }

    pub(crate) fn to_facts(&self, place: &Place) -> core::Registry {
        core::Registry {
            account: place.account.clone(),
            region: place.region.clone(),
            deletes_replicate_to: self.deletes_replicate_to.clone(),
            unread: self.unread.clone(),
            repositories: self
                .repositories
                .iter()
                .map(|(name, repository)| repository.to_facts(name))
                .collect(),
        }
    }

    /// The replication configuration, `deleteReplication` included.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html>
    pub(crate) fn replication(&self) -> Value {
        if self.deletes_replicate_to.is_empty() {
            return json!({ "rules": [] });
        }
        let destinations: Vec<Value> = self
            .deletes_replicate_to
            .iter()
            .map(|place| json!({ "region": place.region, "registryId": place.account }))
            .collect();
        json!({ "rules": [{
            "destinations": destinations,
            "repositoryFilters": [],
            "deleteReplication": { "enabled": true },
        }] })
    }
}
