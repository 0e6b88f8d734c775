//! The decision over everything at once, as it is made offline.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::decide::{
    RunLimit, block_over_limit, missing_image, plan_repository, plan_repository_holding, run_limit,
};
use crate::unmatched::unmatched_patterns;
use crate::{
    Account, Coverage, Gap, Pattern, Place, Policy, Registry, RepositoryPlan, Usage, UsageIndex,
    Warning, WarningCode,
};

/// Plans of every repository that a rule of the policy matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPlan {
    /// The plans, by account, Region and repository.
    pub plans: Vec<RepositoryPlan>,
    /// The warnings, sorted.
    pub warnings: Vec<Warning>,
    /// Whether everything that could name an image was seen.
    pub is_complete: bool,
    /// What was not.
    pub gaps: Vec<Gap>,
}

/// Plans a whole organization from facts that are all at hand.
///
/// `home` and the accounts of the registries count as looked at, besides those that the usage and
/// the coverage speak of. Grace and the age of plans and evidence do not apply.
#[must_use]
pub fn plan_organization(
    home: &Account,
    registries: &[Registry],
    usage: Vec<Usage>,
    coverage: &Coverage,
    policy: &Policy,
    now: Timestamp,
) -> OrganizationPlan {
    plan_selection(home, registries, usage, coverage, policy, &[], now)
}

/// Plans the repositories of an organization whose names match any of these patterns, or all if
/// there are none, as [`plan_organization`] plans them. The limits of a run count these alone.
#[must_use]
pub fn plan_selection(
    home: &Account,
    registries: &[Registry],
    usage: Vec<Usage>,
    coverage: &Coverage,
    policy: &Policy,
    selection: &[Pattern],
    now: Timestamp,
) -> OrganizationPlan {
    let is_selected =
        |name: &str| selection.is_empty() || selection.iter().any(|pattern| pattern.matches(name));
    let index = index_organization(home, registries, usage, coverage, policy);
    let mut warnings = index.warnings().to_vec();
    let names = registries.iter().flat_map(|registry| &registry.repositories);
    warnings.extend(unmatched_patterns(policy, names.map(|repository| &*repository.name)));
    let mut registries: Vec<&Registry> = registries.iter().collect();
    registries.sort_by_key(|registry| registry.place());
    let (mut plans, mut planned_from) = (Vec::new(), Vec::new());
    for registry in registries {
        let place = registry.place();
        warnings.extend(missing_repositories(
            &index,
            &place,
            registry.repositories.iter().map(|repository| &*repository.name),
        ));
        let mut repositories: Vec<_> = registry.repositories.iter().collect();
        repositories.sort_by(|a, b| a.name.cmp(&b.name));
        for repository in repositories.into_iter().filter(|it| is_selected(&it.name)) {
            let Some((_, rule)) = policy.rule_for(&repository.name, &repository.tags) else {
                continue;
            };
            let evidence = index.evidence_for(&place, &repository.name);
            let planned = plan_repository(&place, repository, &evidence, policy, rule, now);
            warnings.extend(planned.warnings);
            plans.push(planned.plan);
            planned_from.push((place.clone(), repository, rule));
        }
    }
    match run_limit(&plans.iter().collect::<Vec<_>>(), &policy.limits) {
        RunLimit::Within => {}
        RunLimit::Block(detail) => {
            for plan in &mut plans {
                block_over_limit(plan, &detail);
            }
        }
        RunLimit::Hold(held) => {
            for ((plan, held), (place, repository, rule)) in plans
                .iter_mut()
                .zip(held)
                .zip(planned_from)
                .filter(|((_, held), _)| !held.is_empty())
            {
                let evidence = index.evidence_for(&place, &repository.name);
                *plan = plan_repository_holding(
                    &place, repository, &evidence, policy, rule, &held, now,
                )
                .plan;
            }
        }
    }
    let planned = plans.iter().map(|plan| &*plan.repository);
    warnings.extend(selections_without_a_plan(selection, planned));
    warnings.sort();
    warnings.dedup();
    OrganizationPlan {
        plans,
        warnings,
        is_complete: index.is_complete(),
        gaps: index.gaps().to_vec(),
    }
}

/// The usage of a whole organization, as its plans look at it.
#[must_use]
pub fn index_organization(
    home: &Account,
    registries: &[Registry],
    usage: Vec<Usage>,
    coverage: &Coverage,
    policy: &Policy,
) -> UsageIndex {
    let replication = registries
        .iter()
        .map(|registry| (registry.place(), registry.deletes_replicate_to.clone()))
        .collect();
    let accounts = registries.iter().map(|registry| registry.account.clone());
    UsageIndex::new(usage, coverage, policy, replication)
        .with_scanned_accounts(accounts.chain([home.clone()]))
}

