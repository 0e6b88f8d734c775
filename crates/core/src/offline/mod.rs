//! The decision over everything at once, as it is made offline.

mod planner;
mod repositories;

pub use planner::{PlannedAll, Planner, Plans};
pub use repositories::{RegistryOutline, Repositories};

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use jiff::Timestamp;

use crate::decide::missing_image;
use crate::{
    Account, CacheRules, Coverage, Digest, Explained, Gap, Pattern, Place, Policy, Registry,
    Remembered, RepositoryFacts, RepositoryId, RepositoryPlan, Unread, UntouchedRepository, Usage,
    UsageIndex, Warning, WarningCode,
};

/// Plans of every repository that a rule of the policy matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPlan {
    /// The plans, by account, Region and repository.
    pub plans: Vec<RepositoryPlan>,
    /// The warnings, sorted.
    pub warnings: Vec<Warning>,
    /// The repositories that no rule takes, in the order of plans.
    pub untouched: Vec<UntouchedRepository>,
    /// Whether everything that could name an image was seen.
    pub is_complete: bool,
    /// What was not.
    pub gaps: Vec<Gap>,
}

/// What is known of a whole organization, all at hand, and by what it is decided.
///
/// `home` and the accounts of the registries count as looked at, besides those that the usage and
/// the coverage speak of. Grace and the age of plans and evidence do not apply.
#[derive(Debug, Clone)]
pub struct OrganizationFacts<'a> {
    /// The account that looked.
    pub home: &'a Account,
    /// The registries.
    pub registries: &'a [Registry],
    /// What pull-through caches cache, of these registries and of others.
    pub cache_rules: &'a [CacheRules],
    /// What names images.
    pub usage: Vec<Usage>,
    /// What was seen, and what was not.
    pub coverage: &'a Coverage,
    /// The policy.
    pub policy: &'a Policy,
    /// The clock of the decision.
    pub now: Timestamp,
}

/// An organization of which the usage is found by repository and digest: it can be asked.
#[derive(Debug)]
pub struct Organization<'a> {
    registries: &'a [Registry],
    outlines: Vec<RegistryOutline>,
    policy: &'a Policy,
    now: Timestamp,
    index: UsageIndex,
}

/// Where the deletions of each registry go.
#[must_use]
pub fn replication(registries: &[RegistryOutline]) -> BTreeMap<Place, Vec<Place>> {
    let row = |it: &RegistryOutline| (it.place.clone(), it.deletes_replicate_to.clone());
    registries.iter().map(row).collect()
}

/// What could not be read of registries.
#[must_use]
pub fn unread(registries: &[RegistryOutline]) -> BTreeMap<Place, Unread> {
    let row = |it: &RegistryOutline| Some((it.place.clone(), it.unread.clone()?));
    registries.iter().filter_map(row).collect()
}

/// The accounts that count as looked at: those of the registries, and the one that looked.
pub fn scanned_accounts(
    registries: &[RegistryOutline],
    home: &Account,
) -> impl Iterator<Item = Account> {
    registries.iter().map(|registry| registry.place.account.clone()).chain([home.clone()])
}

/// Plans that are all held in memory.
#[derive(Default)]
struct Held(Vec<Option<RepositoryPlan>>);

impl Plans<Infallible> for Held {
    type Written = RepositoryPlan;

    fn write(plan: RepositoryPlan) -> Result<RepositoryPlan, Infallible> {
        Ok(plan)
    }

    fn put(&mut self, number: usize, plan: RepositoryPlan) -> Result<(), Infallible> {
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        self.0[number] = Some(plan);
        Ok(())
    }
}

