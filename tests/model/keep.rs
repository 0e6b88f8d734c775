//! What is kept for its own sake: by what is known of it, and by the keep rules.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use ecr_sweep_core::policy::{
    BehindDeployed, BehindTags, Clause, Counted, CountedBy, LooksAt, Newest, OfImages, OfStorage,
    Per, PulledWithin, PushedWithin, ReleaseLine, Releases, Spare, Tagged, Tags, UsedWithin,
};
use ecr_sweep_core::{Age, Digest, Image, ImageStatus, MediaType, Pattern, TaskDefinitionStatus};
use jiff::{SignedDuration, Timestamp};

use super::graph::{is_child, is_referrer, is_tagged, lists, ordinary_tags};
use super::release::{self, Tag, Version, compare};
use super::{Reasons, Scene, pattern};

const IMAGE_CONFIGURATIONS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

fn keep(reasons: &mut Reasons, image: &Image, code: &str) {
    reasons.entry(image.digest).or_default().insert(code.to_owned());
}

fn earlier(instant: Timestamp, age: Age) -> Timestamp {
    let seconds = i64::try_from(age.as_seconds()).unwrap_or(i64::MAX);
    instant.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

/// "*Within D* is inclusive: `pushed_at >= now - D`."
fn within(instant: Option<Timestamp>, age: Age, now: Timestamp) -> bool {
    instant.is_some_and(|instant| instant >= earlier(now, age))
}

/// "Listed by no index of the repository, status ACTIVE, with a push time."
fn could_count(scene: &Scene<'_>, image: &Image) -> bool {
    !is_child(image, scene.images())
        && image.status == ImageStatus::Active
        && image.pushed_at.is_some()
}

/// "No `subject`, no fallback tag", besides.
fn is_top_level(scene: &Scene<'_>, image: &Image) -> bool {
    could_count(scene, image) && !is_referrer(image)
}

/// "An image that has both an ordinary tag and a fallback tag of another image, and no subject, is
/// no top-level image, but is kept by a counting rule where it would have had a place."
fn is_beside(scene: &Scene<'_>, image: &Image) -> bool {
    could_count(scene, image) && is_referrer(image) && image.subject.is_none() && is_tagged(image)
}

/// Each image that a count of `of` keeps: those of which fewer than `count` are counted before it.
fn counted<'a>(
    scene: &Scene<'_>,
    of: &[&'a Image],
    count: u64,
    is_before: impl Fn(&Image, &Image) -> bool,
) -> Vec<&'a Image> {
    let is_kept = |image: &&&Image| {
        let before =
            of.iter().filter(|other| is_top_level(scene, other) && is_before(other, image)).count()
                as u64;
        (is_top_level(scene, image) || is_beside(scene, image)) && before < count
    };
    of.iter().filter(is_kept).copied().collect()
}

/// "Order is total: push time, newest first, then digest."
fn pushed_before(left: &Image, right: &Image) -> bool {
    (Reverse(left.pushed_at), left.digest) < (Reverse(right.pushed_at), right.digest)
}

/// "By the last pull (never pulled: by push; ties by push, then digest)."
fn pulled_before(left: &Image, right: &Image) -> bool {
    let key = |image: &Image| {
        let pulled = image.pulled_at.or(image.pushed_at);
        (Reverse(pulled), Reverse(image.pushed_at), image.digest)
    };
    key(left) < key(right)
}

/// An index, or an image of an unknown media type, of which the children are not known.
pub(super) fn is_unreadable(image: &Image) -> bool {
    match image.media_type {
        MediaType::OciIndex | MediaType::DockerList => image.children.is_none(),
        MediaType::OciManifest
        | MediaType::DockerManifest
        | MediaType::DockerSchema1
        | MediaType::SignedDockerSchema1 => false,
        MediaType::Other(_) => true,
    }
}

fn is_index(image: &Image) -> bool {
    matches!(image.media_type, MediaType::OciIndex | MediaType::DockerList)
        || image.children.as_ref().is_some_and(|children| !children.is_empty())
}

