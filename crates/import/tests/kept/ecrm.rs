//! `ecrm.yaml`, as ecrm plans: <https://github.com/fujiwara/ecrm/blob/main/planner.go>.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ecr_sweep_core::{Digest, Image, Repository};
use ecr_sweep_import::Tool;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::cases;
use crate::world::{hold, is_part_of_none, matches, now, pushed, repository, with_parts};

#[derive(Debug, Clone)]
struct Entry {
    pattern: &'static str,
    days: i64,
    count: usize,
    tags: Vec<&'static str>,
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let patterns = prop::sample::select(&["*", "prod/*", "dev/*", "dev/app", "*app", "???s"][..]);
    let tags = prop::sample::select(&["latest", "v*", "*-rc", "prod", "dev?", "*"][..]);
    let entry = (patterns, 1..30_i64, 0..4_usize, prop::collection::vec(tags, 0..3));
    let entry = entry.prop_map(|(pattern, days, count, tags)| Entry { pattern, days, count, tags });
    prop::collection::vec(entry, 1..4)
}

fn document(entries: &[Entry]) -> String {
    let mut text = String::from("repositories:\n");
    for Entry { pattern, days, count, tags } in entries {
        writeln!(text, "  - name_pattern: \"{pattern}\"\n    expires: {days}days").unwrap();
        if *count > 0 {
            writeln!(text, "    keep_count: {count}").unwrap();
        }
        if !tags.is_empty() {
            writeln!(text, "    keep_tag_patterns: {tags:?}").unwrap();
        }
    }
    text
}

impl Entry {
    fn kept(&self, images: &[Image]) -> BTreeSet<Digest> {
        let mut images: Vec<Image> = images.to_vec();
        images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let is_index = |image: &&Image| image.is_index();
        let mut kept = self.of_a_kind(images.iter().filter(is_index), &BTreeSet::new());
        kept = with_children(&images, kept);
        let rest = images.iter().filter(|image| !image.is_index());
        kept.extend(self.of_a_kind(rest, &kept));
        let kept = with_parts(&images, kept);
        // What nothing but the count keeps.
        let alone = Self { count: 0, ..self.clone() };
        let otherwise = alone.of_a_kind(images.iter(), &BTreeSet::new());
        let counts = |image: &Image| {
            otherwise.contains(&image.digest) || !is_part_of_none(image, &images, &kept)
        };
        images
            .iter()
            .filter(|image| kept.contains(&image.digest) && counts(image))
            .map(|it| it.digest)
            .collect()
    }

    /// Those of images, or of indexes, that stay: what is young, tagged as said or needed; and so many
    /// of the tagged ones besides.
    fn of_a_kind<'a>(
        &self,
        images: impl Iterator<Item = &'a Image>,
        needed: &BTreeSet<Digest>,
    ) -> BTreeSet<Digest> {
        let latest = ["latest"];
        let tags = if self.tags.is_empty() { &latest[..] } else { &self.tags };
        let since = now() - SignedDuration::from_hours(24 * self.days);
        let mut spare = self.count;
        images
            .filter(|image| {
                let is_named = image
                    .tags
                    .iter()
                    .any(|tag| tags.iter().any(|it| matches(it.as_bytes(), tag.as_bytes())));
                if needed.contains(&image.digest) || is_named || image.pushed_at.unwrap() >= since {
                    return true;
                }
                let is_spare = !image.tags.is_empty() && spare > 0;
                spare -= usize::from(is_spare);
                is_spare
            })
            .map(|image| image.digest)
            .collect()
    }
}

fn with_children(images: &[Image], kept: BTreeSet<Digest>) -> BTreeSet<Digest> {
    let listed = images.iter().filter(|image| kept.contains(&image.digest));
    let listed: Vec<Digest> = listed.flat_map(|it| it.children.iter().flatten().copied()).collect();
    kept.into_iter().chain(listed).collect()
}

/// What ecrm keeps: everything where no entry matches, else what the first that does leaves.
fn kept(entries: &[Entry], repositories: &[Repository]) -> BTreeSet<Digest> {
    let of_one = |repository: &Repository| {
        let takes = |entry: &&Entry| matches(entry.pattern.as_bytes(), repository.name.as_bytes());
        match entries.iter().find(takes) {
            Some(entry) => entry.kept(&repository.images),
            None => repository.images.iter().map(|image| image.digest).collect(),
        }
    };
    repositories.iter().flat_map(of_one).collect()
}

#[test]
fn what_ecrm_keeps_stays() {
    let mut runner = proptest::test_runner::TestRunner::new(cases());
    let deleted = std::cell::Cell::new(0);
    let drawn = (entries(), prop::array::uniform3(pushed()));
    runner
        .run(&drawn, |(entries, [app, dev, tools])| {
            let repositories = [
                repository("prod/app", &app),
                repository("dev/app", &dev),
                repository("ops", &tools),
            ];
            let kept = kept(&entries, &repositories);
            deleted
                .set(deleted.get() + hold(Tool::Ecrm, &document(&entries), &repositories, &kept)?);
            Ok(())
        })
        .unwrap();
    assert!(deleted.get() > 100, "so little goes that this says nothing: {}", deleted.get());
}
