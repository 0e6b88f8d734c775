//! A naive model of the decision: the policy's document, sentence by sentence, in sets and loops.
//!
//! It is slow on purpose, and shares no code with the decision but the plain data types: what both
//! say was understood twice.

mod archive;
mod block;
mod elsewhere;
mod graph;
mod keep;
mod limit;
mod pattern;
mod reference;
mod release;
mod trees;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::RepositoryRule;
use ecr_sweep_core::{Digest, Image, Place, Policy, Registry, Repository, Summary};
use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use elsewhere::Elsewhere;
use usage::Row;

pub use reference::{Named, read as read_reference};

/// The codes of the reasons for which each image is kept; an image that is not kept has none.
pub type Reasons = BTreeMap<Digest, BTreeSet<String>>;

/// What the model says of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPlan {
    /// The registry.
    pub place: Place,
    /// The repository's name.
    pub repository: String,
    /// The plan in numbers.
    pub summary: Summary,
    /// What is kept, with the codes of every reason.
    pub keep: Reasons,
    /// What goes: it is deleted, or archived first.
    pub delete: BTreeSet<Digest>,
    /// Of that, what is archived first.
    pub archive: BTreeSet<Digest>,
    /// The codes of the blocks, each with what would be deleted.
    pub blocked: BTreeMap<String, BTreeSet<Digest>>,
}

/// One repository that a rule takes, with everything that the decision may look at.
struct Scene<'a> {
    snapshot: &'a Snapshot,
    policy: &'a Policy,
    rows: &'a [Row<'a>],
    registry: &'a Registry,
    repository: &'a Repository,
    rule: &'a RepositoryRule,
    elsewhere: Elsewhere,
    now: Timestamp,
}

impl Scene<'_> {
    fn images(&self) -> &[Image] {
        &self.repository.images
    }

    fn image(&self, digest: Digest) -> Option<&Image> {
        self.images().iter().find(|image| image.digest == digest)
    }

    fn with_tag(&self, tag: &str) -> Option<&Image> {
        self.images().iter().find(|image| image.tags.iter().any(|own| **own == *tag))
    }
}

/// Plans every repository of the snapshot that a rule of the policy takes.
#[must_use]
pub fn plans(snapshot: &Snapshot, policy: &Policy) -> Vec<ModelPlan> {
    let rows: Vec<Row<'_>> =
        snapshot.usage.iter().map(|row| Row::read(row, &policy.usage.aliases)).collect();
    let mut scenes = Vec::new();
    for registry in &snapshot.registries {
        for repository in &registry.repositories {
            let Some(rule) = rule_of(policy, repository) else { continue };
            let (rows, now) = (&rows[..], snapshot.taken_at);
            let elsewhere = Elsewhere::default();
            let mut scene =
                Scene { snapshot, policy, rows, registry, repository, rule, elsewhere, now };
            scene.elsewhere.replicas = elsewhere::replicas(&scene);
            scenes.push(scene);
        }
    }
    scenes.sort_by_key(|scene| (scene.registry.place(), scene.repository.name.clone()));
    let mut plans: Vec<ModelPlan> = scenes.iter().map(one).collect();
    elsewhere::settle(&mut scenes, &mut plans, false);
    limit::of_the_run(&mut scenes, &mut plans, policy);
    for plan in &mut plans {
        let (_, repository) = find(snapshot, plan);
        plan.summary = summary(plan, repository);
    }
    plans
}

fn rule_of<'a>(policy: &'a Policy, repository: &Repository) -> Option<&'a RepositoryRule> {
    policy.repositories.iter().find(|rule| takes(rule, repository))
}

/// The repository that a plan is of.
fn find<'a>(snapshot: &'a Snapshot, plan: &ModelPlan) -> (&'a Registry, &'a Repository) {
    for registry in &snapshot.registries {
        for repository in &registry.repositories {
            if registry.place() == plan.place && *repository.name == *plan.repository {
                return (registry, repository);
            }
        }
    }
    unreachable!("every plan is of a repository in the snapshot")
}

fn takes(rule: &RepositoryRule, repository: &Repository) -> bool {
    let names = &rule.matches.name;
    let by_name =
        names.is_empty() || names.iter().any(|name| pattern::matches(name, &repository.name));
    let by_tags = rule.matches.tags.iter().all(|(key, value)| {
        repository.tags.get(key).is_some_and(|found| pattern::matches(value, found))
    });
    by_name && by_tags
}

fn one(scene: &Scene<'_>) -> ModelPlan {
    let mut reasons: Reasons =
        scene.images().iter().map(|image| (image.digest, BTreeSet::new())).collect();
    usage::used(scene, &mut reasons);
    keep::by_facts(scene, &mut reasons);
    keep::by_rules(scene, &mut reasons);
    elsewhere::keep(scene, &mut reasons);
    graph::close(scene.images(), &mut reasons);
    keep::spare(scene, &mut reasons);
    graph::close(scene.images(), &mut reasons);
    archive::keep(scene, &mut reasons);
    archive::keep_what_others_need(scene, &mut reasons);

    let mut blocked = BTreeSet::new();
    limit::of_the_repository(scene, &mut reasons, &mut blocked);
    limit::hold(scene, &mut reasons);
    let mut delete = unkept(&reasons);
    block::blocks(scene, &delete, &mut blocked);
    blocked.extend(elsewhere::blocks(scene));

    let mut by_code = BTreeMap::new();
    if !delete.is_empty() && !blocked.is_empty() {
        for code in blocked {
            by_code.insert(code, delete.clone());
        }
        delete.clear();
    }
    let archive = archive::first(scene, &delete);
    reasons.retain(|_, codes| !codes.is_empty());
    ModelPlan {
        place: scene.registry.place(),
        repository: scene.repository.name.to_string(),
        summary: Summary::default(),
        keep: reasons,
        delete,
        archive,
        blocked: by_code,
    }
}

fn unkept(reasons: &Reasons) -> BTreeSet<Digest> {
    reasons.iter().filter(|(_, codes)| codes.is_empty()).map(|(digest, _)| *digest).collect()
}

fn summary(plan: &ModelPlan, repository: &Repository) -> Summary {
    let mut summary = Summary::default();
    for image in &repository.images {
        let lists_others =
            image.media_type.is_index() || image.children.iter().flatten().next().is_some();
        let bytes = if lists_others { 0 } else { image.size_bytes.unwrap_or(0) };
        summary.images += 1;
        if plan.keep.contains_key(&image.digest) {
            summary.keep += 1;
            summary.keep_bytes += bytes;
        } else if plan.delete.contains(&image.digest) {
            summary.delete += 1;
            if plan.archive.contains(&image.digest) {
                summary.archive += 1;
                summary.archive_bytes += bytes;
            } else {
                summary.delete_bytes += bytes;
            }
        } else {
            summary.would_delete += 1;
            summary.would_delete_bytes += bytes;
        }
    }
    summary
}
