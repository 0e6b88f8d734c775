//! Random usage: every spelling of references to images that are there, that are gone, and that
//! are somebody else's.

use ecr_sweep_core::{
    Digest, Image, Registry, Repository, TaskDefinition, TaskDefinitionStatus, Usage,
};
use jiff::Timestamp;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::pools::{ALIAS, REPOSITORIES, digest, instant, place, registry_place, tag};

const DEPLOYED: [&str; 3] = ["ecs-service", "app-runner-service", "lambda-version"];
const OTHERS: [&str; 8] = [
    "ecs-task",
    "ecs-task-definition",
    "ecs-service-revision",
    "ecs-task-set",
    "ecs-daemon",
    "kubernetes-pod",
    "batch-job-definition",
    "files",
];

/// A row before it is known which organization it is in.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    reference: ReferenceDraft,
    usage: Usage,
}

/// A reference before it is known which organization it is in.
#[derive(Debug, Clone)]
pub(super) struct ReferenceDraft {
    target: Target,
    text: String,
}

#[derive(Debug, Clone)]
enum Target {
    /// An image that is there, if there is any.
    Image { registry: usize, repository: usize, image: usize, by: By, host: &'static str },
    /// The text as it is.
    Text,
}

#[derive(Debug, Clone, Copy)]
enum By {
    Tag,
    Digest,
    Both,
}

/// The hosts of a registry. `A` stands for the account, `R` for the Region.
const HOSTS: [&str; 8] = [
    "A.dkr.ecr.R.amazonaws.com",
    "A.dkr.ecr-fips.R.amazonaws.com",
    "A.dkr-ecr.R.on.aws",
    "A.dkr-ecr-fips.R.on.aws",
    "docker://A.dkr.ecr.R.amazonaws.com",
    "https://A.dkr-ecr.R.on.aws",
    "docker-pullable://A.dkr.ecr.R.amazonaws.com",
    "A.dkr.ECR.R.amazonaws.com",
];

fn host() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(HOSTS[0]), 1 => select(&HOSTS[..])]
}

impl Draft {
    pub(super) fn finish(self, registries: &[Registry]) -> Usage {
        Usage { reference: self.reference.finish(registries).into(), ..self.usage }
    }
}

impl ReferenceDraft {
    pub(super) fn finish(self, registries: &[Registry]) -> String {
        let Target::Image { registry, repository, image, by, host } = self.target else {
            return self.text;
        };
        let Some((registry, repository, image)) = pick(registries, registry, repository, image)
        else {
            return self.text;
        };
        let host =
            host.replace('A', registry.account.as_str()).replace('R', registry.region.as_str());
        format!("{host}/{}{}", repository.name, suffix(image, by))
    }
}

/// The image at some positions, counted around; none where one of them is empty.
pub(super) fn pick(
    registries: &[Registry],
    registry: usize,
    repository: usize,
    image: usize,
) -> Option<(&Registry, &Repository, &Image)> {
    let nth = |at: usize, of: usize| if of == 0 { None } else { Some(at % of) };
    let registry = &registries[nth(registry, registries.len())?];
    let repository = &registry.repositories[nth(repository, registry.repositories.len())?];
    let image = &repository.images[nth(image, repository.images.len())?];
    Some((registry, repository, image))
}

fn suffix(image: &Image, by: By) -> String {
    match (image.tags.first(), by) {
        (Some(tag), By::Tag) => format!(":{tag}"),
        (Some(tag), By::Both) => format!(":{tag}@{}", image.digest),
        _ => format!("@{}", image.digest),
    }
}

pub(super) fn usage() -> impl Strategy<Value = Draft> {
    (draft(), weighted(0.6, task_definition()), 0..5).prop_map(|(mut draft, revision, nth)| {
        // A reference to nothing leaves its family without an anchor: few of them name a revision.
        let names_one = matches!(draft.reference.target, Target::Image { .. }) || nth == 4;
        if draft.usage.kind.as_str().starts_with("ecs-") && names_one {
            draft.usage.task_definition = revision.map(|(family, revision)| TaskDefinition {
                family: family.into(),
                revision,
                status: status(family, revision),
            });
        }
        draft
    })
}

/// One more reference to an image of these registries, from no task-definition revision.
pub fn reference_without_revision(registries: Vec<Registry>) -> impl Strategy<Value = Usage> {
    draft().prop_map(move |draft| draft.finish(&registries))
}

