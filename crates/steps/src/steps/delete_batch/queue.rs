//! What is left to delete, in an order that is safe to stop anywhere.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use ecr_sweep_aws::registry::IDS_A_CALL;
use ecr_sweep_core::{Digest, Image, Kept, Queued, ReasonCode, RepositoryPlan, Wave};
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
    /// It is archived by now, as was planned; or, if that was somebody else, it stays for this reason.
    Archived(String),
    /// It stays, for this reason.
    Stays(String),
}

/// The most images of one batch: so many are looked at, stored and asked for together. Between the
/// look and the answer is the time of one call each, and what a batch costs in documents is a
/// hundredth of an image's.
pub(super) const A_BATCH: usize = 5 * IDS_A_CALL;

/// As how many images of a batch one counts that is archived: a call takes one of them, and what is looked
/// at has to be asked for soon.
const ARCHIVAL: usize = 5;

/// The images that both plans delete and that were not taken yet, in the order of the waves.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Candidate>,
    /// Their digests.
    digests: HashSet<Digest>,
}

/// What is taken out of the queue together.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The next batch: what has to go before these images is gone.
    pub(super) batch: Vec<Candidate>,
    /// What stays, because something that has to go before it does.
    pub(super) held: Vec<(Candidate, Digest)>,
}

impl Queue {
    pub(super) fn of(plan: &StoredPlan, recheck: &StoredPlan) -> Self {
        let reviewed = queued_by_digest(&plan.waves);
        let candidates = recheck.waves.iter().enumerate().flat_map(|(wave, images)| {
            let reviewed = &reviewed;
            images.iter().filter_map(move |queued| {
                let before = reviewed.get(&queued.digest)?;
                let changed = change(before, &queued.tags, queued.status, queued.pulled_at)
                    .or_else(|| change_of_action(before, queued))
                    .map(|change| format!("{change} since it was planned"));
                Some(Candidate { queued: queued.clone(), wave, changed })
            })
        });
        let waiting: VecDeque<Candidate> = candidates.collect();
        let digests = waiting.iter().map(|candidate| candidate.queued.digest).collect();
        Self { waiting, digests }
    }

    /// Takes the next batch, and what has lost what it waited for; none at the end. A batch takes
    /// from later waves what is free to go, so that calls are as full as the order allows.
    ///
    /// `is_done` is whether nothing is left to do about an image, `lets_go` whether one that waits for
    /// another may go.
    pub(super) fn take(
        &mut self,
        is_done: impl Fn(&Digest) -> bool,
        lets_go: impl Fn(&Digest, &Queued) -> bool,
    ) -> Option<Taken> {
        let mut taken = Taken::default();
        let mut left = Vec::new();
        let mut weight = 0;
        while weight < A_BATCH
            && let Some(candidate) = self.waiting.pop_front()
        {
            if is_done(&candidate.queued.digest) {
                self.digests.remove(&candidate.queued.digest);
                continue;
            }
            let mut after = candidate.queued.after.iter().copied();
            match after.find(|before| !lets_go(before, &candidate.queued)) {
                None => {
                    weight += if candidate.queued.archive { ARCHIVAL } else { 1 };
                    taken.batch.push(candidate);
                }
                Some(before) if self.digests.contains(&before) => left.push((candidate, before)),
                Some(before) => taken.held.push((candidate, before)),
            }
        }
        if taken.batch.is_empty() && taken.held.is_empty() {
            // They wait for one another: nothing will ever set them free.
            taken.held.append(&mut left);
        }
        // A call that is not full waits for what the others set free.
        let full = taken.batch.len() / IDS_A_CALL * IDS_A_CALL;
        let later = if left.is_empty() || full == 0 { taken.batch.len() } else { full };
        let put_back = taken.batch.split_off(later).into_iter();
        for candidate in put_back.chain(left.into_iter().map(|(left, _)| left)).rev() {
            self.waiting.push_front(candidate);
        }
        for candidate in taken.batch.iter().chain(taken.held.iter().map(|(held, _)| held)) {
            self.digests.remove(&candidate.queued.digest);
        }
        (!taken.batch.is_empty() || !taken.held.is_empty()).then_some(taken)
    }
}