impl<'a> OrganizationFacts<'a> {
    /// Finds the usage of every repository and digest.
    #[must_use]
    pub fn index(self) -> Organization<'a> {
        let Self { home, registries, cache_rules, usage, coverage, policy, now } = self;
        let outlines: Vec<RegistryOutline> = registries.iter().map(Into::into).collect();
        let index = UsageIndex::new(usage, coverage, policy, replication(&outlines))
            .with_scanned_accounts(scanned_accounts(&outlines, home))
            .with_unread_registries(unread(&outlines))
            .with_cache_rules(cache_rules);
        Organization { registries, outlines, policy, now, index }
    }

    /// Plans every repository that a rule takes.
    #[must_use]
    pub fn plan(self) -> OrganizationPlan {
        self.index().plan(&[])
    }
}

impl<'a> Organization<'a> {
    /// The usage, as the plans look at it.
    #[must_use]
    pub const fn usage(&self) -> &UsageIndex {
        &self.index
    }

    pub(crate) const fn registries(&self) -> &'a [Registry] {
        self.registries
    }

    pub(crate) const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Plans the repositories that a rule takes and whose names match any of these patterns, or all
    /// if there are none. The limits of a run count these alone.
    #[must_use]
    pub fn plan(&self, selection: &[Pattern]) -> OrganizationPlan {
        let Self { registries, outlines, policy, now, index } = self;
        let mut plans = Held::default();
        let planner = Planner { registries: outlines, policy, index, now: *now };
        let Ok(PlannedAll { warnings, untouched }) =
            planner.plan(selection, *registries, &mut plans);
        OrganizationPlan {
            plans: plans.0.into_iter().flatten().collect(),
            warnings,
            untouched,
            is_complete: index.is_complete(),
            gaps: index.gaps().into_iter().cloned().collect(),
        }
    }

    /// Why one image stays or goes, the limits of a run over everything included. None for an image
    /// that the organization does not have.
    #[must_use]
    pub fn explain(&self, id: &RepositoryId, digest: Digest) -> Option<Explained> {
        let registry = self.registries.iter().find(|registry| registry.place() == id.registry)?;
        let repository = registry.repositories.iter().find(|it| it.name == id.name)?;
        if !repository.images.iter().any(|image| image.digest == digest) {
            return None;
        }
        let Some((_, rule)) = self.policy.rule_for(&repository.name, &repository.tags) else {
            return Some(Explained::UNTOUCHED);
        };
        let plans = self.plan(&[]).plans;
        let plan = plans.into_iter().find(|plan| plan.id() == *id)?;
        let verdicts = plan.verdicts();
        let (verdict, reasons) = (verdicts.verdict(digest)?, verdicts.reasons(digest).to_vec());
        let unmet = if verdict.is_unkept() {
            let (registry, policy, now) = (&id.registry, self.policy, self.now);
            let (evidence, remembered) = (&self.index.evidence_for(id), &Remembered::NOTHING);
            RepositoryFacts { registry, repository, evidence, policy, rule, remembered, now }
                .decide()
                .unmet_of(digest)
        } else {
            Vec::new()
        };
        let goes_at = verdicts.goes_at(digest);
        Some(Explained { verdict, reasons, blocked: plan.blocked, unmet, goes_at })
    }
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
                "the selection `{pattern}` names no repository that a rule of the policy takes"
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
        .flat_map(|name| index.evidence_for(&RepositoryId::new(registry, name)).named)
        .filter(|named| named.is_here)
        .map(|named| missing_image(named.usage))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OnExceed;
    use crate::testing::{HOST, case, digest, home, image, index, now, usage};
    use crate::{BlockCode, Image, Repository, UnreadPart};

    fn organization(set: impl FnOnce(&mut Policy)) -> OrganizationPlan {
        let mut policy = case([]).policy;
        set(&mut policy);
        let repository =
            |name: &str, images| Repository { name: name.into(), ..case(images).repository };
        let registry = Registry {
            account: home().account,
            region: home().region,
            deletes_replicate_to: Vec::new(),
            unread: None,
            repositories: vec![
                repository("b", vec![index(1, 60, &[2]), image(2, 90), image(3, 70)]),
                repository("a", vec![image(4, 80)]),
            ],
        };
        OrganizationFacts {
            home: &home().account,
            registries: &[registry],
            cache_rules: &[],
            usage: vec![usage("ecs-task", "HOST/no-such:v1")],
            coverage: &Coverage::COMPLETE,
            policy: &policy,
            now: now(),
        }
        .plan()
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

    /// Deletions in the first registry go to the second, of which this could not be read; a third one
    /// has nothing to do with either.
    fn beside_one_unread(what: UnreadPart) -> OrganizationPlan {
        let place = |region: &str| Place { region: region.parse().unwrap(), ..home() };
        let registry = |region: &str, images| Registry {
            account: home().account,
            region: region.parse().unwrap(),
            deletes_replicate_to: Vec::new(),
            unread: None,
            repositories: vec![Repository { name: "a".into(), ..case(images).repository }],
        };
        let mut first = registry("eu-west-1", vec![image(1, 60)]);
        first.deletes_replicate_to = vec![place("eu-west-2")];
        let mut second = registry("eu-west-2", vec![image(1, 60)]);
        if what == UnreadPart::Repositories {
            second.repositories.clear();
        }
        second.unread = Some(Unread { what, reason: "denied; allow it".into() });
        let referrer = Image { subject: Some(digest(9)), ..image(3, 60) };
        let third = registry("eu-west-3", vec![image(2, 60), referrer]);
        OrganizationFacts {
            home: &home().account,
            registries: &[first, second, third],
            cache_rules: &[],
            usage: vec![usage(
                "ecs-task",
                &format!("{}/gone:v1", HOST.replace("west-1", "west-2")),
            )],
            coverage: &Coverage::COMPLETE,
            policy: &case([]).policy,
            now: now(),
        }
        .plan()
    }

    #[test]
    fn a_registry_that_could_not_be_read_blocks_itself_and_whose_deletions_go_there() {
        for (what, registries) in [(UnreadPart::Settings, 3), (UnreadPart::Repositories, 2)] {
            let organization = beside_one_unread(what);
            assert!(!organization.is_complete);
            assert_eq!(organization.plans.len(), registries);
            let (last, others) = organization.plans.split_last().unwrap();
            for plan in others {
                assert_eq!(plan.blocked[0].code, BlockCode::RegistryUnreadable, "{plan:?}");
                assert!(plan.blocked[0].detail.contains("eu-west-2"), "{plan:?}");
            }
            assert!(last.blocked.is_empty() && !last.delete.is_empty(), "{last:?}");
        }
    }

    #[test]
    fn what_may_be_in_a_registry_that_could_not_be_listed_is_not_missed() {
        let codes = |what| -> Vec<WarningCode> {
            beside_one_unread(what).warnings.iter().map(|warning| warning.code).collect()
        };
        assert_eq!(codes(UnreadPart::Repositories), [WarningCode::RegistryUnreadable]);
        let of_settings = [WarningCode::MissingImage, WarningCode::RegistryUnreadable];
        assert_eq!(codes(UnreadPart::Settings), of_settings);
        let kept = |what| beside_one_unread(what).plans.last().unwrap().keep.len();
        assert_eq!((kept(UnreadPart::Repositories), kept(UnreadPart::Settings)), (1, 0));
    }

    #[test]
    fn a_selection_that_takes_nothing_is_a_warning() {
        let selection: Vec<Pattern> =
            ["a", "dev/*", "prod/*"].map(|text| text.parse().unwrap()).into();
        let warnings = selections_without_a_plan(&selection, ["a", "dev/app"]);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, WarningCode::PatternMatchesNothing);
        assert!(warnings[0].detail.contains("`prod/*`"), "{}", warnings[0].detail);
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
        assert_eq!((summary.keep, summary.delete, summary.keep_bytes), (2, 1, 1));
    }
}
