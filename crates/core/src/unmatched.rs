//! What a policy names and nothing there answers to: patterns, rules and places that match nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Admitted, Coverage, Pattern, Policy, Registry, Repository, Usage, Warning, WarningCode,
};

/// The patterns over repository names that match none of them.
#[must_use]
pub fn unmatched_patterns<'a>(
    policy: &Policy,
    repositories: impl IntoIterator<Item = &'a str>,
) -> Vec<Warning> {
    let mut unmatched: BTreeMap<&str, &Pattern> = policy
        .repositories
        .iter()
        .flat_map(|rule| &rule.matches.name)
        .map(|pattern| (pattern.as_str(), pattern))
        .collect();
    for name in repositories {
        unmatched.retain(|_, pattern| !pattern.matches(name));
    }
    unmatched
        .into_values()
        .map(|pattern| warning(format!("no repository's name matches `{pattern}`")))
        .collect()
}

/// The rules that take no repository, and the patterns over image tags that match no tag of the
/// repositories of their rule. Of images, only the tags are looked at.
///
/// A rule whose name patterns all match nothing is told by [`unmatched_patterns`] alone.
#[must_use]
pub fn unmatched_rules(policy: &Policy, registries: &[Registry]) -> Vec<Warning> {
    let mut taken: BTreeMap<usize, Vec<&Repository>> = BTreeMap::new();
    let repositories = || registries.iter().flat_map(|registry| &registry.repositories);
    for repository in repositories() {
        if let Some((rule, _)) = policy.rule_for(&repository.name, &repository.tags) {
            taken.entry(rule).or_default().push(repository);
        }
    }
    let mut warnings = Vec::new();
    for (number, rule) in policy.repositories.iter().enumerate() {
        let path = format!("repositories[{number}]");
        let Some(taken) = taken.get(&number) else {
            let names = &rule.matches.name;
            let is_named = |name: &str| names.iter().any(|pattern| pattern.matches(name));
            if names.is_empty() || repositories().any(|repository| is_named(&repository.name)) {
                let detail = "takes no repository: rules before it take those of its names, or its tags fit none";
                warnings.push(warning(format!("`{path}` {detail}")));
            }
            continue;
        };
        let tags: BTreeSet<&str> = taken
            .iter()
            .flat_map(|repository| &repository.images)
            .flat_map(|image| image.tags.iter().map(|tag| &**tag))
            .collect();
        for rule in rule.keep.iter() {
            let patterns = rule.tag_patterns().iter();
            let unmatched = patterns.filter(|pattern| !tags.iter().any(|tag| pattern.matches(tag)));
            let setting = format!("{path}.keep.{}", rule.name());
            warnings.extend(
                unmatched
                    .map(|pattern| warning(format!("no tag matches `{pattern}` of `{setting}`"))),
            );
        }
    }
    warnings
}

/// The rows of `scope.off` whose accounts nothing speaks of: no registry, no usage, no coverage
/// and no resource policy. A row that names no account is about every place.
#[must_use]
pub fn unmatched_off(
    policy: &Policy,
    registries: &[Registry],
    usage: &[Usage],
    coverage: &Coverage,
) -> Vec<Warning> {
    let accounts = registries
        .iter()
        .map(|registry| &registry.account)
        .chain(usage.iter().map(|usage| &usage.account))
        .chain(coverage.except.iter().map(|row| &row.account));
    let admitted = registries
        .iter()
        .flat_map(|registry| &registry.repositories)
        .flat_map(|repository| repository.allows.iter().cloned());
    let known: BTreeSet<Admitted> =
        accounts.map(|account| Admitted::Account(account.clone())).chain(admitted).collect();
    let unknown = policy.scope.off.iter().enumerate().filter(|(_, off)| {
        !off.accounts.is_empty() && off.accounts.iter().all(|account| !known.contains(account))
    });
    unknown
        .map(|(number, off)| {
            let accounts: Vec<String> = off.accounts.iter().map(ToString::to_string).collect();
            warning(format!("nothing speaks of {} of `scope.off[{number}]`", accounts.join(", ")))
        })
        .collect()
}

fn warning(detail: String) -> Warning {
    Warning { code: WarningCode::PatternMatchesNothing, detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{BehindTags, Off, RepositoryMatch, Tags};
    use crate::testing::{case, home, tagged, usage};

    fn registry(names: &[&str]) -> Vec<Registry> {
        let repository = |name: &&str| Repository {
            name: (*name).into(),
            ..case([tagged(1, 10, &["v1", "prod"])]).repository
        };
        vec![Registry {
            account: home().account,
            region: home().region,
            deletes_replicate_to: Vec::new(),
            repositories: names.iter().map(repository).collect(),
        }]
    }

    fn policy(names: &[&[&str]]) -> Policy {
        let mut policy = case([]).policy;
        let rule = policy.repositories[0].clone();
        policy.repositories = names
            .iter()
            .map(|names| {
                let name = names.iter().map(|name| name.parse().unwrap()).collect();
                let matches = RepositoryMatch { name, ..RepositoryMatch::default() };
                crate::policy::RepositoryRule { matches, ..rule.clone() }
            })
            .collect();
        policy
    }

    fn details(warnings: Vec<Warning>) -> String {
        let details: Vec<_> =
            warnings.into_iter().map(|warning| warning.detail.to_string()).collect();
        details.join("\n")
    }

    #[test]
    fn a_rule_that_earlier_ones_leave_nothing_takes_no_repository() {
        let policy = policy(&[&["a", "b"], &["a"], &["c"]]);
        let told = details(unmatched_rules(&policy, &registry(&["a", "b"])));
        assert!(told.starts_with("`repositories[1]` takes no repository"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }

    #[test]
    fn patterns_that_match_no_tag_are_told_with_their_setting() {
        let mut policy = policy(&[&["a"]]);
        let keep = &mut policy.repositories[0].keep;
        keep.set(Tags(vec!["v*".parse().unwrap(), "release-*".parse().unwrap()]));
        let tags = vec!["stable".parse().unwrap()];
        keep.set(BehindTags { tags, within: None, newest: 1 });
        let told = details(unmatched_rules(&policy, &registry(&["a"])));
        let expected = "no tag matches `release-*` of `repositories[0].keep.tags`\n\
                        no tag matches `stable` of `repositories[0].keep.behind_tags`";
        assert_eq!(told, expected);
    }

    #[test]
    fn an_account_that_nothing_speaks_of_is_told() {
        let mut policy = policy(&[&["a"]]);
        let off = |account: &str| Off {
            source: None,
            accounts: vec![Admitted::Account(account.parse().unwrap())],
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "empty".into(),
        };
        policy.scope.off = vec![off("111122223333"), off("999999999999")];
        let usage = [usage("ecs-task", "HOST/a:v1")];
        let told = details(unmatched_off(&policy, &registry(&["a"]), &usage, &Coverage::COMPLETE));
        assert_eq!(told, "nothing speaks of 999999999999 of `scope.off[1]`");
    }
}
