//! What is left to delete, in an order that is safe to stop anywhere.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::registry::IDS_A_CALL;
use ecr_sweep_core::{Digest, Image, Queued, RepositoryPlan, Wave};
use ecr_sweep_protocol::documents::StoredPlan;

/// An image that both plans delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The image as the plan made again saw it.
    pub(super) queued: Queued,
    /// Its wave, counted from 0.
    pub(super) wave: usize,
    /// Why it stays, if it is not what the reviewed plan saw.
    pub(super) changed: Option<String>,
}

/// An image that only the reviewed plan deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Withdrawn {
    /// It is gone.
    Gone,
    /// It stays, for this reason.
    Stays(String),
}

/// The images that both plans delete, in batches of one wave each.
pub(super) fn batches(plan: &StoredPlan, recheck: &StoredPlan) -> Vec<Vec<Candidate>> {
    let reviewed = queued_by_digest(&plan.waves);
    let mut batches = Vec::new();
    for (wave, images) in recheck.waves.iter().enumerate() {
        let candidates: Vec<Candidate> = images
            .iter()
            .filter_map(|queued| {
                let before = reviewed.get(&queued.digest)?;
                let changed = change(before, &queued.tags, queued.status, queued.pulled_at)
                    .map(|change| format!("{change} since it was planned"));
                Some(Candidate { queued: queued.clone(), wave, changed })
            })
            .collect();
        batches.extend(candidates.chunks(IDS_A_CALL).map(<[Candidate]>::to_vec));
    }
    batches
}

/// The images that the reviewed plan deletes and the plan made again does not.
pub(super) fn withdrawn(plan: &StoredPlan, recheck: &StoredPlan) -> Vec<(Queued, Withdrawn)> {
    let still: BTreeSet<Digest> = recheck.waves.iter().flatten().map(|it| it.digest).collect();
    let why = reasons_to_stay(&recheck.plan);
    plan.waves
        .iter()
        .flatten()
        .filter(|queued| !still.contains(&queued.digest))
        .map(|queued| {
            let stays = why.get(&queued.digest).cloned();
            (queued.clone(), stays.map_or(Withdrawn::Gone, Withdrawn::Stays))
        })
        .collect()
}

/// What is different about an image since it was planned.
pub(super) fn change_since(planned: &Queued, now: &Image) -> Option<String> {
    let mut tags = now.tags.clone();
    tags.sort();
    change(planned, &tags, now.status, now.pulled_at)
}

fn change(
    planned: &Queued,
    tags: &[Box<str>],
    status: ecr_sweep_core::ImageStatus,
    pulled_at: Option<jiff::Timestamp>,
) -> Option<String> {
    if planned.tags != tags {
        return Some(format!(
            "its tags changed from [{}] to [{}]",
            planned.tags.join(", "),
            tags.join(", ")
        ));
    }
    if planned.status != status {
        return Some(format!("its status changed from {:?} to {status:?}", planned.status));
    }
    if planned.pulled_at != pulled_at {
        return Some(match pulled_at {
            Some(pulled_at) => format!("it was pulled at {pulled_at}"),
            None => "its pull time changed".to_owned(),
        });
    }
    None
}

fn queued_by_digest(waves: &[Wave]) -> BTreeMap<Digest, &Queued> {
    waves.iter().flatten().map(|queued| (queued.digest, queued)).collect()
}

fn reasons_to_stay(plan: &RepositoryPlan) -> BTreeMap<Digest, String> {
    let kept = plan.keep.iter().map(|kept| {
        let codes: Vec<_> = kept.reasons.iter().map(|reason| reason.code.text()).collect();
        (kept.digest, format!("planned again, it is kept: {}", unique(codes)))
    });
    let blocked = plan.blocked.iter().flat_map(|block| {
        let reason = format!("planned again, the repository is blocked: {}", block.code);
        block.would_delete.iter().map(move |digest| (*digest, reason.clone()))
    });
    kept.chain(blocked).collect()
}

fn unique(codes: Vec<std::borrow::Cow<'static, str>>) -> String {
    let codes: BTreeSet<_> = codes.into_iter().collect();
    codes.into_iter().collect::<Vec<_>>().join(", ")
}
