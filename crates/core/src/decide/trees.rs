//! What goes where a limit lets the oldest go first: whole trees, as many as fit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::{Digest, Wave};

/// An image of one of several repositories: the place of the repository, and the digest.
type At = (usize, Digest);

/// What would be deleted, with what has to go before each.
#[derive(Default)]
pub(super) struct Trees {
    pushed_at: HashMap<At, Option<Timestamp>>,
    /// What each has to wait for.
    waits_for: HashMap<At, Vec<At>>,
    /// What waits for each.
    below: BTreeMap<At, Vec<At>>,
}

impl Trees {
    /// Adds what would be deleted in one repository. What an image waits for is as its waves say.
    pub(super) fn add(
        &mut self,
        repository: usize,
        waves: &[Wave],
        pushed_at: impl Fn(Digest) -> Option<Timestamp>,
    ) {
        for queued in waves.iter().flatten() {
            let at = (repository, queued.digest);
            let before: Vec<At> = queued.after.iter().map(|it| (repository, *it)).collect();
            for before in &before {
                self.below.entry(*before).or_default().push(at);
            }
            self.pushed_at.insert(at, pushed_at(queued.digest));
            self.waits_for.insert(at, before);
        }
    }

    /// The tops of the trees that stay: of each tree what waits for nothing.
    ///
    /// The oldest go first, by their top; a tree is its top and all that waits for nothing but what
    /// goes. One that does not fit is passed over.
    pub(super) fn tops_that_stay(&self, allowed: u64) -> BTreeSet<At> {
        let mut waiting: HashMap<At, usize> =
            self.waits_for.iter().map(|(at, before)| (*at, before.len())).collect();
        let mut tops: Vec<At> =
            waiting.iter().filter(|(_, before)| **before == 0).map(|(at, _)| *at).collect();
        tops.sort_unstable_by_key(|at| {
            let (repository, digest) = *at;
            (self.pushed_at[at], std::cmp::Reverse((digest, repository)))
        });
        let mut left = allowed;
        let mut staying = BTreeSet::new();
        for top in tops {
            let (tree, waits) = self.tree(top, &waiting);
            if tree <= left {
                left -= tree;
                waiting.extend(waits);
            } else {
                staying.insert(top);
            }
        }
        staying
    }

    /// How many images a tree has, and for how many each that waits for any of it waits still.
    fn tree(&self, top: At, waiting: &HashMap<At, usize>) -> (u64, HashMap<At, usize>) {
        let (mut count, mut waits) = (0, HashMap::new());
        let mut open = vec![top];
        while let Some(at) = open.pop() {
            count += 1;
            for below in self.below.get(&at).into_iter().flatten() {
                let left = waits.entry(*below).or_insert_with(|| waiting[below]);
                *left -= 1;
                if *left == 0 {
                    open.push(*below);
                }
            }
        }
        (count, waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{digest, image, index, referrer};
    use crate::{Image, deletion_waves};

    fn staying(images: &[Image], allowed: u64) -> Vec<u8> {
        let digests: Vec<Digest> = images.iter().map(|image| image.digest).collect();
        let pushed_at = |of: Digest| images.iter().find(|it| it.digest == of).unwrap().pushed_at;
        let mut trees = Trees::default();
        trees.add(0, &deletion_waves(images, &digests), pushed_at);
        let tops = trees.tops_that_stay(allowed).into_iter();
        let mut tops: Vec<u8> =
            tops.map(|(_, of)| (0..=u8::MAX).find(|n| digest(*n) == of).unwrap()).collect();
        tops.sort_unstable();
        tops
    }

    #[test]
    fn a_tree_that_does_not_fit_is_passed_over() {
        let images = [
            index(1, 90, &[2, 3, 4]),
            image(2, 91),
            image(3, 91),
            image(4, 91),
            image(5, 80),
            index(6, 70, &[7]),
            image(7, 71),
            image(8, 60),
        ];
        assert_eq!(staying(&images, 3), [1, 8]);
        assert_eq!(staying(&images, 2), [1, 6]);
        assert_eq!(staying(&images, 4), [5, 6, 8]);
        assert_eq!(staying(&images, 0), [1, 5, 6, 8]);
        assert_eq!(staying(&images, 8), [0_u8; 0]);
    }

    #[test]
    fn what_two_trees_share_goes_with_the_last_of_them() {
        let images = [index(1, 90, &[3]), index(2, 80, &[3]), image(3, 95), referrer(4, 60, 3)];
        assert_eq!(staying(&images, 1), [2]);
        assert_eq!(staying(&images, 3), [2]);
        assert_eq!(staying(&images, 4), [0_u8; 0]);
    }

    #[test]
    fn of_trees_pushed_at_the_same_time_the_last_in_order_goes_first() {
        assert_eq!(staying(&[image(1, 90), image(2, 90), image(3, 90)], 1), [1, 2]);
    }

    #[test]
    fn a_repository_of_its_own_shares_nothing() {
        let images = [image(1, 90)];
        let mut trees = Trees::default();
        for repository in [0, 1] {
            trees.add(repository, &deletion_waves(&images, &[digest(1)]), |_| None);
        }
        assert_eq!(trees.tops_that_stay(1), [(0, digest(1))].into());
    }
}
