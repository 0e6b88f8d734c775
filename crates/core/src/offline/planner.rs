//! The plans of an organization, made one repository at a time.
//!
//! Of a repository that is planned no more stays here than what others ask about: how much goes,
//! what stays, and which subjects of its referrers it does not have.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use super::repositories::{RegistryOutline, Repositories};
use super::{missing_repositories, selections_without_a_plan};
use crate::decide::{RunLimit, block_over_limit, run_limit};
use crate::policy::{OnExceed, RepositoryRule};
use crate::unmatched::{InVain, sought_in_vain, unmatched_patterns};
use crate::{
    Digest, Elsewhere, Pattern, Place, Planned, Policy, Remembered, Replica, Repository,
    RepositoryFacts, RepositoryId, RepositoryPlan, UntouchedRepository, UsageIndex, Warning, Wave,
    Whereabouts, deletion_waves,
};

/// Makes the plans of an organization.
#[derive(Debug, Clone, Copy)]
pub struct Planner<'a> {
    /// The registries.
    pub registries: &'a [RegistryOutline],
    /// The policy.
    pub policy: &'a Policy,
    /// The usage of every repository and digest.
    pub index: &'a UsageIndex,
    /// The clock of the decision.
    pub now: Timestamp,
}

/// Hands plans on: each as it is made, with its number in the order of all repositories. One that
/// comes again stands for the one before.
pub trait Plans<E> {
    /// A plan as it is handed on.
    type Written: Send;

    /// Gives a plan the form in which it is handed on. Called for several at once.
    fn write(plan: RepositoryPlan) -> Result<Self::Written, E>;

    /// Hands a plan on.
    fn put(&mut self, number: usize, plan: Self::Written) -> Result<(), E>;
}

/// A repository by its numbers.
struct Numbered {
    id: RepositoryId,
    registry: usize,
    repository: usize,
}

/// What is known of a repository once it was read: planned, or only looked at.
struct Looked<'a> {
    in_vain: Option<(usize, BTreeSet<Box<str>>)>,
    stays: Box<[Digest]>,
    untouched: Option<UntouchedRepository>,
    planning: Option<Planning<'a>>,
}

/// A repository with what is decided over it so far, but for the plan itself.
struct Planning<'a> {
    rule: &'a RepositoryRule,
    remembered: Remembered,
    warnings: Vec<Warning>,
    absent_subjects: BTreeSet<Digest>,
    /// In numbers; and with what is deleted, where the oldest of a run go first.
    head: RepositoryPlan,
    waves: Vec<Wave>,
}

/// What the plans of an organization have besides.
pub(super) type Warnings = Vec<Warning>;

/// What is told beside the plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAll {
    /// The warnings, sorted.
    pub warnings: Vec<Warning>,
    /// The repositories that no rule takes, in the order of plans.
    pub untouched: Vec<UntouchedRepository>,
}

/// The run of a planner: what it reads from, and what it has found.
struct Run<'p, 'a, R: ?Sized, P> {
    planner: Planner<'a>,
    from: &'p R,
    plans: &'p mut P,
    order: Vec<Numbered>,
    looked: Vec<Looked<'a>>,
}

impl<'a> Planner<'a> {
    /// Plans the repositories that a rule takes and whose names match any of these patterns, or all
    /// if there are none. The limits of a run count these alone. Gives what is told besides.
    pub fn plan<R: Repositories + ?Sized, P: Plans<R::Error>>(
        self,
        selection: &[Pattern],
        from: &R,
        plans: &mut P,
    ) -> Result<PlannedAll, R::Error> {
        let mut warnings = self.index.warnings();
        let names = self.registries.iter().flat_map(|registry| &registry.repositories);
        // Of what could not be listed, nobody can tell what is not there.
        let is_listed = self.unlisted().is_none();
        if is_listed {
            warnings.extend(unmatched_patterns(self.policy, names.map(|name| &**name)));
        }
        for registry in self.registries.iter().filter(|registry| !registry.is_unlisted()) {
            let names = registry.repositories.iter().map(|name| &**name);
            warnings.extend(missing_repositories(self.index, &registry.place, names));
        }
        let mut run = Run { planner: self, from, plans, order: self.order(), looked: Vec::new() };
        run.look(selection)?;
        let in_vain = run.sought_in_vain();
        warnings.extend(in_vain.filter(|_| is_listed));
        run.settle(|_| true)?;
        warnings.extend(run.take_warnings());
        run.apply_limits()?;
        if is_listed {
            warnings.extend(selections_without_a_plan(selection, run.planned_names()));
        }
        warnings.sort();
        warnings.dedup();
        let untouched = run.looked.into_iter().filter_map(|looked| looked.untouched).collect();
        Ok(PlannedAll { warnings, untouched })
    }

