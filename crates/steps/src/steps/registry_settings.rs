//! Settings that decide whose usage counts: resource policies, replication of deletions, and
//! pull-through caches.

use std::collections::BTreeSet;

use ecr_sweep_aws::{AwsError, registry};
use ecr_sweep_core::{Account, Admitted, CacheRules, Place, RepositoryId, Unread, UnreadPart};
use ecr_sweep_protocol::documents::RegistrySettings;
use futures::{StreamExt, join, stream};

use crate::{Reading, StepError};

/// What a registry's settings say of all its repositories, or why that is not known. Other
/// organizations than the one that is looked at, by its id, are anybody.
pub(crate) async fn read_settings(
    reading: &Reading,
    registry: &Place,
    organization: Option<&str>,
) -> RegistrySettings {
    let client = reading.sessions.registry(registry);
    let (policy, replication) = join!(client.registry_policy(), client.deletes_replicate_to());
    let mut settings = RegistrySettings {
        account: registry.account.clone(),
        region: registry.region.clone(),
        allows: Vec::new(),
        deletes_replicate_to: Vec::new(),
        unread: None,
    };
    let mut unread = |error: AwsError| {
        settings.unread.get_or_insert_with(|| unread(registry, UnreadPart::Settings, error));
    };
    match policy {
        Ok(policy) => {
            let admitted = admitted_by(policy.as_deref(), &registry.account, organization);
            settings.allows = admitted.into_iter().collect();
        }
        Err(error) => unread(error),
    }
    match replication {
        Ok(places) => settings.deletes_replicate_to = places,
        Err(error) => unread(error),
    }
    settings
}

/// What pull-through caches cache from ECR: the rules of these registries, and of others that are
/// named and in an account that is looked at. Those of strangers, nobody may read.
///
/// A registry whose rules cannot be read is one whose settings cannot.
pub(crate) async fn read_cache_rules(
    reading: &Reading,
    settings: &mut [RegistrySettings],
    named: &BTreeSet<&Place>,
    looked_at: &BTreeSet<&Account>,
) -> Vec<CacheRules> {
    let mut places: BTreeSet<Place> = settings.iter().map(RegistrySettings::place).collect();
    let others = named.iter().filter(|place| looked_at.contains(&place.account));
    places.extend(others.map(|place| (*place).clone()));
    let mut caches = Vec::new();
    let mut read = stream::iter(places)
        .map(async |place| {
            let rules = reading.sessions.registry(&place).pull_through_rules().await;
            (place, rules)
        })
        .buffered(reading.sessions.concurrency());
    while let Some((place, rules)) = read.next().await {
        let Place { account, region } = place.clone();
        let mut cache = CacheRules { account, region, rules: Vec::new(), unread: None };
        match rules {
            Ok(rules) => cache.rules = rules.into_iter().filter_map(|rule| rule.of_ecr).collect(),
            Err(error) => {
                let unread = unread(&place, UnreadPart::Settings, error);
                cache.unread = Some(unread.reason.clone());
                let of_place = settings.iter_mut().find(|settings| settings.place() == place);
                if let Some(settings) = of_place {
                    settings.unread.get_or_insert(unread);
                }
            }
        }
        if !cache.rules.is_empty() || cache.unread.is_some() {
            caches.push(cache);
        }
    }
    caches
}

/// What of a registry is not known, as a call for it failed: its repositories are blocked, and
/// nothing else is stopped.
pub(crate) fn unread(registry: &Place, what: UnreadPart, error: AwsError) -> Unread {
    let reason = StepError::from(error).in_full();
    tracing::warn!(
        account = %registry.account, region = %registry.region, %what, reason,
        "nothing is deleted in this registry"
    );
    Unread { what, reason: reason.into() }
}

/// Whom a repository's own policy lets pull, and those whom its registry's does.
pub(crate) async fn read_admitted(
    reading: &Reading,
    repository: &RepositoryId,
    by_the_registry: &[Admitted],
    organization: Option<&str>,
) -> Result<Vec<Admitted>, StepError> {
    let policy =
        reading.sessions.registry(&repository.registry).repository_policy(&repository.name).await?;
    let mut admitted = admitted_by(policy.as_deref(), &repository.registry.account, organization);
    admitted.extend(by_the_registry.iter().cloned());
    Ok(admitted.into_iter().collect())
}

/// Whom a resource policy lets pull besides the registry's own account. One that cannot be read
/// may let anybody.
pub(crate) fn admitted_by(
    policy: Option<&str>,
    own: &Account,
    organization: Option<&str>,
) -> BTreeSet<Admitted> {
    let Some(policy) = policy else { return BTreeSet::new() };
    let mut admitted =
        registry::admitted(policy, organization).unwrap_or_else(|_| [Admitted::Public].into());
    admitted.remove(&Admitted::Account(own.clone()));
    admitted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(policy: Option<&str>) -> Vec<String> {
        let own = "111122223333".parse().unwrap();
        admitted_by(policy, &own, None).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_own_account_is_nobody_else() {
        let policy = r#"{ "Statement": { "Effect": "Allow", "Action": "ecr:*",
            "Principal": { "AWS": ["111122223333", "444455556666"] } } }"#;
        assert_eq!(admitted(Some(policy)), ["444455556666"]);
        assert!(admitted(None).is_empty());
    }

    #[test]
    fn a_policy_that_cannot_be_read_may_admit_anybody() {
        assert_eq!(admitted(Some("no JSON")), ["public"]);
    }
}
