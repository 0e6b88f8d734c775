//! What is kept for its own sake: by what is known of it, and by the keep rules.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{
    BehindDeployed, BehindTags, Counted, Newest, OfImages, Per, PulledWithin, PushedWithin,
    ReleaseLine, Releases, Spare, Tagged, Tags,
};
use ecr_sweep_core::{Age, Image, ImageStatus, MediaType, TaskDefinitionStatus};
use jiff::{SignedDuration, Timestamp};

use super::graph::{is_child, is_referrer, is_tagged};
use super::order::newest_first;
use super::release::version;
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

/// "No `subject`, no fallback tag, listed by no index of the repository, status ACTIVE, with a push
/// time."
fn top_level<'a>(scene: &Scene<'a>) -> Vec<&'a Image> {
    let images = &scene.repository.images;
    images
        .iter()
        .filter(|image| {
            !is_referrer(image)
                && !is_child(image, images)
                && image.status == ImageStatus::Active
                && image.pushed_at.is_some()
        })
        .collect()
}

/// An index, or an image of an unknown media type, of which the children are not known.
pub(super) fn is_unreadable(image: &Image) -> bool {
    match image.media_type {
        MediaType::OciIndex | MediaType::DockerList => image.children.is_none(),
        MediaType::OciManifest | MediaType::DockerManifest => false,
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
        if within(image.pulled_at, idle, scene.now) || within(image.restored_at, idle, scene.now) {
            keep(reasons, image, "recently-pulled");
        }
        if image.pushed_at.is_none() {
            keep(reasons, image, "push-time-unknown");
        }
        let foreign = image
            .artifact_type
            .as_ref()
            .is_some_and(|artifact| !IMAGE_CONFIGURATIONS.contains(&&**artifact));
        if foreign && !is_referrer(image) && !is_child(image, images) {
            keep(reasons, image, "not-an-image");
        }
        if is_unreadable(image) {
            keep(reasons, image, "manifest-unreadable");
        }
    }
}

/// Every rule but `spare`.
pub(super) fn by_rules(scene: &Scene<'_>, reasons: &mut Reasons) {
    let rules = &scene.rule.keep;
    match rules.get::<PushedWithin>() {
        Some(PushedWithin::Age(age)) => pushed_within(scene, reasons, *age),
        Some(PushedWithin::RepositoryTag { tag, default }) => {
            match scene.repository.tags.get(tag).map(|value| whole_days(value)) {
                None => pushed_within(scene, reasons, *default),
                Some(Some(age)) => pushed_within(scene, reasons, age),
                Some(None) => everything(scene, reasons, "repository-tag-unreadable"),
            }
        }
        None => {}
    }
    for image in scene.images() {
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
        for image in newest(top_level(scene), rule) {
            keep(reasons, image, "newest");
        }
    }
    if let Some(Releases { newest, per }) = rules.get() {
        releases(scene, reasons, *newest, *per);
    }
    if let Some(rule) = rules.get::<BehindTags>() {
        behind_tags(scene, reasons, rule);
    }
    if let Some(rule) = rules.get::<BehindDeployed>() {
        behind_deployed(scene, reasons, rule.revisions);
    }
}

fn everything(scene: &Scene<'_>, reasons: &mut Reasons, code: &str) {
    for image in scene.images() {
        keep(reasons, image, code);
    }
}

fn pushed_within(scene: &Scene<'_>, reasons: &mut Reasons, age: Age) {
    for image in scene.images() {
        if within(image.pushed_at, age, scene.now) {
            keep(reasons, image, "pushed-within");
        }
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
fn newest<'a>(images: Vec<&'a Image>, rule: &Counted) -> Vec<&'a Image> {
    let count = usize::try_from(rule.count).unwrap_or(usize::MAX);
    let counted: Vec<&Image> = images
        .into_iter()
        .filter(|image| match rule.of {
            OfImages::Tagged => is_tagged(image),
            OfImages::Untagged => !is_tagged(image),
            OfImages::Any => true,
        })
        .collect();
    let first = |images: Vec<&'a Image>| newest_first(images.into_iter()).into_iter().take(count);
    match rule.per {
        Per::Repository => first(counted).collect(),
        Per::Kind => {
            let (indexes, others) = counted.into_iter().partition(|image| is_index(image));
            first(indexes).chain(first(others)).collect()
        }
    }
}

/// "The N newest tagged images among those that nothing else keeps": "applied last: after usage,
/// every other rule and the graph".
pub(super) fn spare(scene: &Scene<'_>, reasons: &mut Reasons) {
    let Some(Spare(rule)) = scene.rule.keep.get() else { return };
    let left =
        top_level(scene).into_iter().filter(|image| reasons[&image.digest].is_empty()).collect();
    for image in newest(left, rule) {
        keep(reasons, image, "spare");
    }
}

/// "The N newest semantic versions of each line."
fn releases(scene: &Scene<'_>, reasons: &mut Reasons, count: u64, per: ReleaseLine) {
    let line = |tag: &str| {
        version(tag).map(|version| match per {
            ReleaseLine::All => (None, None),
            ReleaseLine::Major => (Some(version.major), None),
            ReleaseLine::Minor => (Some(version.major), Some(version.minor)),
        })
    };
    let tags: Vec<(&Image, &str)> = top_level(scene)
        .into_iter()
        .flat_map(|image| image.tags.iter().map(move |tag| (image, &**tag)))
        .collect();
    for (image, tag) in &tags {
        let Some(own) = version(tag) else { continue };
        let mut newer = Vec::new();
        for (_, other) in &tags {
            if let Some(found) = version(other)
                && line(other) == line(tag)
                && found > own
                && !newer.contains(&found)
            {
                newer.push(found);
            }
        }
        if (newer.len() as u64) < count {
            keep(reasons, image, "releases");
        }
    }
}

fn behind_tags(scene: &Scene<'_>, reasons: &mut Reasons, rule: &BehindTags) {
    let matches = |tag: &str| rule.tags.iter().any(|pattern| pattern::matches(pattern, tag));
    let carriers: Vec<&Image> =
        scene.images().iter().filter(|image| image.tags.iter().any(|tag| matches(tag))).collect();
    let anchor = carriers.iter().map(|image| image.pushed_at).min().flatten();
    let Some(anchor) = anchor else { return everything(scene, reasons, "no-anchor") };
    let from = rule.within.map_or(anchor, |age| earlier(anchor, age));
    for image in scene.images() {
        if image.pushed_at.is_some_and(|pushed_at| pushed_at >= from) {
            keep(reasons, image, "behind-tags");
        }
    }
    let before = top_level(scene)
        .into_iter()
        .filter(|image| image.pushed_at.is_some_and(|pushed_at| pushed_at < anchor));
    let count = usize::try_from(rule.newest).unwrap_or(usize::MAX);
    for image in newest_first(before).into_iter().take(count) {
        keep(reasons, image, "behind-tags");
    }
}

fn behind_deployed(scene: &Scene<'_>, reasons: &mut Reasons, revisions: u32) {
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
    let Some(threshold) = threshold else { return everything(scene, reasons, "no-anchor") };
    for image in scene.images() {
        if image.pushed_at.is_some_and(|pushed_at| pushed_at >= threshold) {
            keep(reasons, image, "behind-deployed");
        }
    }
}
