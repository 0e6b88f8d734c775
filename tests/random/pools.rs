//! The pools that everything is drawn from.

use ecr_sweep_core::{Account, Age, Digest, Pattern, Place, Region};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

/// The clock of every random organization.
///
/// # Panics
///
/// Never: the instant is a constant.
#[must_use]
pub fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

pub(super) const ACCOUNTS: [&str; 4] =
    ["111122223333", "444455556666", "777788889999", "000000000001"];
pub(super) const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "ap-south-1"];
pub(super) const REPOSITORIES: [&str; 4] = ["app", "team/app", "base", "prod/web-api"];
pub(super) const ALIAS: &str = "registry.example.com";

pub(super) const CHART: &str = "application/vnd.cncf.helm.config.v1+json";
pub(super) const BUILDKIT_CACHE: &str = "application/vnd.buildkit.cacheconfig.v0";

pub(super) const TAGS: [&str; 36] = [
    "latest",
    "prod",
    "v1.0.0",
    "1.0.0",
    "stable",
    "v1.2.3",
    "1.2.3-rc.1",
    "dev",
    "v2.0.0",
    "2.0.0-alpha.10",
    "2.0.0-alpha.2",
    "1.10.0",
    "release-1",
    "release-2",
    "v1.2",
    "01.2.3",
    "1.2.4",
    "v0.9.0-1",
    "0.9.0-a",
    "vv1.2.3",
    "sha256-abc",
    "V3.0.0",
    "2.1",
    "2.1.4",
    "2.1.4.0",
    "1.2.3_up1",
    "109.9.0_up1.0.9",
    "2026.08.01",
    "2026.11.1",
    "release-1.2",
    "release-1.10.0",
    "1.2.x",
    "1.2.3rc1",
    "1.0-rc..1",
    "1.0-rc_1",
    "1.2.3.4-0",
];

/// Days that both the ages of images and the policies' thresholds are drawn from.
const DAYS: [u32; 9] = [0, 1, 7, 14, 30, 45, 60, 90, 120];

pub(super) fn account() -> impl Strategy<Value = Account> {
    select(&ACCOUNTS[..]).prop_map(|text| text.parse().unwrap())
}

pub(super) fn region() -> impl Strategy<Value = Region> {
    select(&REGIONS[..]).prop_map(|text| text.parse().unwrap())
}

pub(super) fn place() -> impl Strategy<Value = Place> {
    (account(), region()).prop_map(|(account, region)| Place { account, region })
}

/// One of the four places that have registries.
pub(super) fn registry_place() -> impl Strategy<Value = Place> {
    (select(&ACCOUNTS[..2]), select(&REGIONS[..2])).prop_map(|(account, region)| Place {
        account: account.parse().unwrap(),
        region: region.parse().unwrap(),
    })
}

pub(super) fn digest() -> impl Strategy<Value = Digest> {
    (0u8..16).prop_map(nth_digest)
}

pub(super) fn nth_digest(at: u8) -> Digest {
    Digest::from_bytes([at.wrapping_mul(0x11); 32])
}

pub(super) fn age() -> impl Strategy<Value = Age> {
    prop_oneof![
        9 => select(&DAYS[..]).prop_map(Age::days),
        1 => (1u64..200).prop_map(|hours| Age::seconds(hours * 3_600)),
        1 => Just(Age::seconds(u64::MAX)),
    ]
}

/// An instant in the past, often exactly on a threshold or a second beside it.
pub(super) fn instant() -> impl Strategy<Value = Timestamp> {
    (select(&DAYS[..]), prop_oneof![4 => Just(0i64), 1 => Just(-1), 1 => Just(1)]).prop_map(
        |(days, beside)| {
            let seconds = i64::from(days) * 86_400 + beside;
            now().checked_sub(SignedDuration::from_secs(seconds)).unwrap()
        },
    )
}

/// A push: mostly old enough to go.
pub(super) fn push_instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        2 => instant(),
        4 => instant().prop_map(|at| at.checked_sub(SignedDuration::from_hours(24 * 45)).unwrap()),
    ]
}

pub(super) fn tag() -> impl Strategy<Value = &'static str> {
    select(&TAGS[..])
}

pub(super) fn tag_pattern() -> impl Strategy<Value = Pattern> {
    let texts = [
        "latest",
        "prod",
        "stable",
        "release-*",
        "v?.0.0",
        "*alpha*",
        "/v?1\\.[0-9.]+/",
        "/prod|dev/",
        "nothing",
        "sha256-*",
        "v1*",
        "?ev",
        "*",
    ];
    select(texts.to_vec()).prop_map(|text| text.parse().unwrap())
}