fn draft() -> impl Strategy<Value = Draft> {
    let times = (resolved(), weighted(0.7, instant()), weighted(0.5, instant()));
    (reference(), kind(), place(), times).prop_map(|(reference, kind, place, times)| {
        let (resolved, deployed_at, seen_at): (_, _, Option<Timestamp>) = times;
        let arn = format!("arn:aws:{kind}:{}:{}:a", place.region, place.account).into();
        let usage = Usage {
            reference: "".into(),
            kind: kind.parse().unwrap(),
            arn,
            account: place.account,
            region: place.region,
            cluster: None,
            task_definition: None,
            resolved,
            deployed_at,
            seen_at,
        };
        Draft { reference, usage }
    })
}

pub(super) fn reference() -> impl Strategy<Value = ReferenceDraft> {
    let image = (0usize..4, 0usize..4, 0usize..16, host(), by()).prop_map(
        |(registry, repository, image, host, by)| Target::Image {
            registry,
            repository,
            image,
            by,
            host,
        },
    );
    let target = prop_oneof![3 => image, 2 => Just(Target::Text)];
    (target, text()).prop_map(|(target, text)| ReferenceDraft { target, text })
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![4 => Just(By::Tag), 1 => Just(By::Digest), 1 => Just(By::Both)]
}

pub(super) fn resolved() -> impl Strategy<Value = Option<Digest>> {
    weighted(0.15, digest())
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![1 => select(&DEPLOYED[..]), 2 => select(&OTHERS[..])]
}

fn task_definition() -> impl Strategy<Value = (&'static str, u32)> {
    (select(vec!["web", "worker"]), 1u32..8)
}

/// The same revision has the same status wherever it is named.
fn status(family: &str, revision: u32) -> TaskDefinitionStatus {
    match (family, revision) {
        ("web", 2 | 6) | ("worker", 1 | 2 | 7) => TaskDefinitionStatus::Inactive,
        ("web", 1) => TaskDefinitionStatus::DeleteInProgress,
        _ => TaskDefinitionStatus::Active,
    }
}

/// A reference that is written without a look at what is there.
fn text() -> impl Strategy<Value = String> {
    let name = || select(&REPOSITORIES[..]);
    let ending = || {
        prop_oneof![
            3 => tag().prop_map(|tag| format!(":{tag}")),
            1 => digest().prop_map(|digest| format!("@{digest}")),
            1 => (tag(), digest()).prop_map(|(tag, digest)| format!(":{tag}@{digest}")),
            1 => Just(String::new()),
        ]
    };
    let ecr = (registry_place(), host(), name(), ending()).prop_map(|(place, host, name, end)| {
        let host = host.replace('A', place.account.as_str()).replace('R', place.region.as_str());
        format!("{host}/{name}{end}")
    });
    let mirrors = select(vec![
        ALIAS,
        ALIAS,
        "REGISTRY.example.com",
        "//registry.example.com",
        "docker.io",
        "docker.io/library",
        "registry-1.docker.io",
    ]);
    let alias = (mirrors, name(), ending())
        .prop_map(|(mirror, name, ending)| format!("{mirror}/{name}{ending}"));
    let short = (name(), ending()).prop_map(|(name, ending)| format!("{name}{ending}"));
    let foreign = (
        select(vec!["nginx", "public.ecr.aws/app", "ghcr.io/team/app", "localhost:5000/app"]),
        ending(),
    )
        .prop_map(|(name, ending)| format!("{name}{ending}"));
    let unreadable = select(vec![
        "11112222333.dkr.ecr.eu-west-1.amazonaws.com/app:v1.0.0",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/App",
        "111122223333.dkr.ecr.eu-west-1.example.com/app:latest",
        "${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app:latest",
        "111122223333.dkr-ecr.eu-west-1.on.aws/app:",
    ])
    .prop_map(str::to_owned);
    let unreadable_digest = digest()
        .prop_map(|digest| format!("111122223333.dkr.ecr.eu-west-1.example.com/app@{digest}"));
    let unreadable = prop_oneof![2 => unreadable, 1 => unreadable_digest];
    prop_oneof![
        40 => ecr,
        10 => alias,
        3 => short,
        15 => foreign,
        5 => digest().prop_map(|digest| digest.to_string()),
        1 => unreadable,
    ]
}