/// What is kept whatever the rules say.
pub(super) fn by_facts(scene: &Scene<'_>, reasons: &mut Reasons) {
    let images = scene.images();
    for image in images {
        if within(image.pushed_at, scene.policy.minimum_age, scene.now) {
            keep(reasons, image, "too-new");
        }
        let idle = scene.policy.minimum_idle;
        let is_restored =
            image.status == ImageStatus::Activating || within(image.restored_at, idle, scene.now);
        if within(image.pulled_at, idle, scene.now) || is_restored {
            keep(reasons, image, "recently-pulled");
        }
        if image.pushed_at.is_none() {
            keep(reasons, image, "push-time-unknown");
        }
        let foreign = image
            .artifact_type
            .as_ref()
            .filter(|artifact| !scene.rule.judge.contains(artifact))
            .is_some_and(|artifact| !IMAGE_CONFIGURATIONS.contains(&&**artifact));
        if foreign && !is_referrer(image) && !is_child(image, images) {
            keep(reasons, image, "not-an-image");
        }
        if is_unreadable(image) {
            keep(reasons, image, "manifest-unreadable");
        }
    }
}

/// "`of` says which images a clause looks at."
fn looks_at(clause: &Clause, image: &Image) -> bool {
    let matches = |patterns: &[Pattern], tag: &str| {
        patterns.iter().any(|pattern| pattern::matches(pattern, tag))
    };
    match &clause.of {
        None => true,
        Some(LooksAt::Images(of)) => is_of(*of, image),
        Some(LooksAt::Tags(patterns)) => image.tags.iter().any(|tag| matches(patterns, tag)),
        Some(LooksAt::ExceptTags(patterns)) => {
            ordinary_tags(image).iter().any(|tag| !matches(patterns, tag))
        }
        // "A tag for each pattern": take away each pattern that a tag matches, and none is left.
        Some(LooksAt::AllTags(patterns)) => {
            let mut left: Vec<&Pattern> = patterns.iter().collect();
            for tag in &image.tags {
                left.retain(|pattern| !pattern::matches(pattern, tag));
            }
            left.is_empty()
        }
        // "No tag that matches any of them", untagged images too.
        Some(LooksAt::WithoutTags(patterns)) => {
            image.tags.iter().filter(|tag| matches(patterns, tag)).count() == 0
        }
        Some(LooksAt::Storage(OfStorage::Archived)) => image.status == ImageStatus::Archived,
        Some(LooksAt::Storage(OfStorage::Active)) => image.status != ImageStatus::Archived,
    }
}

fn is_of(of: OfImages, image: &Image) -> bool {
    match of {
        OfImages::Tagged => is_tagged(image),
        OfImages::Untagged => !is_tagged(image),
        OfImages::Any => true,
    }
}

/// A clause, with the images that it looks at.
struct Of<'a> {
    clause: &'a Clause,
    images: Vec<&'a Image>,
}

fn clauses<'a>(scene: &Scene<'a>) -> Vec<Of<'a>> {
    let images = &scene.repository.images;
    let of = |clause: &'a Clause| Of {
        clause,
        images: images.iter().filter(|image| looks_at(clause, image)).collect(),
    };
    scene.rule.keep.0.iter().map(of).collect()
}

/// Every rule but `spare`, clause by clause.
pub(super) fn by_rules(scene: &Scene<'_>, reasons: &mut Reasons) {
    for of in clauses(scene) {
        by_clause(scene, &of, reasons);
    }
}

fn by_clause(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons) {
    let rules = of.clause;
    match rules.get::<PushedWithin>() {
        Some(PushedWithin::Age(age)) => pushed_within(scene, of, reasons, *age),
        Some(PushedWithin::RepositoryTag { tag, default }) => {
            match scene.repository.tags.get(tag).map(|value| whole_days(value)) {
                None => pushed_within(scene, of, reasons, *default),
                Some(Some(age)) => pushed_within(scene, of, reasons, age),
                Some(None) => everything(of, reasons, "repository-tag-unreadable"),
            }
        }
        None => {}
    }
    if let Some(UsedWithin(age)) = rules.get() {
        used_within(scene, of, reasons, *age);
    }
    for image in &of.images {
        let pulled_within = rules.get::<PulledWithin>();
        if pulled_within.is_some_and(|rule| within(image.pulled_at, rule.0, scene.now)) {
            keep(reasons, image, "pulled-within");
        }
        let patterns = rules.get::<Tags>().map_or(&[][..], |rule| &rule.0);
        let matches = |tag: &str| patterns.iter().any(|pattern| pattern::matches(pattern, tag));
        if image.tags.iter().any(|tag| matches(tag)) {
            keep(reasons, image, "tags");
        }
        if rules.get::<Tagged>().is_some() && is_tagged(image) {
            keep(reasons, image, "tagged");
        }
    }
    if let Some(Newest(rule)) = rules.get() {
        for image in newest(scene, of, &of.images, rule) {
            keep(reasons, image, "newest");
        }
    }
    if let Some(Releases { newest, per }) = rules.get() {
        releases(scene, of, reasons, *newest, *per);
    }
    if let Some(rule) = rules.get::<BehindTags>() {
        behind_tags(scene, of, reasons, rule);
    }
    if let Some(rule) = rules.get::<BehindDeployed>() {
        behind_deployed(scene, of, reasons, rule.revisions);
    }
}