    /// The first registry of which nobody could list the repositories.
    fn unlisted(self) -> Option<&'a Place> {
        self.registries.iter().filter(|registry| registry.is_unlisted()).map(|it| &it.place).min()
    }

    /// The repositories in the order of their plans.
    fn order(self) -> Vec<Numbered> {
        let registries = self.registries.iter().enumerate();
        let mut order: Vec<Numbered> = registries
            .flat_map(|(registry, outline)| {
                let names = outline.repositories.iter().enumerate();
                names.map(move |(repository, name)| Numbered {
                    id: RepositoryId::new(&outline.place, name),
                    registry,
                    repository,
                })
            })
            .collect();
        order.sort_by(|one, other| one.id.cmp(&other.id));
        order
    }

    fn decide(
        self,
        id: &RepositoryId,
        repository: &Repository,
        rule: &RepositoryRule,
        remembered: &Remembered,
    ) -> Planned {
        let (registry, policy, now) = (&id.registry, self.policy, self.now);
        let evidence = &self.index.evidence_for(id);
        RepositoryFacts { registry, repository, evidence, policy, rule, remembered, now }
            .decide()
            .into_plan()
    }

    /// What is decided over the namesakes to which a repository's deletions go, each by itself.
    fn replicas<R: Repositories + ?Sized>(
        self,
        from: &R,
        source: &RepositoryId,
    ) -> Result<Vec<Replica>, R::Error> {
        let registries = || self.registries.iter().enumerate();
        let destinations: BTreeSet<&Place> = registries()
            .filter(|(_, registry)| registry.place == source.registry)
            .flat_map(|(_, registry)| &registry.deletes_replicate_to)
            .filter(|place| **place != source.registry)
            .collect();
        let mut replicas = Vec::new();
        // In the order of the places, whatever that of the registries is.
        for place in destinations {
            for (number, registry) in registries().filter(|(_, it)| it.place == *place) {
                let mut names = registry.repositories.iter();
                if let Some(at) = names.position(|name| *name == source.name) {
                    replicas.push(self.replica(place, &*from.read(number, at)?));
                } else if let Some(unread) = registry.unread.as_ref().filter(|it| it.is_unlisted())
                {
                    let id = RepositoryId::new(place, &source.name);
                    replicas.push(Replica::unlisted(id, unread));
                }
            }
        }
        Ok(replicas)
    }

    /// One that no rule takes is never touched, so it keeps everything.
    fn replica(self, registry: &Place, repository: &Repository) -> Replica {
        let id = RepositoryId::new(registry, &repository.name);
        let Some((_, rule)) = self.policy.rule_for(&repository.name, &repository.tags) else {
            return Replica::untouched(id, repository.images.iter().map(|image| image.digest));
        };
        let (policy, now, remembered) = (self.policy, self.now, &Remembered::NOTHING);
        let evidence = &self.index.evidence_alone(&id);
        RepositoryFacts { registry, repository, evidence, policy, rule, remembered, now }
            .decide()
            .as_replica()
    }

    /// What is to be remembered of a plan, the plan itself left to its reader.
    fn remember(
        self,
        repository: &Repository,
        rule: &'a RepositoryRule,
        remembered: Remembered,
        planned: Planned,
    ) -> (Planning<'a>, Box<[Digest]>, RepositoryPlan) {
        let Planned { plan, warnings, absent_subjects, .. } = planned;
        let is_by_age = self.policy.limits.on_exceed == OnExceed::OldestFirst;
        let deleted = || plan.delete.iter().map(|deletion| deletion.digest);
        let waves = if is_by_age {
            deletion_waves(&repository.images, &deleted().collect::<Vec<_>>())
        } else {
            Vec::new()
        };
        // What is archived is still there.
        let gone = plan.delete.iter().filter(|it| !it.archive);
        let gone: HashSet<Digest> = gone.map(|deletion| deletion.digest).collect();
        let digests = repository.images.iter().map(|image| image.digest);
        let stays = digests.filter(|digest| !gone.contains(digest)).collect();
        let head = RepositoryPlan {
            account: plan.account.clone(),
            region: plan.region.clone(),
            repository: plan.repository.clone(),
            summary: plan.summary,
            goes_on: Vec::new(),
            blocked: Vec::new(),
            delete: if is_by_age { plan.delete.clone() } else { Vec::new() },
            keep: Vec::new(),
        };
        (Planning { rule, remembered, warnings, absent_subjects, head, waves }, stays, plan)
    }
}

