//! Limits: "Share and count per repository and per run; beyond them nothing is deleted there, or
//! the oldest up to the limit if the policy says so".

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Limits, OnExceed};
use ecr_sweep_core::{Image, Policy};

use super::{ModelPlan, Reasons, Scene, elsewhere, graph, one, trees, unkept};

const OVER_LIMIT: &str = "over-limit";

/// "A limit counts deletions against all images as listed; equal to the limit is allowed."
fn allowed(limits: &Limits, images: usize) -> usize {
    let mut allowed = usize::MAX;
    if let Some(share) = limits.share {
        allowed = allowed.min(share_of(&share.to_string(), images));
    }
    if let Some(count) = limits.images {
        allowed = allowed.min(usize::try_from(count).unwrap_or(usize::MAX));
    }
    allowed
}

/// The whole images in a share such as `33.3%`.
fn share_of(share: &str, images: usize) -> usize {
    let (whole, fraction) =
        share.trim_end_matches('%').split_once('.').unwrap_or((share.trim_end_matches('%'), ""));
    let hundredths: usize = format!("{whole}{fraction:0<2}").parse().unwrap_or(0);
    images * hundredths / 10_000
}

pub(super) fn of_the_repository(
    scene: &Scene<'_>,
    reasons: &mut Reasons,
    blocked: &mut BTreeSet<String>,
) {
    let limits = &scene.rule.limits;
    let going = unkept(reasons);
    let allowed = allowed(limits, scene.images().len());
    if going.len() <= allowed {
        return;
    }
    match limits.on_exceed {
        OnExceed::Block => {
            blocked.insert(OVER_LIMIT.to_owned());
        }
        OnExceed::OldestFirst => {
            let images = scene.images().iter().filter(|image| going.contains(&image.digest));
            let going: Vec<(usize, &Image)> = images.map(|image| (0, image)).collect();
            for (_, digest) in trees::that_stay(&going, allowed) {
                reasons.entry(digest).or_default().insert(OVER_LIMIT.to_owned());
            }
            graph::close(scene.images(), reasons);
        }
    }
}

/// What the limits of the run hold is kept, with what it needs.
pub(super) fn hold(scene: &Scene<'_>, reasons: &mut Reasons) {
    for digest in unkept(reasons).intersection(&scene.elsewhere.held) {
        reasons.entry(*digest).or_default().insert(OVER_LIMIT.to_owned());
    }
    graph::close(scene.images(), reasons);
}

/// The limits of the whole run, over what the repositories' own limits and blocks have left.
pub(super) fn of_the_run(scenes: &mut [Scene<'_>], plans: &mut [ModelPlan], policy: &Policy) {
    let limits = &policy.limits;
    let images: usize = scenes.iter().map(|scene| scene.images().len()).sum();
    let going: usize = plans.iter().map(|plan| plan.delete.len()).sum();
    let allowed = allowed(limits, images);
    if going <= allowed {
        return;
    }
    match limits.on_exceed {
        OnExceed::Block => {
            for plan in plans.iter_mut().filter(|plan| !plan.delete.is_empty()) {
                let would_delete = std::mem::take(&mut plan.delete);
                plan.archive.clear();
                plan.blocked.insert(OVER_LIMIT.to_owned(), would_delete);
            }
        }
        OnExceed::OldestFirst => {
            oldest_of_the_run(scenes, plans, allowed);
            elsewhere::settle(scenes, plans, true);
        }
    }
}

/// Keeps the trees that do not fit, and what they need.
fn oldest_of_the_run(scenes: &mut [Scene<'_>], plans: &mut [ModelPlan], allowed: usize) {
    let mut going = Vec::new();
    for (at, scene) in scenes.iter().enumerate() {
        for image in &scene.repository.images {
            if plans[at].delete.contains(&image.digest) {
                going.push((at, image));
            }
        }
    }
    for (at, digest) in trees::that_stay(&going, allowed) {
        scenes[at].elsewhere.held.insert(digest);
    }
    for (scene, plan) in scenes.iter().zip(plans) {
        if !scene.elsewhere.held.is_empty() {
            *plan = one(scene);
        }
    }
}