fn everything(of: &Of<'_>, reasons: &mut Reasons, code: &str) {
    for image in &of.images {
        keep(reasons, image, code);
    }
}

fn pushed_within(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons, age: Age) {
    for image in &of.images {
        if within(image.pushed_at, age, scene.now) {
            keep(reasons, image, "pushed-within");
        }
    }
}

/// "Keeps what any run of the last D saw in use, this one too." "Between two looks nobody looks: what
/// was in use at one of them may have been until the next." "Where no run has looked for 35 days, or
/// runs remember for less than D, everything is kept."
fn used_within(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons, age: Age) {
    let history = scene.repository.use_history.as_ref();
    let from = earlier(scene.now, age);
    let is_known = history.is_none_or(|history| {
        let looks = history.looked_at >= earlier(scene.now, Age::days(35));
        let since = if looks { history.since.min(scene.now) } else { scene.now };
        since <= from
    });
    let now = in_use_now(scene, reasons);
    for image in &of.images {
        let seen = if now.contains(&image.digest) { Some(scene.now) } else { image.used_at };
        let nobody_looked_since = match (image.used_at, image.unused_at, history) {
            (Some(_), Some(unused_at), _) => unused_at >= from,
            (Some(used_at), None, Some(history)) => used_at >= history.looked_at,
            _ => false,
        };
        if within(seen, age, scene.now) {
            keep(reasons, image, "used-within");
        } else if !is_known || nobody_looked_since {
            keep(reasons, image, "last-use-unknown");
        }
    }
}

/// "In use is what something names, and each index that lists such an image."
fn in_use_now(scene: &Scene<'_>, reasons: &Reasons) -> BTreeSet<Digest> {
    let is_named =
        |image: &&Image| reasons[&image.digest].iter().any(|code| code.starts_with("used-by-"));
    let images = scene.images();
    let mut in_use: BTreeSet<_> = images.iter().filter(is_named).map(|it| it.digest).collect();
    loop {
        let lists_one = |image: &&Image| in_use.iter().any(|used| lists(image, *used));
        let more: BTreeSet<_> = images.iter().filter(lists_one).map(|it| it.digest).collect();
        if more.is_subset(&in_use) {
            return in_use;
        }
        in_use.extend(more);
    }
}

/// "Reads whole days from the repository's own tag."
fn whole_days(value: &str) -> Option<Age> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Age::seconds(value.parse::<u64>().ok()?.saturating_mul(86_400)))
}

/// The N newest, of the tagged, the untagged or both, images and indexes apart or together.
/// "`newest` and `spare` count tagged images where the clause has no `of`, else all of its images."
fn newest<'a>(
    scene: &Scene<'_>,
    of: &Of<'_>,
    images: &[&'a Image],
    rule: &Counted,
) -> Vec<&'a Image> {
    let which = match (rule.of, &of.clause.of) {
        (Some(which), _) => which,
        (None, None) => OfImages::Tagged,
        (None, Some(_)) => OfImages::Any,
    };
    let images: Vec<&Image> = images.iter().filter(|image| is_of(which, image)).copied().collect();
    let is_before = match rule.by {
        CountedBy::Pushed => pushed_before,
        CountedBy::Pulled => pulled_before,
    };
    match rule.per {
        Per::Repository => counted(scene, &images, rule.count, is_before),
        Per::Kind => {
            let (indexes, others): (Vec<_>, Vec<_>) =
                images.into_iter().partition(|image| is_index(image));
            let mut both = counted(scene, &indexes, rule.count, is_before);
            both.extend(counted(scene, &others, rule.count, is_before));
            both
        }
    }
}

/// "All clauses' `spare` choose among the same images: those that nothing else keeps."
pub(super) fn spare(scene: &Scene<'_>, reasons: &mut Reasons) {
    let before = reasons.clone();
    for of in clauses(scene) {
        let Some(Spare(rule)) = of.clause.get() else { continue };
        let left: Vec<&Image> =
            of.images.iter().filter(|image| before[&image.digest].is_empty()).copied().collect();
        for image in newest(scene, &of, &left, rule) {
            keep(reasons, image, "spare");
        }
    }
}

