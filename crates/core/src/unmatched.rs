//! What a policy names and nothing there answers to: patterns, rules and places that match nothing.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{LooksAt, RepositoryRule};
use crate::{
    Admitted, Coverage, Image, Pattern, Policy, Registry, Repository, Usage, Warning, WarningCode,
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

/// The rules that take no repository, and what rules look for among the tags of images in vain. Of
/// images, only the tags are looked at.
///
/// A rule whose name patterns all match nothing is told by [`unmatched_patterns`] alone.
#[must_use]
pub fn unmatched_rules(policy: &Policy, registries: &[Registry]) -> Vec<Warning> {
    let repositories = || registries.iter().flat_map(|registry| &registry.repositories);
    let is_named = |rule: &RepositoryRule| {
        let names = &rule.matches.name;
        let takes = |it: &Repository| names.iter().any(|pattern| pattern.matches(&it.name));
        names.is_empty() || repositories().any(takes)
    };
    let mut in_vain = InVain::default();
    for repository in repositories() {
        in_vain.add_repository(policy, repository);
    }
    let mut warnings = Vec::new();
    for (number, rule) in policy.repositories.iter().enumerate() {
        if !in_vain.0.contains_key(&number) && is_named(rule) {
            let detail = "takes no repository: rules before it take those of its names, or its tags fit none";
            warnings.push(warning(format!("`repositories[{number}]` {detail}")));
        }
    }
    warnings.extend(in_vain.warnings());
    warnings
}

/// What each rule of a policy looks for among the tags of images, in vain in each of the
/// repositories that were added.
#[derive(Debug, Default)]
pub struct InVain(BTreeMap<usize, BTreeSet<Box<str>>>);

impl InVain {
    /// Adds what a rule looks for in vain in one more repository.
    pub fn add(&mut self, rule: usize, in_vain: BTreeSet<Box<str>>) {
        match self.0.entry(rule) {
            Entry::Vacant(first) => drop(first.insert(in_vain)),
            Entry::Occupied(mut before) => before.get_mut().retain(|it| in_vain.contains(it)),
        }
    }

    fn add_repository(&mut self, policy: &Policy, repository: &Repository) {
        if let Some((number, rule)) = policy.rule_for(&repository.name, &repository.tags) {
            self.add(number, sought_in_vain(number, rule, &repository.images));
        }
    }

    /// What was looked for in vain everywhere.
    pub fn warnings(self) -> impl Iterator<Item = Warning> {
        self.0.into_values().flatten().map(|detail| warning(detail.into()))
    }
}

/// What a rule looks for among the tags of these images and does not find, in words. `number` is
/// its place in the policy's `repositories`.
#[must_use]
pub fn sought_in_vain(
    number: usize,
    rule: &RepositoryRule,
    images: &[Image],
) -> BTreeSet<Box<str>> {
    let mut in_vain = BTreeSet::new();
    let mut add = |detail: String| {
        in_vain.insert(detail.into());
    };
    for (keep, clause) in rule.keep.clauses() {
        let keep = format!("repositories[{number}].{keep}");
        if let Some((key, patterns)) = clause.of.as_ref().and_then(LooksAt::patterns) {
            let unmatched = patterns.iter().filter(|it| !has_tag(images, |tag| it.matches(tag)));
            unmatched.for_each(|it| add(format!("no tag matches `{it}` of `{keep}.of.{key}`")));
        }
        let images: Vec<&Image> = images.iter().filter(|image| clause.takes(image)).collect();
        match &clause.of {
            // Its patterns were told. Which images are archived is not a matter of tags.
            Some(LooksAt::Tags(_) | LooksAt::Storage(_)) if images.is_empty() => continue,
            Some(_) if images.is_empty() => {
                add(format!("`{keep}` looks at no image"));
                continue;
            }
            _ => {}
        }
        let has_tag = |is_it: &dyn Fn(&str) -> bool| has_tag(images.iter().copied(), is_it);
        for rule in clause.iter() {
            let setting = format!("{keep}.{}", rule.name());
            let unmatched =
                rule.tag_patterns().iter().filter(|it| !has_tag(&|tag| it.matches(tag)));
            unmatched.for_each(|it| add(format!("no tag matches `{it}` of `{setting}`")));
            if rule.reads_tags() && !has_tag(&|tag| rule.reads(tag)) {
                add(format!("no tag says anything to `{setting}`"));
            }
        }
    }
    in_vain
}

fn has_tag<'a>(images: impl IntoIterator<Item = &'a Image>, is_it: impl Fn(&str) -> bool) -> bool {
    images.into_iter().flat_map(|image| &image.tags).any(|tag| is_it(tag))
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
    use crate::policy::{
        BehindTags, Clause, Keep, OfImages, Off, ReleaseLine, Releases, RepositoryMatch, Tagged,
        Tags,
    };
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
            unread: None,
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
                RepositoryRule { matches, ..rule.clone() }
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
        let keep = &mut policy.repositories[0].keep.0[0];
        keep.set(Tags(vec!["v*".parse().unwrap(), "release-*".parse().unwrap()]));
        let tags = vec!["stable".parse().unwrap()];
        keep.set(BehindTags { tags, within: None, newest: 1 });
        let told = details(unmatched_rules(&policy, &registry(&["a"])));
        let expected = "no tag matches `release-*` of `repositories[0].keep.tags`\n\
                        no tag matches `stable` of `repositories[0].keep.behind_tags`";
        assert_eq!(told, expected);
    }

    #[test]
    fn what_clauses_look_for_in_vain_is_told_with_their_settings() {
        let mut policy = policy(&[&["a", "b"]]);
        let tags = |text: &str| vec![text.parse().unwrap()];
        let releases = Releases { newest: 1, per: ReleaseLine::All };
        policy.repositories[0].keep = Keep(vec![
            Clause::default().over(LooksAt::Images(OfImages::Untagged)).with(Tagged),
            Clause::default().over(LooksAt::Tags(tags("x*"))).with(Tags(tags("y*"))),
            Clause::default().over(LooksAt::ExceptTags(tags("v*"))).with(releases),
            Clause::default().over(LooksAt::ExceptTags(tags("*"))).with(Tagged),
        ]);
        let told = details(unmatched_rules(&policy, &registry(&["a", "b"])));
        let expected = "`repositories[0].keep[0]` looks at no image\n\
                        `repositories[0].keep[3]` looks at no image\n\
                        no tag matches `x*` of `repositories[0].keep[1].of.tags`\n\
                        no tag says anything to `repositories[0].keep[2].releases`";
        assert_eq!(told, expected);
    }

    #[test]
    fn what_one_repository_has_is_not_looked_for_in_vain() {
        let mut in_vain = InVain::default();
        in_vain.add(0, ["a".into(), "b".into()].into());
        in_vain.add(0, ["b".into()].into());
        in_vain.add(1, ["c".into()].into());
        assert_eq!(details(in_vain.warnings().collect()), "b\nc");
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
            even_if_used: false,
        };
        policy.scope.off = vec![off("111122223333"), off("999999999999")];
        let usage = [usage("ecs-task", "HOST/a:v1")];
        let told = details(unmatched_off(&policy, &registry(&["a"]), &usage, &Coverage::COMPLETE));
        assert_eq!(told, "nothing speaks of 999999999999 of `scope.off[1]`");
    }
}
