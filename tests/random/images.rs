//! Random images of one repository.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image, ImageStatus, MediaType};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::pools::{BUILDKIT_CACHE, CHART, digest, instant, push_instant, tag};

/// Images of one repository: no digest and no tag twice.
pub(super) fn images() -> impl Strategy<Value = Vec<Image>> {
    vec(image(), 0..=12).prop_map(|images| {
        let mut digests = BTreeSet::new();
        let mut tags = BTreeSet::new();
        let mut kept = Vec::new();
        for mut image in images {
            if digests.insert(image.digest) {
                image.tags.retain(|tag| tags.insert(tag.clone()));
                kept.push(image);
            }
        }
        kept
    })
}

fn image() -> impl Strategy<Value = Image> {
    let times = (
        weighted(0.97, push_instant()),
        weighted(0.3, push_instant()),
        weighted(0.1, push_instant()),
        weighted(0.1, instant()),
        weighted(0.1, instant()),
        weighted(0.05, instant()),
    );
    let links = (manifest(), weighted(0.15, digest()), artifact_type());
    let rest = (tags(), weighted(0.1, suffix()), status(), weighted(0.8, 0u64..5_000));
    (digest(), times, links, rest).prop_map(|(digest, times, links, rest)| {
        let (pushed_at, pulled_at, restored_at, archived_at, used_at, unused_at) = times;
        let ((media_type, children), subject, artifact_type) = links;
        let (mut tags, own, status, size_bytes) = rest;
        tags.extend(own.map(|suffix| fallback(digest, suffix).into()));
        Image {
            digest,
            tags,
            pushed_at,
            pulled_at,
            restored_at,
            archived_at,
            used_at,
            unused_at,
            size_bytes,
            media_type,
            artifact_type: artifact_type.map(Into::into),
            children,
            subject,
            status,
        }
    })
}

/// A media type, with the children that an index lists: present or not, twice, itself.
fn manifest() -> impl Strategy<Value = (MediaType, Option<Vec<Digest>>)> {
    let children = || vec(digest(), 0..4).prop_map(Some);
    let index = || select(vec![MediaType::OciIndex, MediaType::DockerList]);
    let plain = || {
        select(vec![
            MediaType::OciManifest,
            MediaType::DockerManifest,
            MediaType::OciManifest,
            MediaType::DockerSchema1,
            MediaType::SignedDockerSchema1,
        ])
    };
    let unknown = MediaType::Other("application/vnd.example.bundle.v1+json".into());
    prop_oneof![
        60 => (plain(), select(vec![None, Some(Vec::new())])),
        30 => (index(), children()),
        1 => (index(), Just(None)),
        1 => (Just(unknown), prop_oneof![Just(None), children()]),
    ]
}

fn artifact_type() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        12 => Just(None),
        3 => Just(Some("application/vnd.oci.image.config.v1+json")),
        3 => Just(Some("application/vnd.docker.container.image.v1+json")),
        1 => Just(Some(CHART)),
        1 => Just(Some(BUILDKIT_CACHE)),
        1 => Just(Some("application/vnd.dev.cosign.artifact.sig.v1+json")),
    ]
}

fn tags() -> impl Strategy<Value = Vec<Box<str>>> {
    let fallback = (digest(), suffix()).prop_map(|(digest, suffix)| fallback(digest, suffix));
    let tag = prop_oneof![6 => tag().prop_map(str::to_owned), 1 => fallback];
    prop_oneof![
        2 => Just(Vec::new()),
        3 => vec(tag.prop_map(Into::into), 1..4),
    ]
}

fn suffix() -> impl Strategy<Value = &'static str> {
    select(vec!["", ".sig", "-x", ".att", "x", "."])
}

fn fallback(digest: Digest, suffix: &str) -> String {
    format!("sha256-{}{suffix}", digest.hex())
}

fn status() -> impl Strategy<Value = ImageStatus> {
    prop_oneof![
        16 => Just(ImageStatus::Active),
        2 => Just(ImageStatus::Archived),
        1 => Just(ImageStatus::Activating),
    ]
}