/// The patterns of a selection that match no repository which has a plan.
#[must_use]
pub fn selections_without_a_plan<'a>(
    selection: &[Pattern],
    planned: impl IntoIterator<Item = &'a str>,
) -> Vec<Warning> {
    let planned: BTreeSet<&str> = planned.into_iter().collect();
    selection
        .iter()
        .filter(|pattern| !planned.iter().any(|name| pattern.matches(name)))
        .map(|pattern| Warning {
            code: WarningCode::PatternMatchesNothing,
            detail: format!(
                "`--repository {pattern}` names no repository that a rule of the policy takes"
            )
            .into(),
        })
        .collect()
}

/// References to repositories that a registry does not have.
#[must_use]
pub fn missing_repositories<'a>(
    index: &UsageIndex,
    registry: &Place,
    repositories: impl IntoIterator<Item = &'a str>,
) -> Vec<Warning> {
    let present: BTreeSet<&str> = repositories.into_iter().collect();
    let missing = index.repositories_named_in(registry).filter(|name| !present.contains(name));
    missing
        .flat_map(|name| index.evidence_for(registry, name).named)
        .filter(|named| named.is_here)
        .map(|named| missing_image(named.usage))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OnExceed;
    use crate::testing::{case, home, image, index, now, usage};

    fn organization(set: impl FnOnce(&mut Policy)) -> OrganizationPlan {
        let mut policy = case([]).policy;
        set(&mut policy);
        let repository =
            |name: &str, images| crate::Repository { name: name.into(), ..case(images).repository };
        let registry = Registry {
            account: home().account,
            region: home().region,
            deletes_replicate_to: Vec::new(),
            repositories: vec![
                repository("b", vec![index(1, 60, &[2]), image(2, 90), image(3, 70)]),
                repository("a", vec![image(4, 80)]),
            ],
        };
        let usage = vec![usage("ecs-task", "HOST/no-such:v1")];
        let complete = Coverage::COMPLETE;
        plan_organization(&home().account, &[registry], usage, &complete, &policy, now())
    }

    fn deleted(organization: &OrganizationPlan) -> Vec<usize> {
        organization.plans.iter().map(|plan| plan.delete.len()).collect()
    }

    #[test]
    fn plans_are_sorted_and_missing_repositories_reported() {
        let organization = organization(|_| {});
        let names: Vec<_> = organization.plans.iter().map(|plan| &*plan.repository).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(organization.warnings.len(), 1);
        assert_eq!(organization.warnings[0].code, WarningCode::MissingImage);
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_a_warning() {
        let organization = organization(|policy| {
            policy.repositories[0].matches.name =
                vec!["a".parse().unwrap(), "prod/*".parse().unwrap()];
        });
        assert_eq!(deleted(&organization), [1]);
        assert!(organization.warnings.iter().any(|warning| warning.detail.contains("prod/*")));
    }

    #[test]
    fn a_selection_that_takes_nothing_is_a_warning() {
        let selection: Vec<Pattern> =
            ["a", "dev/*", "prod/*"].map(|text| text.parse().unwrap()).into();
        let warnings = selections_without_a_plan(&selection, ["a", "dev/app"]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, WarningCode::PatternMatchesNothing);
        assert!(warnings[0].detail.contains("`--repository prod/*`"), "{}", warnings[0].detail);
    }

    #[test]
    fn beyond_the_limit_of_a_run_every_repository_is_blocked() {
        assert_eq!(deleted(&organization(|policy| policy.limits.images = Some(4))), [1, 3]);
        let organization = organization(|policy| policy.limits.images = Some(3));
        assert_eq!(deleted(&organization), [0, 0]);
        assert!(organization.plans.iter().all(|plan| plan.blocked.len() == 1));
        assert_eq!(organization.plans[1].summary.would_delete, 3);
    }

    #[test]
    fn the_oldest_of_a_run_go_up_to_its_limit_but_not_the_children_of_what_stays() {
        let organization = organization(|policy| {
            policy.limits.images = Some(3);
            policy.limits.on_exceed = OnExceed::OldestFirst;
        });
        // The index is the newest and stays; so its child stays although it is the oldest.
        assert_eq!(deleted(&organization), [1, 1]);
        let summary = organization.plans[1].summary;
        assert_eq!((summary.keep, summary.delete, summary.keep_bytes), (2, 1, 2));
    }
}