impl<R: Repositories + ?Sized, P: Plans<R::Error>> Run<'_, '_, R, P> {
    /// Reads every repository once, and plans those that a rule takes with what their replicas say,
    /// and nothing else of others.
    fn look(&mut self, selection: &[Pattern]) -> Result<(), R::Error> {
        let Self { planner, from, order, looked, plans } = self;
        let (planner, from) = (*planner, *from);
        let is_selected = |name: &str| {
            selection.is_empty() || selection.iter().any(|pattern| pattern.matches(name))
        };
        let work = |number: usize| {
            let Numbered { id, registry, repository } = &order[number];
            let repository = from.read(*registry, *repository)?;
            let rule = planner.policy.rule_for(&repository.name, &repository.tags);
            let in_vain = rule.map(|(at, rule)| (at, sought_in_vain(at, rule, &repository.images)));
            let untouched = rule.is_none().then(|| UntouchedRepository::of(id, &repository));
            let Some((_, rule)) = rule.filter(|_| is_selected(&id.name)) else {
                let stays = repository.images.iter().map(|image| image.digest).collect();
                let untouched = untouched.filter(|_| is_selected(&id.name));
                return Ok((Looked { in_vain, stays, untouched, planning: None }, None));
            };
            let replicas = planner.replicas(from, id)?;
            let elsewhere = Elsewhere { replicas, ..Elsewhere::NOTHING };
            let remembered = Remembered { elsewhere, ..Remembered::NOTHING };
            let decided = planner.decide(id, &repository, rule, &remembered);
            let (planning, stays, plan) = planner.remember(&repository, rule, remembered, decided);
            let written = P::write(plan)?;
            let planning = Some(planning);
            Ok((Looked { in_vain, stays, untouched: None, planning }, Some(written)))
        };
        from.in_order(order.len(), work, |(seen, written)| {
            if let Some(written) = written {
                plans.put(looked.len(), written)?;
            }
            looked.push(seen);
            Ok(())
        })
    }

    /// What rules look for in vain in all repositories that they decide over.
    fn sought_in_vain(&mut self) -> impl Iterator<Item = Warning> + use<R, P> {
        let mut in_vain = InVain::default();
        for (rule, sought) in self.looked.iter_mut().filter_map(|it| it.in_vain.take()) {
            in_vain.add(rule, sought);
        }
        in_vain.warnings()
    }

    fn take_warnings(&mut self) -> Warnings {
        let planning = self.looked.iter_mut().filter_map(|it| it.planning.as_mut());
        planning.flat_map(|it| std::mem::take(&mut it.warnings)).collect()
    }

    fn planned_names(&self) -> impl Iterator<Item = &str> {
        let planning = self.looked.iter().filter_map(|it| it.planning.as_ref());
        planning.map(|it| &*it.head.repository)
    }

    /// Keeps what refers to an image that stays in another repository, until nothing is added: what
    /// was kept so may be an image to which something elsewhere refers. Only some plans are made
    /// again.
    fn settle(&mut self, is_made_again: impl Fn(&RepositoryPlan) -> bool) -> Result<(), R::Error> {
        let planning = self.looked.iter().filter_map(|it| it.planning.as_ref());
        let asked: HashSet<Digest> = planning.flat_map(|it| &it.absent_subjects).copied().collect();
        let mut has_changed = !asked.is_empty();
        let unlisted = self.planner.unlisted();
        while has_changed {
            let stays = self.staying(&asked);
            let numbers = 0..self.looked.len();
            let changed: Vec<usize> = numbers
                .filter(|number| {
                    let planning = self.looked[*number].planning.as_mut();
                    planning.is_some_and(|it| is_made_again(&it.head) && it.hear(&stays, unlisted))
                })
                .collect();
            has_changed = !changed.is_empty();
            self.plan_again(&changed, |_| {})?;
        }
        Ok(())
    }

