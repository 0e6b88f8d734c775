//! The decision over everything at once, as it is made offline.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::decide::{RunLimit, block_over_limit, missing_image, run_limit};
use crate::policy::{OnExceed, RepositoryRule};
use crate::unmatched::{unmatched_patterns, unmatched_tags};
use crate::{
    Account, Coverage, Digest, Elsewhere, Evidence, Explained, Gap, Pattern, Place, Planned,
    Policy, Registry, Remembered, Replica, Repository, RepositoryFacts, RepositoryId,
    RepositoryPlan, Usage, UsageIndex, Warning, WarningCode, Wave, Whereabouts, deletion_waves,
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
    policy: &'a Policy,
    now: Timestamp,
    index: UsageIndex,
}

/// A repository of an organization, with the rule that takes it.
struct Taken<'a> {
    place: Place,
    repository: &'a Repository,
    rule: &'a RepositoryRule,
}

/// A repository with what is decided over it so far.
struct Planning<'a> {
    taken: Taken<'a>,
    remembered: Remembered,
    planned: Planned,
}

impl<'a> OrganizationFacts<'a> {
    /// Finds the usage of every repository and digest.
    #[must_use]
    pub fn index(self) -> Organization<'a> {
        let Self { home, registries, usage, coverage, policy, now } = self;
        let replication = registries
            .iter()
            .map(|registry| (registry.place(), registry.deletes_replicate_to.clone()))
            .collect();
        let accounts = registries.iter().map(|registry| registry.account.clone());
        let index = UsageIndex::new(usage, coverage, policy, replication)
            .with_scanned_accounts(accounts.chain([home.clone()]));
        Organization { registries, policy, now, index }
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
        let is_selected = |name: &str| {
            selection.is_empty() || selection.iter().any(|pattern| pattern.matches(name))
        };
        let mut warnings = self.index.warnings();
        let names = self.registries.iter().flat_map(|registry| &registry.repositories);
        warnings.extend(unmatched_patterns(self.policy, names.map(|it| &*it.name)));
        warnings.extend(unmatched_tags(self.policy, self.registries));
        for registry in self.registries {
            let names = registry.repositories.iter().map(|repository| &*repository.name);
            warnings.extend(missing_repositories(&self.index, &registry.place(), names));
        }
        let mut taken: Vec<Taken<'_>> = self
            .registries
            .iter()
            .flat_map(|registry| {
                registry.repositories.iter().map(|repository| (registry.place(), repository))
            })
            .filter(|(_, repository)| is_selected(&repository.name))
            .filter_map(|(place, repository)| self.taken(place, repository))
            .collect();
        taken.sort_by(|a, b| (&a.place, &a.repository.name).cmp(&(&b.place, &b.repository.name)));
        let mut planning: Vec<Planning<'_>> =
            taken.into_iter().map(|taken| self.begin(taken)).collect();
        self.settle(&mut planning, |_| true);
        warnings
            .extend(planning.iter_mut().flat_map(|it| std::mem::take(&mut it.planned.warnings)));
        self.apply_limits(&mut planning);
        let plans: Vec<RepositoryPlan> = planning.into_iter().map(|it| it.planned.plan).collect();
        let planned = plans.iter().map(|plan| &*plan.repository);
        warnings.extend(selections_without_a_plan(selection, planned));
        warnings.sort();
        warnings.dedup();
        OrganizationPlan {
            plans,
            warnings,
            is_complete: self.index.is_complete(),
            gaps: self.index.gaps().into_iter().cloned().collect(),
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
        let Some(taken) = self.taken(id.registry.clone(), repository) else {
            return Some(Explained::UNTOUCHED);
        };
        let plans = self.plan(&[]).plans;
        let plan = plans.into_iter().find(|plan| plan.id() == *id)?;
        let verdicts = plan.verdicts();
        let (verdict, reasons) = (verdicts.verdict(digest)?, verdicts.reasons(digest).to_vec());
        let unmet = if verdict.is_unkept() {
            let evidence = self.index.evidence_for(id);
            self.facts(&taken, &evidence, &Remembered::NOTHING).decide().unmet_of(digest)
        } else {
            Vec::new()
        };
        Some(Explained { verdict, reasons, blocked: plan.blocked, unmet })
    }

