//! What repositories say of one another.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image, Registry, Repository, UnreadPart};

use super::graph::fallback;
use super::{ModelPlan, Reasons, Scene, block, one, rule_of};

/// What other repositories say.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere {
    /// Subjects that are not here and stay in another repository.
    pub(super) subjects: BTreeSet<Digest>,
    pub(super) replicas: Vec<Replica>,
    /// What the limits of the run hold.
    pub(super) held: BTreeSet<Digest>,
}

/// A destination of the registry's deletions.
#[derive(Debug, Clone)]
pub(super) struct Replica {
    keeps: BTreeSet<Digest>,
    blocks: BTreeSet<String>,
}

fn absent_subjects(scene: &Scene<'_>, image: &Image) -> BTreeSet<Digest> {
    let by_tag = image.tags.iter().filter_map(|tag| fallback(tag));
    by_tag.chain(image.subject).filter(|digest| scene.image(*digest).is_none()).collect()
}

/// "What a destination in the run keeps by its own rule (`kept-by-replica`: the same digest), and
/// what blocks it", "direct destinations only". What no rule takes is never touched. Of a registry
/// that could not be listed, nobody knows what it keeps.
pub(super) fn replicas(scene: &Scene<'_>) -> Vec<Replica> {
    let mut replicas = Vec::new();
    for registry in &scene.snapshot.registries {
        let place = registry.place();
        let own = scene.registry.place();
        if place == own || !scene.registry.deletes_replicate_to.contains(&place) {
            continue;
        }
        let is_named = |repository: &&Repository| repository.name == scene.repository.name;
        if is_unlisted(registry) && !registry.repositories.iter().any(|it| is_named(&it)) {
            let blocks = ["registry-unreadable".to_owned()].into();
            replicas.push(Replica { keeps: BTreeSet::new(), blocks });
        }
        for repository in registry.repositories.iter().filter(is_named) {
            let Some(rule) = rule_of(scene.policy, repository) else {
                let keeps = repository.images.iter().map(|image| image.digest).collect();
                replicas.push(Replica { keeps, blocks: BTreeSet::new() });
                continue;
            };
            let alone = Registry { deletes_replicate_to: Vec::new(), ..registry.clone() };
            let elsewhere = Elsewhere::default();
            let there = Scene { registry: &alone, repository, rule, elsewhere, ..*scene };
            let plan = one(&there);
            let mut going = plan.delete.clone();
            going.extend(plan.blocked.values().flatten());
            let mut blocks = BTreeSet::new();
            block::blocks(&there, &going, &mut blocks);
            blocks.extend(plan.blocked.keys().cloned());
            // What is archived there is not deleted there.
            let archived = super::archive::first(&there, &going);
            let keeps = plan.keep.into_keys().chain(archived).collect();
            replicas.push(Replica { keeps, blocks });
        }
    }
    replicas
}

fn is_unlisted(registry: &Registry) -> bool {
    registry.unread.as_ref().is_some_and(|unread| unread.what == UnreadPart::Repositories)
}

/// "A referrer of which some subject is not in its repository but stays in another repository of the
/// run is kept."
pub(super) fn keep(scene: &Scene<'_>, reasons: &mut Reasons) {
    for image in scene.images() {
        let mut add = |code: &str| {
            reasons.entry(image.digest).or_default().insert(code.to_owned());
        };
        let subjects = absent_subjects(scene, image);
        if !subjects.is_disjoint(&scene.elsewhere.subjects) {
            add("referrer-of-image-elsewhere");
        }
        if scene.elsewhere.replicas.iter().any(|replica| replica.keeps.contains(&image.digest)) {
            add("kept-by-replica");
        }
    }
}

pub(super) fn blocks(scene: &Scene<'_>) -> BTreeSet<String> {
    scene.elsewhere.replicas.iter().flat_map(|replica| replica.blocks.clone()).collect()
}

/// Lets every repository know what stays in the others, until nobody learns anything; of those that
/// delete something, where the limits of the run have been applied.
pub(super) fn settle(scenes: &mut [Scene<'_>], plans: &mut [ModelPlan], is_limited: bool) {
    loop {
        let mut stays = BTreeSet::new();
        let registries = scenes.iter().take(1).flat_map(|scene| &scene.snapshot.registries);
        for registry in registries {
            for repository in &registry.repositories {
                let plan = plans.iter().find(|plan| {
                    plan.place == registry.place() && *plan.repository == *repository.name
                });
                for image in &repository.images {
                    let leaves = |plan: &ModelPlan| {
                        plan.delete.contains(&image.digest) && !plan.archive.contains(&image.digest)
                    };
                    if !plan.is_some_and(leaves) {
                        stays.insert(image.digest);
                    }
                }
            }
        }
        let mut learnt = false;
        for (scene, plan) in scenes.iter_mut().zip(plans.iter_mut()) {
            if is_limited && plan.delete.is_empty() {
                continue;
            }
            let mut subjects = scene.elsewhere.subjects.clone();
            for image in scene.images() {
                let absent = absent_subjects(scene, image);
                // They may be in a registry that could not be listed.
                if scene.snapshot.registries.iter().any(is_unlisted) {
                    subjects.extend(absent);
                } else {
                    subjects.extend(absent.intersection(&stays));
                }
            }
            if subjects != scene.elsewhere.subjects {
                scene.elsewhere.subjects = subjects;
                *plan = one(scene);
                learnt = true;
            }
        }
        if !learnt {
            return;
        }
    }
}