    /// Which of these images stay, and in which repository: the first.
    fn staying(&self, asked: &HashSet<Digest>) -> BTreeMap<Digest, RepositoryId> {
        let mut stays = BTreeMap::new();
        for (Numbered { id, .. }, looked) in self.order.iter().zip(&self.looked) {
            for digest in looked.stays.iter().filter(|digest| asked.contains(digest)) {
                stays.entry(*digest).or_insert_with(|| id.clone());
            }
        }
        stays
    }

    /// Applies the limits of a run.
    fn apply_limits(&mut self) -> Result<(), R::Error> {
        let planning = || self.looked.iter().filter_map(|it| it.planning.as_ref());
        let limited: Vec<_> = planning().map(|it| (&it.head, it.waves.as_slice())).collect();
        match run_limit(&limited, &self.planner.policy.limits) {
            RunLimit::Within => Ok(()),
            RunLimit::Block(detail) => {
                let deletes = |looked: &Looked<'_>| {
                    looked.planning.as_ref().is_some_and(|it| it.head.summary.delete > 0)
                };
                let blocked: Vec<usize> =
                    (0..self.looked.len()).filter(|at| deletes(&self.looked[*at])).collect();
                self.plan_again(&blocked, |plan| block_over_limit(plan, &detail))
            }
            RunLimit::Hold(held) => {
                let mut changed = Vec::new();
                let planning = self.looked.iter_mut().enumerate();
                let planning = planning.filter_map(|(at, it)| Some((at, it.planning.as_mut()?)));
                for ((at, it), held) in planning.zip(held).filter(|(_, held)| !held.is_empty()) {
                    it.remembered.held = held;
                    changed.push(at);
                }
                self.plan_again(&changed, |_| {})?;
                // What a limit blocks would not be held against those of the run again.
                self.settle(|plan| plan.summary.delete > 0)
            }
        }
    }

    /// Makes the plans of these numbers again, with what is remembered now.
    fn plan_again(
        &mut self,
        numbers: &[usize],
        change: impl Fn(&mut RepositoryPlan) + Sync,
    ) -> Result<(), R::Error> {
        let Self { planner, from, order, looked, plans } = self;
        let (planner, from) = (*planner, *from);
        let mut again = Vec::with_capacity(numbers.len());
        let was = &*looked;
        let work = |at: usize| {
            let number = numbers[at];
            let Numbered { id, registry, repository } = &order[number];
            let Some(Planning { rule, remembered, .. }) = &was[number].planning else {
                return Ok(None);
            };
            let repository = from.read(*registry, *repository)?;
            let mut decided = planner.decide(id, &repository, rule, remembered);
            change(&mut decided.plan);
            let (planning, stays, plan) =
                planner.remember(&repository, rule, remembered.clone(), decided);
            Ok(Some((number, planning, stays, P::write(plan)?)))
        };
        from.in_order(numbers.len(), work, |planned| {
            if let Some((number, planning, stays, written)) = planned {
                plans.put(number, written)?;
                again.push((number, planning, stays));
            }
            Ok(())
        })?;
        for (number, planning, stays) in again {
            looked[number].planning = Some(planning);
            looked[number].stays = stays;
        }
        Ok(())
    }
}

impl Planning<'_> {
    /// Hears what stays elsewhere, or may be where nobody could look, and says whether more was
    /// found to.
    fn hear(&mut self, stays: &BTreeMap<Digest, RepositoryId>, unlisted: Option<&Place>) -> bool {
        let subjects = &mut self.remembered.elsewhere.subjects;
        let before = subjects.len();
        for subject in &self.absent_subjects {
            let stays = stays.get(subject).cloned().map(Whereabouts::In);
            if let Some(found) = stays.or_else(|| unlisted.cloned().map(Whereabouts::Unlisted)) {
                subjects.entry(*subject).or_insert(found);
            }
        }
        subjects.len() > before
    }
}
