//! Short words for facts, for the tests of this crate.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::policy::{Clause, RepositoryRule};
use crate::{
    CacheRules, Coverage, Digest, Explained, Image, Place, Planned, PlannedSince, Policy,
    Remembered, Repository, RepositoryFacts, RepositoryId, TaskDefinition, TaskDefinitionStatus,
    Usage, UsageIndex,
};

pub(crate) const HOST: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

pub(crate) fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

pub(crate) fn days_ago(days: i64) -> Timestamp {
    now() - SignedDuration::from_hours(24 * days)
}

pub(crate) fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

pub(crate) fn home() -> Place {
    place("111122223333", "eu-west-1")
}

pub(crate) fn place(account: &str, region: &str) -> Place {
    Place { account: account.parse().unwrap(), region: region.parse().unwrap() }
}

/// An image pushed so many days ago.
pub(crate) fn image(n: u8, pushed_days_ago: i64) -> Image {
    Image {
        pushed_at: Some(days_ago(pushed_days_ago)),
        size_bytes: Some(1),
        ..Image::new(digest(n))
    }
}

pub(crate) fn tagged(n: u8, pushed_days_ago: i64, tags: &[&str]) -> Image {
    Image { tags: tags.iter().map(|tag| (*tag).into()).collect(), ..image(n, pushed_days_ago) }
}

pub(crate) fn index(n: u8, pushed_days_ago: i64, children: &[u8]) -> Image {
    Image {
        media_type: crate::MediaType::OciIndex,
        children: Some(children.iter().map(|child| digest(*child)).collect()),
        ..image(n, pushed_days_ago)
    }
}

pub(crate) fn referrer(n: u8, pushed_days_ago: i64, subject: u8) -> Image {
    Image { subject: Some(digest(subject)), ..image(n, pushed_days_ago) }
}

pub(crate) fn usage(kind: &str, reference: &str) -> Usage {
    Usage {
        reference: reference.replace("HOST", HOST).into(),
        kind: kind.parse().unwrap(),
        arn: format!("arn:aws:{kind}").into(),
        account: home().account,
        region: home().region,
        cluster: None,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: None,
    }
}

pub(crate) fn revision(family: &str, revision: u32, active: bool, reference: &str) -> Usage {
    let status = if active { TaskDefinitionStatus::Active } else { TaskDefinitionStatus::Inactive };
    Usage {
        arn: format!("arn:aws:task-definition/{family}:{revision}").into(),
        task_definition: Some(TaskDefinition { family: family.into(), revision, status }),
        ..usage("ecs-task-definition", reference)
    }
}

/// A case: one repository, what uses it, and the rule that it falls under.
pub(crate) struct Case {
    pub(crate) repository: Repository,
    pub(crate) usage: Vec<Usage>,
    pub(crate) coverage: Coverage,
    pub(crate) policy: Policy,
    pub(crate) replication: BTreeMap<Place, Vec<Place>>,
    pub(crate) cache_rules: Vec<CacheRules>,
    pub(crate) planned_since: Option<PlannedSince>,
}

/// Images under a policy that keeps nothing by age or pull.
pub(crate) fn case(images: impl IntoIterator<Item = Image>) -> Case {
    let rule = RepositoryRule { keep: Clause::default().into(), ..RepositoryRule::default() };
    Case {
        repository: Repository {
            name: "app".into(),
            tags: BTreeMap::new(),
            allows: Vec::new(),
            use_history: None,
            images: images.into_iter().collect(),
        },
        usage: Vec::new(),
        coverage: Coverage::COMPLETE,
        policy: Policy { repositories: vec![rule], ..Policy::default() },
        replication: BTreeMap::new(),
        cache_rules: Vec::new(),
        planned_since: None,
    }
}

impl Case {
    pub(crate) fn used(mut self, usage: Usage) -> Self {
        self.usage.push(usage);
        self
    }

    pub(crate) fn keeping(mut self, set: impl FnOnce(&mut Clause)) -> Self {
        set(&mut self.policy.repositories[0].keep.0[0]);
        self
    }

    pub(crate) fn with(mut self, set: impl FnOnce(&mut Self)) -> Self {
        set(&mut self);
        self
    }

    /// As a run that remembers since when images have been planned for deletion, in days ago.
    pub(crate) fn remembering(mut self, planned: &[(u8, i64)]) -> Self {
        let since = planned.iter().map(|(n, days)| (digest(*n), days_ago(*days)));
        self.planned_since = Some(since.collect());
        self
    }

    pub(crate) fn plan(self) -> Planned {
        self.ask(|facts| facts.decide().into_plan())
    }

    pub(crate) fn explain(self, n: u8) -> Option<Explained> {
        self.ask(|facts| facts.decide().explain(digest(n)))
    }

    pub(crate) fn ask<T>(self, ask: impl FnOnce(RepositoryFacts<'_>) -> T) -> T {
        let Self { repository, usage, coverage, policy, replication, cache_rules, planned_since } =
            self;
        let index =
            UsageIndex::new(usage, &coverage, &policy, replication).with_cache_rules(cache_rules);
        let facts = RepositoryFacts {
            registry: &home(),
            repository: &repository,
            evidence: &index.evidence_for(&RepositoryId::new(&home(), &repository.name)),
            policy: &policy,
            rule: &policy.repositories[0],
            remembered: &Remembered { planned_since, ..Remembered::NOTHING },
            now: now(),
        };
        ask(facts)
    }

    /// The plan in one line: what goes, what stays and why, what blocks.
    pub(crate) fn verdicts(self) -> String {
        let plan = self.plan().plan;
        let number = |digest: &Digest| (0..=u8::MAX).find(|n| self::digest(*n) == *digest).unwrap();
        let keep = plan.keep.iter().map(|kept| {
            let codes: Vec<_> = kept.reasons.iter().map(|it| it.code.text()).collect();
            format!("{}: {}", number(&kept.digest), codes.join(" "))
        });
        let delete = plan.delete.iter().map(|gone| {
            let how = if gone.archive { "archive" } else { "delete" };
            format!("{}: {how}", number(&gone.digest))
        });
        let blocked = plan.blocked.iter().map(|block| {
            let would: Vec<_> =
                block.would_delete.iter().map(|digest| number(digest).to_string()).collect();
            format!("blocked {}: {}", block.code, would.join(" "))
        });
        let mut lines: Vec<String> = keep.chain(delete).collect();
        lines.sort_by_key(|line| line.split(':').next().unwrap().parse::<u8>().unwrap());
        lines.extend(blocked);
        lines.join(", ")
    }
}
