//! Indexes that somebody reads, and nobody pulls.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Image};

/// Pulls of indexes within a minute, without what they list: whoever runs an image pulls that, too. A program that only reads
/// what indexes list leaves them, such as a run with another run store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAlone {
    /// How many indexes.
    pub indexes: u64,
    /// The first of these pulls.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

/// What a run that reads manifests in no time at all leaves behind.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

/// A pull that is as old before another shows each of them: ECR refreshes a pull time within a day.
const REFRESHED: SignedDuration = SignedDuration::from_hours(48);

/// Where most indexes of a repository were read at once, since a time. None where fewer than two were.
///
/// Pull times are those of others: what the runs of this store have read themselves is taken out of them already.
#[must_use]
pub fn read_alone(images: &[Image], since: Timestamp) -> Option<ReadAlone> {
    let pulls: HashMap<Digest, Option<Timestamp>> =
        images.iter().map(|image| (image.digest, image.pulled_at)).collect();
    let mut times: Vec<Timestamp> = images
        .iter()
        .filter_map(|index| {
            let at = index.pulled_at.filter(|at| *at >= since)?;
            let mut there = index.known_children().iter().filter_map(|it| pulls.get(it)).peekable();
            there.peek()?;
            let is_alone = there.flatten().all(|child| at.duration_since(*child) > REFRESHED);
            is_alone.then_some(at)
        })
        .collect();
    times.sort_unstable();
    let mut most: Option<ReadAlone> = None;
    let mut first = 0;
    for (last, to) in times.iter().enumerate() {
        while to.duration_since(times[first]) > AT_ONCE {
            first += 1;
        }
        let indexes = (last - first + 1) as u64;
        if indexes > 1 && most.is_none_or(|most| indexes > most.indexes) {
            most = Some(ReadAlone { indexes, from: times[first], to: *to });
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaType;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn digest(number: u8) -> Digest {
        Digest::from_bytes([number; 32])
    }

    /// An index of one image, each with its last pull.
    fn index(number: u8, pulled: i64, child: Option<i64>) -> [Image; 2] {
        let listed = digest(100 + number);
        let index = Image {
            media_type: MediaType::OciIndex,
            children: Some(vec![listed]),
            pulled_at: Some(at(pulled)),
            ..Image::new(digest(number))
        };
        [index, Image { pulled_at: child.map(at), ..Image::new(listed) }]
    }

    fn found(images: &[[Image; 2]], since: i64) -> Option<(u64, i64, i64)> {
        let found = read_alone(images.as_flattened(), at(since))?;
        let seconds = |time: Timestamp| time.as_second() - 1_700_000_000;
        Some((found.indexes, seconds(found.from), seconds(found.to)))
    }

    #[test]
    fn indexes_that_are_pulled_at_once_without_what_they_list_were_only_read() {
        let days_before = -3 * 86_400;
        let images = [index(1, 0, None), index(2, 40, Some(days_before)), index(3, 60, None)];
        assert_eq!(found(&images, -10), Some((3, 0, 60)));
        assert_eq!(found(&images, 30), Some((2, 40, 60)), "what was long ago keeps nothing");
        assert_eq!(found(&images[..1], -10), None, "one may be anything");
    }

    #[test]
    fn whoever_pulls_an_image_pulls_what_its_index_lists() {
        for child in [-1_000, 0, 5, 1_000] {
            assert_eq!(found(&[index(1, 0, Some(child)), index(2, 1, Some(child))], -10), None);
        }
    }

    #[test]
    fn pulls_that_are_apart_are_of_many() {
        let apart = [index(1, 0, None), index(2, 61, None), index(3, 200, None)];
        assert_eq!(found(&apart, -10), None);
        let most = [index(1, 0, None), index(2, 30, None), index(3, 80, None), index(4, 90, None)];
        assert_eq!(found(&most, -10), Some((3, 30, 90)));
    }

    #[test]
    fn of_an_index_whose_parts_are_not_there_nothing_is_told() {
        let alone = |number| index(number, 0, None)[0].clone();
        assert_eq!(read_alone(&[alone(1), alone(2)], at(-10)), None);
    }
}
