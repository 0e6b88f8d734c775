//! Pull-through caches: what a name in one registry of ECR stands for in another.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, Place, Region, RepositoryId, is_repository_name};

/// The pull-through-cache rules of a registry whose upstream is a registry of ECR, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheRules {
    /// The account of the registry that caches.
    pub account: Account,
    /// Its Region.
    pub region: Region,
    /// The rules, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<CacheRule>,
    /// Why they could not be read: anything may be its upstream then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Box<str>>,
}

/// A pull-through-cache rule.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheRule {
    /// What names start with in the cache, without a slash at the end; `ROOT`: every name.
    pub prefix: Box<str>,
    /// The registry upstream.
    pub upstream: Place,
    /// What the same names start with upstream instead; `ROOT`: nothing.
    pub upstream_prefix: Box<str>,
}

/// The prefix that is none.
const ROOT: &str = "ROOT";

impl CacheRules {
    /// The account and Region of the registry that caches.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

impl CacheRule {
    /// The repository upstream that a name in the cache stands for. None for a name that the rule
    /// does not take.
    fn upstream_of(&self, name: &str) -> Option<RepositoryId> {
        let rest = below(&self.prefix, name)?;
        let upstream = match &*self.upstream_prefix {
            ROOT => rest.to_owned(),
            prefix => format!("{prefix}/{rest}"),
        };
        is_repository_name(&upstream).then(|| RepositoryId::new(&self.upstream, &upstream))
    }
}

fn below<'n>(prefix: &str, name: &'n str) -> Option<&'n str> {
    if prefix == ROOT { Some(name) } else { name.strip_prefix(prefix)?.strip_prefix('/') }
}

/// So many caches are followed, each the upstream of the one before. Rules of registries that are the
/// upstream of one another may lead to ever longer names, and to many of each length.
const MOST_CACHES: u32 = 4;

/// The repositories that a name stands for besides its own: upstream, and upstream of that. Each of
/// several rules that take a name counts.
///
/// Of what is cached where the rules are not known, or beyond so many caches, also where that is: what
/// has the same last component, in any registry, may be upstream of it.
pub(crate) fn upstreams(
    rules: &[CacheRules],
    named: &RepositoryId,
) -> (BTreeSet<RepositoryId>, BTreeSet<RepositoryId>) {
    let (mut seen, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    let mut open = BTreeSet::from([named.clone()]);
    for caches in 0..=MOST_CACHES {
        let mut further = BTreeSet::new();
        for id in open {
            if !seen.insert(id.clone()) {
                continue;
            }
            for cache in rules.iter().filter(|cache| is_of(cache, &id.registry)) {
                let mut upstream = cache.rules.iter().filter_map(|rule| rule.upstream_of(&id.name));
                let is_unknown = if caches < MOST_CACHES {
                    further.extend(upstream);
                    cache.unread.is_some()
                } else {
                    cache.unread.is_some() || upstream.next().is_some()
                };
                if is_unknown {
                    unknown.insert(id.clone());
                }
            }
        }
        open = further;
    }
    seen.remove(named);
    (seen, unknown)
}

fn is_of(cache: &CacheRules, registry: &Place) -> bool {
    cache.account == registry.account && cache.region == registry.region
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{home, place};

    fn rule(prefix: &str, upstream: &Place, upstream_prefix: &str) -> CacheRule {
        let (prefix, upstream_prefix) = (prefix.into(), upstream_prefix.into());
        CacheRule { prefix, upstream: upstream.clone(), upstream_prefix }
    }

    fn caching(place: &Place, rules: Vec<CacheRule>) -> CacheRules {
        let Place { account, region } = place.clone();
        CacheRules { account, region, rules, unread: None }
    }

    fn upstream() -> Place {
        place("444455556666", "us-east-1")
    }

    #[test]
    fn names_are_mapped_as_the_guide_says() {
        for (prefix, upstream_prefix, name, expected) in [
            ("team", "ROOT", "team/app/image1", Some("app/image1")),
            ("ROOT", "ROOT", "app/image1", Some("app/image1")),
            ("team-a", "team-a", "team-a/app/image1", Some("team-a/app/image1")),
            ("my-app", "upstream-app", "my-app/image1", Some("upstream-app/image1")),
            ("team", "ROOT", "teams/app", None),
            ("team", "ROOT", "team", None),
            ("team/a", "ROOT", "team/b", None),
        ] {
            let rule = rule(prefix, &upstream(), upstream_prefix);
            let found = rule.upstream_of(name);
            let expected = expected.map(|name| RepositoryId::new(&upstream(), name));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_cache_of_a_cache_leads_to_both_and_one_of_itself_to_an_end() {
        let (middle, last) = (place("444455556666", "eu-west-1"), upstream());
        let rules = [
            caching(&home(), vec![rule("a", &middle, "ROOT"), rule("a", &last, "b")]),
            caching(&middle, vec![rule("ROOT", &last, "ROOT"), rule("x", &home(), "a/x")]),
        ];
        let (found, unknown) = upstreams(&rules, &RepositoryId::new(&home(), "a/x/app"));
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "444455556666/eu-west-1/x/app",
                "444455556666/us-east-1/b/x/app",
                "444455556666/us-east-1/x/app"
            ]
        );
        assert!(unknown.is_empty());
    }

    #[test]
    fn caches_of_one_another_that_make_names_longer_come_to_an_end_beyond_which_nothing_is_known() {
        let both = |to: &Place| vec![rule("ROOT", to, "a"), rule("ROOT", to, "b")];
        let rules = [caching(&home(), both(&upstream())), caching(&upstream(), both(&home()))];
        let (found, unknown) = upstreams(&rules, &RepositoryId::new(&home(), "app"));
        assert_eq!(found.len(), 2 + 4 + 8 + 16);
        assert_eq!(unknown.len(), 16);
        assert!(unknown.iter().all(|id| id.name.split('/').count() == 5));
    }

    #[test]
    fn rules_that_are_not_known_may_have_any_upstream() {
        let unread = CacheRules { unread: Some("denied".into()), ..caching(&home(), Vec::new()) };
        let named = RepositoryId::new(&home(), "a/app");
        let (found, unknown) = upstreams(&[unread], &named);
        assert_eq!((found.len(), unknown), (0, BTreeSet::from([named])));
    }
}
