//! "`oldest_first` lets go as many whole trees as fit, in the reverse of the total order; one that
//! does not fit is passed over."

use std::cmp::Reverse;
use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image};

use super::graph::{lists, refers_to};

/// An image that would go, of which repository.
type Going<'a> = (usize, &'a Image);

/// What has to go before an image: what lists it and what it refers to. Those that wait for one
/// another do not count.
fn waits_for<'a>(going: &[Going<'a>], (at, image): Going<'_>) -> Vec<Going<'a>> {
    let before = direct(going, at, image);
    before.into_iter().filter(|(_, it)| !reaches(going, at, it, image.digest)).collect()
}

fn direct<'a>(going: &[Going<'a>], at: usize, image: &Image) -> Vec<Going<'a>> {
    let is_before = |(own, other): &&Going<'_>| {
        *own == at
            && other.digest != image.digest
            && (lists(other, image.digest) || refers_to(image, other.digest))
    };
    going.iter().filter(is_before).copied().collect()
}

/// Whether an image waits for another, in turn.
fn reaches(going: &[Going<'_>], at: usize, from: &Image, to: Digest) -> bool {
    let mut seen = BTreeSet::from([from.digest]);
    let mut open = vec![from];
    while let Some(image) = open.pop() {
        for (_, before) in direct(going, at, image) {
            if before.digest == to {
                return true;
            }
            if seen.insert(before.digest) {
                open.push(before);
            }
        }
    }
    false
}

/// The tops of the trees that do not fit, each with its repository.
pub(super) fn that_stay(going: &[Going<'_>], allowed: usize) -> Vec<(usize, Digest)> {
    let waits: Vec<(Going<'_>, Vec<Going<'_>>)> =
        going.iter().map(|it| (*it, waits_for(going, *it))).collect();
    let mut tops: Vec<Going<'_>> =
        waits.iter().filter(|(_, before)| before.is_empty()).map(|(it, _)| *it).collect();
    tops.sort_by_key(|(at, image)| (image.pushed_at, Reverse(image.digest), Reverse(*at)));
    let mut gone: BTreeSet<(usize, Digest)> = BTreeSet::new();
    let mut stay = Vec::new();
    for (at, top) in tops {
        let mut with_tree = gone.clone();
        with_tree.insert((at, top.digest));
        loop {
            let before = with_tree.len();
            for ((at, image), before) in &waits {
                let is_gone = |(at, it): &Going<'_>| with_tree.contains(&(*at, it.digest));
                if !before.is_empty() && before.iter().all(is_gone) {
                    with_tree.insert((*at, image.digest));
                }
            }
            if with_tree.len() == before {
                break;
            }
        }
        if with_tree.len() <= allowed {
            gone = with_tree;
        } else {
            stay.push((at, top.digest));
        }
    }
    stay
}
