//! Random repositories, and what a policy leaves of them.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    Age, Coverage, Digest, Image, MediaType, OrganizationFacts, Registry, Repository,
};
use ecr_sweep_import::{Import, Tool};
use ecr_sweep_policy::Use;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const ACCOUNT: &str = "111122223333";

pub fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// What is pushed at once.
#[derive(Debug, Clone)]
pub struct Pushed {
    days_ago: i64,
    tags: BTreeSet<u8>,
    platforms: u8,
    tagged_platforms: bool,
    signature: u8,
    pulled: bool,
}

pub fn pushed() -> impl Strategy<Value = Vec<Pushed>> {
    let tags = prop::collection::btree_set(0..8_u8, 0..3);
    let one = (0..50_i64, tags, 0..3_u8, any::<bool>(), 0..4_u8, any::<bool>()).prop_map(
        |(days_ago, tags, platforms, tagged_platforms, signature, pulled)| Pushed {
            days_ago,
            tags,
            platforms,
            tagged_platforms,
            signature,
            pulled,
        },
    );
    prop::collection::vec(one, 0..12)
}

/// The images of a repository. No two have the same tag.
pub fn repository(name: &str, pushed: &[Pushed]) -> Repository {
    let mut images = Vec::new();
    let mut moving = BTreeSet::new();
    for (at, pushed) in pushed.iter().enumerate() {
        let tags: Vec<String> = pushed
            .tags
            .iter()
            .filter_map(|tag| match tag {
                0 => Some(format!("v{at}")),
                1 => Some(format!("v{at}-rc")),
                2 => Some(format!("dev-{at}")),
                3 => Some(format!("dev{at}")),
                4 => Some(format!("release-{at}-rc")),
                5 => Some(format!("{at}")),
                6 => moving.insert("prod").then(|| "prod".to_owned()),
                _ => moving.insert("latest").then(|| "latest".to_owned()),
            })
            .collect();
        images.extend(one(name, at, pushed, &tags));
    }
    Repository {
        name: name.into(),
        tags: BTreeMap::new(),
        allows: Vec::new(),
        use_history: None,
        images,
    }
}

/// One push: the platforms, what was built, and its signature, a second apart.
fn one(name: &str, at: usize, pushed: &Pushed, tags: &[String]) -> Vec<Image> {
    let digest = |part: u8| ecr_sweep_core::sha256(format!("{name} {at} {part}").as_bytes());
    let start = now()
        - SignedDuration::from_hours(24 * pushed.days_ago)
        - SignedDuration::from_secs(60 * i64::try_from(at).unwrap());
    let image = |part: u8, second: i64| Image {
        pushed_at: Some(start + SignedDuration::from_secs(second)),
        pulled_at: pushed.pulled.then(|| start + SignedDuration::from_hours(24 * 3)),
        size_bytes: Some(1),
        ..Image::new(digest(part))
    };
    let mut images = Vec::new();
    for part in 1..=pushed.platforms {
        let own = |tag: &String| format!("{tag}-platform{part}").into();
        let tags =
            if pushed.tagged_platforms { tags.iter().map(own).collect() } else { Vec::new() };
        images.push(Image { tags, ..image(part, 0) });
    }
    let children: Vec<Digest> = (1..=pushed.platforms).map(digest).collect();
    let mut built = Image { tags: tags.iter().map(|tag| (**tag).into()).collect(), ..image(0, 1) };
    if pushed.platforms > 0 {
        built = Image { media_type: MediaType::OciIndex, children: Some(children), ..built };
    }
    images.push(built);
    let fallback = |of: Digest| vec![format!("{}.sig", of.to_string().replace(':', "-")).into()];
    match pushed.signature {
        0 => images.push(Image { tags: fallback(digest(0)), ..image(10, 2) }),
        1 => images.push(Image { subject: Some(digest(0)), ..image(10, 2) }),
        // What it signed is gone.
        2 => images.push(Image { tags: fallback(digest(99)), ..image(10, 2) }),
        _ => {}
    }
    images
}

/// What the policy that is made of a file deletes, and does not archive first, where nothing is in use. Its ages are those of the
/// file alone.
pub fn deleted(tool: Tool, text: &str, repositories: &[Repository]) -> BTreeSet<Digest> {
    let pattern = "shop/web".parse().unwrap();
    let patterns = if tool == Tool::LifecyclePolicy { std::slice::from_ref(&pattern) } else { &[] };
    let import = Import { tool, name: "file", text, repositories: patterns };
    let made = import.policy().unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let mut policy = ecr_sweep_policy::read("policy.yaml", &made, Use::Live).unwrap().policy;
    policy.minimum_age = Age::days(0);
    if !made.contains("minimum_idle:") {
        policy.minimum_idle = Age::days(0);
    }
    let registry = Registry {
        account: ACCOUNT.parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
        deletes_replicate_to: Vec::new(),
        unread: None,
        repositories: repositories.to_vec(),
    };
    let plan = OrganizationFacts {
        home: &registry.account.clone(),
        registries: &[registry],
        cache_rules: &[],
        usage: Vec::new(),
        coverage: &Coverage::COMPLETE,
        policy: &policy,
        now: now(),
    }
    .plan();
    let goes = plan.plans.iter().flat_map(|plan| &plan.delete);
    goes.filter(|it| !it.archive).map(|gone| gone.digest).collect()
}

/// Refuses a policy that deletes what the original keeps.
pub fn hold(
    tool: Tool,
    text: &str,
    repositories: &[Repository],
    original_keeps: &BTreeSet<Digest>,
) -> Result<usize, TestCaseError> {
    let deleted = deleted(tool, text, repositories);
    let too_much: Vec<&Image> = repositories
        .iter()
        .flat_map(|repository| &repository.images)
        .filter(|image| deleted.contains(&image.digest) && original_keeps.contains(&image.digest))
        .collect();
    prop_assert!(too_much.is_empty(), "{text}\ndeletes {too_much:#?}");
    Ok(deleted.len())
}

/// Whether an image is a part, of images none of which is one of these: a platform, or a signature.
pub fn is_part_of_none(image: &Image, images: &[Image], kept: &BTreeSet<Digest>) -> bool {
    let lists = |index: &&Image| index.children.iter().flatten().any(|it| *it == image.digest);
    let indexes = images.iter().filter(lists).map(|index| index.digest);
    let mut wholes = indexes.chain(image.fallback_subjects()).peekable();
    wholes.peek().is_some() && wholes.all(|whole| !kept.contains(&whole))
}

/// A pattern of `*` and `?`, letter by letter.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches(&pattern[1..], text) || !text.is_empty() && matches(pattern, &text[1..])
        }
        (Some(b'?'), Some(_)) => matches(&pattern[1..], &text[1..]),
        (Some(a), Some(b)) => a == b && matches(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// What is kept with what is kept: what an index lists, and what refers to an image by its subject.
pub fn with_parts(images: &[Image], mut kept: BTreeSet<Digest>) -> BTreeSet<Digest> {
    loop {
        let listed = images.iter().filter(|image| kept.contains(&image.digest));
        let listed = listed.flat_map(|image| image.children.iter().flatten().copied());
        let refers = images
            .iter()
            .filter(|image| image.subject.is_some_and(|subject| kept.contains(&subject)))
            .map(|image| image.digest);
        let more: BTreeSet<Digest> =
            listed.chain(refers).filter(|digest| !kept.contains(digest)).collect();
        if more.is_empty() {
            return kept;
        }
        kept.extend(more);
    }
}
