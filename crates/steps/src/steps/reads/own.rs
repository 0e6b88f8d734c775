//! Which pull times our own reads have left.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, Image};
use ecr_sweep_protocol::documents::ManifestRead;
use jiff::{SignedDuration, Timestamp};

/// How far the registry's clock may be from ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(3);

/// The longest that reading takes, throttled: what a document says of longer ones is not believed.
const LONGEST_READ: SignedDuration = SignedDuration::from_mins(30);

/// How much later than it was written down a read of which nothing more is known may have been
/// made. What was made later counts as somebody else's.
const LONGEST_UNKNOWN: SignedDuration = SignedDuration::from_secs(10);

/// How far the registry's clock may be from ours where a time alone has to tell.
const SMALL_SKEW: SignedDuration = SignedDuration::from_secs(2);

/// Which read it is.
type ReadId = (Digest, Timestamp);

/// Whether a pull time is what a read has left, and no other pull.
pub(super) fn is_own(read: &ManifestRead, pulled_at: Timestamp) -> bool {
    read.pulled_after == Some(pulled_at)
        && is_within(pulled_at, read.from, read.to.unwrap_or(read.from), CLOCK_SKEW)
}

/// What became of reads of which that is not known, by the pull times of the images now: the time
/// that they have left, or none where it was somebody else's pull. What shows no pull since is not
/// settled, and may be under way.
///
/// Nothing but its time tells an own read. One that was never answered counts as ours if it is a
/// few seconds later than what was written down before it, and, of the images that were read
/// together, the first or at the very time of another one. An earlier version wrote down when the
/// answer had come, and did not look: there the two times tell.
pub(super) fn settled(
    reads: &[ManifestRead],
    images: &[Image],
) -> BTreeMap<ReadId, Option<Timestamp>> {
    let pulled_at = |digest: Digest| {
        let at = images.binary_search_by_key(&digest, |image| image.digest).ok()?;
        images[at].pulled_at
    };
    let unknown: Vec<(&ManifestRead, Timestamp)> = reads
        .iter()
        .filter(|read| read.pulled_after.is_none())
        .filter_map(|read| Some((read, pulled_at(read.digest)?)))
        .filter(|(read, pulled_at)| read.pulled_before != Some(*pulled_at))
        .collect();
    if unknown.is_empty() {
        return BTreeMap::new();
    }
    let known = reads.iter().filter_map(|read| Some((read, read.pulled_after?)));
    let mut together: BTreeMap<Timestamp, BTreeMap<Timestamp, usize>> = BTreeMap::new();
    for (read, pulled_at) in known.chain(unknown.iter().copied()) {
        *together.entry(read.from).or_default().entry(pulled_at).or_default() += 1;
    }
    let is_of_others_too = |read: &ManifestRead, pulled_at: Timestamp| {
        let times = &together[&read.from];
        times[&pulled_at] > 1 || times.keys().next() == Some(&pulled_at)
    };
    unknown
        .into_iter()
        .map(|(read, pulled_at)| {
            let is_own = match read.to {
                Some(to) => is_within(pulled_at, read.from, to, SMALL_SKEW),
                None => {
                    is_within(pulled_at, read.from, later(read.from, LONGEST_UNKNOWN), SMALL_SKEW)
                        && is_of_others_too(read, pulled_at)
                }
            };
            ((read.digest, read.from), is_own.then_some(pulled_at))
        })
        .collect()
}

/// Writes that into the reads: those that left nothing are left out.
pub(super) fn settle(reads: &mut Vec<ManifestRead>, settled: &BTreeMap<ReadId, Option<Timestamp>>) {
    reads.retain_mut(|read| match settled.get(&(read.digest, read.from)) {
        Some(pulled_after) if read.pulled_after.is_none() => {
            read.pulled_after = *pulled_after;
            pulled_after.is_some()
        }
        _ => true,
    });
}