/// "An image counts once in a line, by its highest version, and equal versions share a place."
fn releases(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons, count: u64, per: ReleaseLine) {
    let line = |version: &Version| {
        let parts = match per {
            ReleaseLine::All => 0,
            ReleaseLine::Major => 1,
            ReleaseLine::Minor => 2,
        };
        (version.prefix.clone(), version.numbers[..parts].to_vec())
    };
    let mut highest: Vec<(&Image, Version)> = Vec::new();
    for image in &of.images {
        for tag in &image.tags {
            let version = match release::read(tag) {
                Tag::NoVersion => continue,
                Tag::Unreadable => {
                    keep(reasons, image, "release-unreadable");
                    continue;
                }
                Tag::Version(version) => version,
            };
            let own = highest
                .iter_mut()
                .find(|(of, own)| of.digest == image.digest && line(own) == line(&version));
            match own {
                Some((_, own)) if compare(own, &version) == Ordering::Less => *own = version,
                Some(_) => {}
                None => highest.push((image, version)),
            }
        }
    }
    for (image, own) in &highest {
        let mut newer: Vec<&Version> = Vec::new();
        for (other, found) in &highest {
            if is_top_level(scene, other)
                && line(found) == line(own)
                && compare(found, own) == Ordering::Greater
                && newer.iter().all(|known| compare(known, found) != Ordering::Equal)
            {
                newer.push(found);
            }
        }
        let counts = is_top_level(scene, image) || is_beside(scene, image);
        if counts && (newer.len() as u64) < count {
            keep(reasons, image, "releases");
        }
    }
}

fn behind_tags(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons, rule: &BehindTags) {
    let matches = |tag: &str| rule.tags.iter().any(|pattern| pattern::matches(pattern, tag));
    let carriers: Vec<&&Image> =
        of.images.iter().filter(|image| image.tags.iter().any(|tag| matches(tag))).collect();
    let anchor = carriers.iter().map(|image| image.pushed_at).min().flatten();
    let Some(anchor) = anchor else { return everything(of, reasons, "no-anchor") };
    let from = rule.within.map_or(anchor, |age| earlier(anchor, age));
    for image in &of.images {
        if image.pushed_at.is_some_and(|pushed_at| pushed_at >= from) {
            keep(reasons, image, "behind-tags");
        }
    }
    let is_before = |image: &&&Image| image.pushed_at.is_some_and(|pushed_at| pushed_at < anchor);
    let before: Vec<&Image> = of.images.iter().filter(is_before).copied().collect();
    for image in counted(scene, &before, rule.newest, pushed_before) {
        keep(reasons, image, "behind-tags");
    }
}

fn behind_deployed(scene: &Scene<'_>, of: &Of<'_>, reasons: &mut Reasons, revisions: u32) {
    let mut known = Vec::new();
    for row in scene.rows {
        if let (Some((tag, digest)), Some(revision)) =
            (row.names(scene), &row.usage.task_definition)
        {
            let family = (row.place(), revision.family.clone());
            let image = match digest {
                Some(digest) => scene.image(digest),
                None => tag.and_then(|tag| scene.with_tag(tag)),
            };
            known.push((family, revision.revision, revision.status, image));
        }
    }
    let families: BTreeSet<_> = known.iter().map(|(family, ..)| family).collect();
    let mut deployed = Vec::new();
    for family in families {
        let of_family: Vec<_> = known.iter().filter(|(own, ..)| own == family).collect();
        let highest = of_family
            .iter()
            .filter(|(_, _, status, _)| *status == TaskDefinitionStatus::Active)
            .map(|(_, revision, ..)| i64::from(*revision))
            .max();
        let Some(highest) = highest else { continue };
        let numbers = || of_family.iter().map(|(_, revision, ..)| i64::from(*revision));
        let lowest = numbers()
            .filter(|revision| *revision <= highest - i64::from(revisions))
            .max()
            .or_else(|| numbers().min());
        for (_, revision, _, image) in of_family {
            if lowest.is_some_and(|lowest| i64::from(*revision) >= lowest) {
                deployed.push(image.and_then(|image| image.pushed_at));
            }
        }
    }
    // No deployed image at all has no minimum; one without a push time is the minimum.
    let threshold = deployed.into_iter().min().flatten();
    let Some(threshold) = threshold else { return everything(of, reasons, "no-anchor") };
    for image in &of.images {
        if image.pushed_at.is_some_and(|pushed_at| pushed_at >= threshold) {
            keep(reasons, image, "behind-deployed");
        }
    }
}
