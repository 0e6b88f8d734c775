//! Limits: "Share and count per repository and per run; beyond them nothing is deleted there, or
//! the oldest up to the limit if the policy says so".

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::{Limits, OnExceed};
use ecr_sweep_core::{Digest, Image, Policy};
use ecr_sweep_protocol::Snapshot;

use super::{ModelPlan, Reasons, Scene, find, graph, trees, unkept};

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

/// The limits of the whole run, over what the repositories' own limits and blocks have left.
pub(super) fn of_the_run(plans: &mut [ModelPlan], policy: &Policy, snapshot: &Snapshot) {
    let limits = &policy.limits;
    let images: usize = plans.iter().map(|plan| find(snapshot, plan).1.images.len()).sum();
    let going: usize = plans.iter().map(|plan| plan.delete.len()).sum();
    let allowed = allowed(limits, images);
    if going <= allowed {
        return;
    }
    match limits.on_exceed {
        OnExceed::Block => {
            for plan in plans.iter_mut().filter(|plan| !plan.delete.is_empty()) {
                let would_delete = std::mem::take(&mut plan.delete);
                plan.blocked.insert(OVER_LIMIT.to_owned(), would_delete);
            }
        }
        OnExceed::OldestFirst => oldest_of_the_run(plans, snapshot, allowed),
    }
}

/// Keeps the trees that do not fit, and what they need.
fn oldest_of_the_run(plans: &mut [ModelPlan], snapshot: &Snapshot, allowed: usize) {
    let mut going = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        for image in &find(snapshot, plan).1.images {
            if plan.delete.contains(&image.digest) {
                going.push((at, image));
            }
        }
    }
    let mut kept: BTreeMap<usize, BTreeSet<Digest>> = BTreeMap::new();
    for (at, digest) in trees::that_stay(&going, allowed) {
        kept.entry(at).or_default().insert(digest);
    }
    for (at, digests) in kept {
        let plan = &mut plans[at];
        let images = &find(snapshot, plan).1.images;
        let mut reasons = plan.keep.clone();
        for image in images {
            let codes = reasons.entry(image.digest).or_default();
            if digests.contains(&image.digest) {
                codes.insert(OVER_LIMIT.to_owned());
            }
        }
        graph::close(images, &mut reasons);
        plan.delete = unkept(&reasons);
        reasons.retain(|_, codes| !codes.is_empty());
        plan.keep = reasons;
    }
}