fn is_within(time: Timestamp, from: Timestamp, to: Timestamp, skew: SignedDuration) -> bool {
    to.duration_since(from) <= LONGEST_READ
        && earlier(from, skew) <= time
        && time <= later(to, skew)
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u8) -> Digest {
        format!("sha256:{number:064x}").parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn read(number: u8, from: i64, to: Option<i64>) -> ManifestRead {
        ManifestRead {
            digest: digest(number),
            from: at(from),
            to: to.map(at),
            pulled_before: None,
            pulled_after: None,
        }
    }

    fn image(number: u8, pulled_at: i64) -> Image {
        Image { pulled_at: Some(at(pulled_at)), ..Image::new(digest(number)) }
    }

    /// Of images that were read together, each with its pull time: which of these are our own.
    fn own(reads: &[ManifestRead], images: &[Image]) -> Vec<bool> {
        let mut reads = reads.to_vec();
        let settled = settled(&reads, images);
        settle(&mut reads, &settled);
        images
            .iter()
            .map(|image| {
                let of_it = reads.iter().filter(|read| read.digest == image.digest);
                of_it.into_iter().any(|read| is_own(read, image.pulled_at.unwrap()))
            })
            .collect()
    }

    #[test]
    fn only_the_very_time_that_was_shown_is_our_own() {
        let known = ManifestRead { pulled_after: Some(at(1)), ..read(1, 0, Some(2)) };
        assert!(is_own(&known, at(1)));
        for somebodys in [at(0), at(2), at(100)] {
            assert!(!is_own(&known, somebodys));
        }
        let millisecond = at(1).checked_add(SignedDuration::from_millis(1)).unwrap();
        assert!(!is_own(&known, millisecond));
        assert!(!is_own(&read(1, 0, Some(2)), at(1)), "nobody has looked");
    }

    #[test]
    fn a_time_that_is_far_from_the_read_is_not_its_own_whatever_was_written_down() {
        let century =
            ManifestRead { pulled_after: Some(at(50)), ..read(1, 0, Some(3_000_000_000)) };
        assert!(!is_own(&century, at(50)));
        let before = ManifestRead { pulled_after: Some(at(-1_000)), ..read(1, 0, Some(1)) };
        assert!(!is_own(&before, at(-1_000)));
        let backwards = ManifestRead { pulled_after: Some(at(0)), ..read(1, 1_000, Some(0)) };
        assert!(!is_own(&backwards, at(0)));
    }

    #[test]
    fn of_what_was_read_together_and_not_answered_the_pull_of_another_stands_out() {
        let reads = [1, 2, 3].map(|number| read(number, 0, None));
        assert_eq!(own(&reads, &[image(1, 1), image(2, 1), image(3, 1)]), [true; 3]);
        assert_eq!(own(&reads, &[image(1, 1), image(2, 2), image(3, 1)]), [true, false, true]);
        assert_eq!(own(&reads, &[image(1, 2), image(2, 3), image(3, 4)]), [true, false, false]);
        assert_eq!(own(&reads, &[image(1, 60), image(2, 61), image(3, 62)]), [false; 3]);
        assert_eq!(own(&reads[..1], &[image(1, 1)]), [true]);
        assert_eq!(own(&reads[..1], &[image(1, 30)]), [false]);
    }

    #[test]
    fn what_was_settled_is_not_settled_again_by_what_is_left() {
        let mut reads = vec![read(1, 0, None), read(2, 0, None)];
        let (own, others) = (image(1, 1), image(2, 3));
        let first = settled(&reads, &[own, others.clone()]);
        settle(&mut reads, &first);
        assert_eq!(reads.len(), 1, "the pull of another leaves nothing to subtract");
        assert_eq!(settled(&reads, &[others]), BTreeMap::new());
    }

    #[test]
    fn what_shows_no_pull_since_is_left_open() {
        let open = ManifestRead { pulled_before: Some(at(-100)), ..read(1, 0, None) };
        assert_eq!(settled(&[open], &[image(1, -100)]), BTreeMap::new());
        assert_eq!(settled(&[read(1, 0, None)], &[Image::new(digest(1))]), BTreeMap::new());
    }

    #[test]
    fn a_read_of_an_earlier_version_is_told_by_its_times() {
        let reads = [read(1, 0, Some(30)), read(2, 0, Some(30))];
        assert_eq!(own(&reads, &[image(1, 12), image(2, 29)]), [true, true]);
        assert_eq!(own(&reads, &[image(1, -10), image(2, 40)]), [false, false]);
    }
}