    fn taken(&self, place: Place, repository: &'a Repository) -> Option<Taken<'a>> {
        let (_, rule) = self.policy.rule_for(&repository.name, &repository.tags)?;
        Some(Taken { place, repository, rule })
    }

    fn planned(&self, taken: &Taken<'_>, remembered: &Remembered) -> Planned {
        let evidence = self.index.evidence_for(&taken.id());
        self.facts(taken, &evidence, remembered).decide().into_plan()
    }

    fn facts<'b>(
        &'b self,
        taken: &'b Taken<'b>,
        evidence: &'b Evidence<'b>,
        remembered: &'b Remembered,
    ) -> RepositoryFacts<'b> {
        let Taken { place: registry, repository, rule } = taken;
        let (policy, now) = (self.policy, self.now);
        RepositoryFacts { registry, repository, evidence, policy, rule, remembered, now }
    }

    /// Decides over a repository with what its replicas say, and nothing else of others.
    fn begin<'b>(&self, taken: Taken<'b>) -> Planning<'b> {
        let elsewhere = Elsewhere { replicas: self.replicas(&taken), ..Elsewhere::NOTHING };
        let remembered = Remembered { elsewhere, ..Remembered::NOTHING };
        let planned = self.planned(&taken, &remembered);
        Planning { taken, remembered, planned }
    }

    /// What is decided over the namesakes to which a repository's deletions go, each by itself. One
    /// that no rule takes is never touched, so it keeps everything.
    fn replicas(&self, source: &Taken<'_>) -> Vec<Replica> {
        let registries = || self.registries.iter();
        let destinations: BTreeSet<&Place> = registries()
            .filter(|registry| registry.place() == source.place)
            .flat_map(|registry| &registry.deletes_replicate_to)
            .filter(|place| **place != source.place)
            .collect();
        // In the order of the places, whatever that of the registries is.
        destinations
            .into_iter()
            .flat_map(|place| registries().filter(move |registry| registry.place() == *place))
            .filter_map(|registry| {
                let mut repositories = registry.repositories.iter();
                let namesake = repositories.find(|it| it.name == source.repository.name)?;
                Some(self.replica(registry.place(), namesake))
            })
            .collect()
    }

    fn replica(&self, place: Place, repository: &Repository) -> Replica {
        let id = RepositoryId::new(&place, &repository.name);
        let Some(taken) = self.taken(place, repository) else {
            return Replica::untouched(id, repository.images.iter().map(|image| image.digest));
        };
        let evidence = self.index.evidence_alone(&id);
        self.facts(&taken, &evidence, &Remembered::NOTHING).decide().as_replica()
    }

    /// Keeps what refers to an image that stays in another repository, until nothing is added: what
    /// was kept so may be an image to which something elsewhere refers. Only some plans are made
    /// again.
    fn settle(
        &self,
        planning: &mut [Planning<'_>],
        is_made_again: impl Fn(&RepositoryPlan) -> bool,
    ) {
        let asked: HashSet<Digest> =
            planning.iter().flat_map(|it| &it.planned.absent_subjects).copied().collect();
        let mut has_changed = !asked.is_empty();
        while has_changed {
            has_changed = false;
            let stays = self.staying(planning, &asked);
            for it in planning.iter_mut().filter(|it| is_made_again(&it.planned.plan)) {
                has_changed |= self.settle_one(it, &stays);
            }
        }
    }

    /// Says whether more was found to stay.
    fn settle_one(
        &self,
        planning: &mut Planning<'_>,
        stays: &BTreeMap<Digest, RepositoryId>,
    ) -> bool {
        let Planning { taken, remembered, planned } = planning;
        let subjects = &mut remembered.elsewhere.subjects;
        let before = subjects.len();
        for subject in &planned.absent_subjects {
            if let Some(repository) = stays.get(subject) {
                subjects.entry(*subject).or_insert_with(|| Whereabouts::In(repository.clone()));
            }
        }
        let is_more = subjects.len() > before;
        if is_more {
            *planned = self.planned(taken, remembered);
        }
        is_more
    }

    /// Which of these images stay, and in which repository: the first.
    fn staying(
        &self,
        planning: &[Planning<'_>],
        asked: &HashSet<Digest>,
    ) -> BTreeMap<Digest, RepositoryId> {
        let deleted: BTreeMap<RepositoryId, HashSet<Digest>> = planning
            .iter()
            .map(|it| {
                let deleted = it.planned.plan.delete.iter().map(|deletion| deletion.digest);
                (it.taken.id(), deleted.collect())
            })
            .collect();
        let mut stays: BTreeMap<Digest, RepositoryId> = BTreeMap::new();
        for registry in self.registries {
            for repository in &registry.repositories {
                let id = RepositoryId::new(&registry.place(), &repository.name);
                let deleted = deleted.get(&id);
                let digests = repository.images.iter().map(|image| image.digest);
                for digest in digests.filter(|digest| asked.contains(digest)) {
                    if deleted.is_none_or(|deleted| !deleted.contains(&digest)) {
                        let first = stays.entry(digest).or_insert_with(|| id.clone());
                        if id < *first {
                            first.clone_from(&id);
                        }
                    }
                }
            }
        }
        stays
    }

    /// Applies the limits of a run.
    fn apply_limits(&self, planning: &mut [Planning<'_>]) {
        let waves: Vec<Vec<Wave>> = match self.policy.limits.on_exceed {
            OnExceed::Block => vec![Vec::new(); planning.len()],
            OnExceed::OldestFirst => planning.iter().map(waves).collect(),
        };
        let plans = planning.iter().map(|it| &it.planned.plan);
        let limited: Vec<_> = plans.zip(waves.iter().map(Vec::as_slice)).collect();
        match run_limit(&limited, &self.policy.limits) {
            RunLimit::Within => {}
            RunLimit::Block(detail) => {
                for it in planning {
                    block_over_limit(&mut it.planned.plan, &detail);
                }
            }
            RunLimit::Hold(held) => {
                let holding = planning.iter_mut().zip(held);
                for (it, held) in holding.filter(|(_, held)| !held.is_empty()) {
                    it.remembered.held = held;
                    it.planned = self.planned(&it.taken, &it.remembered);
                }
                // What a limit blocks would not be held against those of the run again.
                self.settle(planning, |plan| !plan.delete.is_empty());
            }
        }
    }
}

impl Taken<'_> {
    fn id(&self) -> RepositoryId {
        RepositoryId::new(&self.place, &self.repository.name)
    }
}

fn waves(planning: &Planning<'_>) -> Vec<Wave> {
    let Planning { taken, planned, .. } = planning;
    let digests: Vec<Digest> = planned.plan.delete.iter().map(|it| it.digest).collect();
    deletion_waves(&taken.repository.images, &digests)
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
    use crate::testing::{case, home, image, index, now, usage};

    fn organization(set: impl FnOnce(&mut Policy)) -> OrganizationPlan {
        let mut policy = case([]).policy;
        set(&mut policy);
        let repository =
            |name: &str, images| Repository { name: name.into(), ..case(images).repository };
        let registry = Registry {
            account: home().account,
            region: home().region,
            deletes_replicate_to: Vec::new(),
            repositories: vec![
                repository("b", vec![index(1, 60, &[2]), image(2, 90), image(3, 70)]),
                repository("a", vec![image(4, 80)]),
            ],
        };
        OrganizationFacts {
            home: &home().account,
            registries: &[registry],
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
        assert_eq!((summary.keep, summary.delete, summary.keep_bytes), (2, 1, 2));
    }
}