/// The images that the reviewed plan deletes and the plan made again does not.
pub(super) fn withdrawn(plan: &StoredPlan, recheck: &StoredPlan) -> Vec<(Queued, Withdrawn)> {
    let still: BTreeSet<Digest> = recheck.waves.iter().flatten().map(|it| it.digest).collect();
    let why = reasons_to_stay(&recheck.plan);
    let is_in_archive =
        |kept: &&Kept| kept.reasons.iter().any(|it| it.code == ReasonCode::InArchive);
    let in_archive = recheck.plan.keep.iter().filter(is_in_archive);
    let in_archive: BTreeSet<Digest> = in_archive.map(|kept| kept.digest).collect();
    plan.waves
        .iter()
        .flatten()
        .filter(|queued| !still.contains(&queued.digest))
        .map(|queued| {
            let withdrawn = match why.get(&queued.digest).cloned() {
                None => Withdrawn::Gone,
                Some(why) if queued.archive && in_archive.contains(&queued.digest) => {
                    Withdrawn::Archived(why)
                }
                Some(why) => Withdrawn::Stays(why),
            };
            (queued.clone(), withdrawn)
        })
        .collect()
}

/// What is different about an image since it was planned.
pub(super) fn change_since(planned: &Queued, now: &Image) -> Option<String> {
    let mut tags = now.tags.clone();
    tags.sort();
    change(planned, &tags, now.status, now.pulled_at)
}

/// What is different about what was to be done with an image.
fn change_of_action(planned: &Queued, now: &Queued) -> Option<String> {
    match (planned.archive, now.archive) {
        (true, false) => Some("it is to be deleted, and not archived,".to_owned()),
        (false, true) => Some("it is to be archived, and not deleted,".to_owned()),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use ecr_sweep_core::ImageStatus;

    use super::*;

    fn digest(number: usize) -> Digest {
        format!("sha256:{number:064x}").parse().unwrap()
    }

    /// Images by number, each with those that have to go before it.
    fn queue(images: &[(usize, &[usize])]) -> Queue {
        let waiting: VecDeque<Candidate> = images
            .iter()
            .map(|(number, after)| Candidate {
                queued: Queued {
                    digest: digest(*number),
                    tags: Vec::new(),
                    status: ImageStatus::Active,
                    pulled_at: None,
                    after: after.iter().map(|number| digest(*number)).collect(),
                    archive: false,
                },
                wave: 0,
                changed: None,
            })
            .collect();
        let digests = waiting.iter().map(|candidate| candidate.queued.digest).collect();
        Queue { waiting, digests }
    }

    /// How large each batch is, and what is held, where all goes that is asked for but `stays`.
    fn sizes(mut queue: Queue, stays: &[usize]) -> (Vec<usize>, Vec<(Digest, Digest)>) {
        let stays: Vec<Digest> = stays.iter().map(|number| digest(*number)).collect();
        let mut gone = BTreeSet::new();
        let (mut sizes, mut held) = (Vec::new(), Vec::new());
        while let Some(taken) =
            queue.take(|digest| gone.contains(digest), |before, _| gone.contains(before))
        {
            for candidate in &taken.batch {
                assert!(candidate.queued.after.iter().all(|before| gone.contains(before)));
            }
            sizes.push(taken.batch.len());
            let asked = taken.batch.iter().map(|it| it.queued.digest);
            gone.extend(asked.filter(|digest| !stays.contains(digest)));
            held.extend(taken.held.iter().map(|(it, before)| (it.queued.digest, *before)));
        }
        (sizes, held)
    }

    #[test]
    fn a_call_is_as_full_as_the_order_allows() {
        // 130 indexes of one child each, and 40 images by themselves.
        let indexes = (0..130).map(|number| (number, Vec::new()));
        let children = (0..130).map(|number| (1_000 + number, vec![number]));
        let alone = (0..40).map(|number| (2_000 + number, Vec::new()));
        let images: Vec<(usize, Vec<usize>)> = indexes.chain(alone).chain(children).collect();
        let images: Vec<_> = images.iter().map(|(it, after)| (*it, after.as_slice())).collect();
        assert_eq!(sizes(queue(&images), &[]), (vec![100, 100, 100], vec![]));
    }

    #[test]
    fn what_waits_for_an_image_that_stays_is_held() {
        let images: [(usize, &[usize]); 4] = [(1, &[]), (2, &[1]), (3, &[2]), (4, &[9])];
        let (batches, held) = sizes(queue(&images), &[1]);
        let expected = [(4, 9), (2, 1), (3, 2)].map(|(it, before)| (digest(it), digest(before)));
        assert_eq!(held, expected);
        assert_eq!(batches, [1, 0, 0]);
    }

    #[test]
    fn images_that_wait_for_one_another_are_held() {
        let images: [(usize, &[usize]); 3] = [(1, &[2]), (2, &[1]), (3, &[])];
        let (batches, held) = sizes(queue(&images), &[]);
        assert_eq!((batches, held.len()), (vec![1, 0], 2));
    }
}
