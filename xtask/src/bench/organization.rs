//! Organizations of a given size, the same every time.

use std::collections::BTreeMap;

use ecr_sweep_core::{
    Coverage, Digest, Image, MediaType, Place, Registry, Repository, TaskDefinition,
    TaskDefinitionStatus, Usage,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::Workloads;
use jiff::{SignedDuration, Timestamp};
use miette::IntoDiagnostic;

/// The policy that the measurements plan with.
pub(crate) const POLICY: &str = "\
schema_version: 1
scope:
  off:
    - { source: app-runner, reason: measured without, even_if_used: true }
    - { source: batch, reason: measured without, even_if_used: true }
    - { source: sagemaker, reason: measured without, even_if_used: true }
    - { source: codebuild, reason: measured without, even_if_used: true }
    - { source: events, reason: measured without, even_if_used: true }
    - { source: step-functions, reason: measured without, even_if_used: true }
    - { source: kubernetes, reason: measured without, even_if_used: true }
    - { source: cloudformation, reason: measured without, even_if_used: true }
    - { source: bedrock-agentcore, reason: measured without, even_if_used: true }
    - { source: codepipeline, reason: measured without, even_if_used: true }
    - { source: emr-serverless, reason: measured without, even_if_used: true }
    - { source: emr-eks, reason: measured without, even_if_used: true }
    - { source: emr-ec2, reason: measured without, even_if_used: true }
    - { source: elastic-beanstalk, reason: measured without, even_if_used: true }
    - { source: healthomics, reason: measured without, even_if_used: true }
    - { source: image-builder, reason: measured without, even_if_used: true }
    - { source: greengrass, reason: measured without, even_if_used: true }
    - { source: ssm, reason: measured without, even_if_used: true }
    - { source: codedeploy, reason: measured without, even_if_used: true }
    - { source: lightsail, reason: measured without, even_if_used: true }
    - { source: gamelift, reason: measured without, even_if_used: true }
    - { source: iot-sitewise, reason: measured without, even_if_used: true }
    - { source: clean-rooms-ml, reason: measured without, even_if_used: true }
    - { source: braket, reason: measured without, even_if_used: true }
    - { source: ec2-launch, reason: measured without, even_if_used: true }
    - { source: inspector, reason: measured without, even_if_used: true }
    - { source: files, reason: measured without, even_if_used: true }
repositories:
  - keep: { pushed_within: 90d, newest: 5, tags: [\"release-*\"] }
";

/// The same, where so many of each repository stay.
pub(crate) fn policy_of_newest(images: u32) -> String {
    let (settings, _) = POLICY.split_once("repositories:").unwrap_or_default();
    format!("{settings}repositories:\n  - keep: {{ newest: {images} }}\n")
}

/// `repositories` of `images` each, a third of them indexes with two children where `indexes`
/// says so, and `references` in each repository.
pub(crate) fn of(
    taken_at: Timestamp,
    repositories: u32,
    images: u32,
    indexes: bool,
    references: u32,
) -> miette::Result<Snapshot> {
    let home = Place {
        account: "111122223333".parse().into_diagnostic()?,
        region: "eu-west-1".parse().into_diagnostic()?,
    };
    let names: Vec<String> =
        (0..repositories).map(|n| format!("team-{}/app-{n}", n % 40)).collect();
    let usage = names
        .iter()
        .flat_map(|name| (0..references).map(|n| usage(&home, name, n, images)))
        .collect::<miette::Result<_>>()?;
    let repository = |(at, name): (usize, &String)| Repository {
        name: name.as_str().into(),
        tags: BTreeMap::new(),
        allows: Vec::new(),
        use_history: None,
        images: (0..images).map(|n| image(at, n, images, indexes, taken_at)).collect(),
    };
    Ok(Snapshot {
        schema_version: 1,
        taken_at,
        registries: vec![Registry {
            account: home.account.clone(),
            region: home.region.clone(),
            deletes_replicate_to: Vec::new(),
            unread: None,
            repositories: names.iter().enumerate().map(repository).collect(),
        }],
        cache_rules: Vec::new(),
        home,
        usage,
        coverage: Coverage::COMPLETE,
        workloads: Workloads::default(),
    })
}

/// One repository of so many images, a third of them indexes, all older than what the policy keeps for
/// its age.
pub(crate) fn old(taken_at: Timestamp, images: u32) -> miette::Result<Snapshot> {
    let mut snapshot = of(taken_at, 1, images, true, 0)?;
    let repositories = snapshot.registries.iter_mut().flat_map(|it| &mut it.repositories);
    for image in repositories.flat_map(|repository| &mut repository.images) {
        image.pushed_at = image.pushed_at.map(|at| at - SignedDuration::from_hours(90 * 24));
    }
    Ok(snapshot)
}

/// The digest of an image, by its number, of a repository, by its.
pub(crate) fn digest(repository: usize, image: u32) -> Digest {
    // Spread as hashes are: multiples of an odd number run over all of 64 bits.
    let spread = (repository as u64 + 1).wrapping_mul(1 << 32).wrapping_add(u64::from(image));
    let mut bytes = [0; 32];
    for (chunk, salt) in bytes.chunks_exact_mut(8).zip([0x9E37_79B9_7F4A_7C15, 3, 5, 7_u64]) {
        chunk.copy_from_slice(&spread.wrapping_mul(salt).to_be_bytes());
    }
    Digest::from_bytes(bytes)
}

/// Pushed over the last year, but for the last week. Every third image is an index of the two that
/// follow it.
fn image(repository: usize, n: u32, images: u32, indexes: bool, taken_at: Timestamp) -> Image {
    let hours = 8 * 24 + i64::from(n) * 365 * 24 / i64::from(images);
    let image = Image {
        pushed_at: Some(taken_at - SignedDuration::from_hours(hours)),
        size_bytes: Some(50_000_000 + u64::from(n)),
        artifact_type: Some("application/vnd.oci.image.config.v1+json".into()),
        ..Image::new(digest(repository, n))
    };
    let tags = vec![format!("build-{n}").into()];
    match (indexes, n % 3) {
        (true, 0) => Image {
            tags,
            media_type: MediaType::OciIndex,
            artifact_type: None,
            children: Some(vec![digest(repository, n + 1), digest(repository, n + 2)]),
            ..image
        },
        (true, _) => image,
        (false, _) => Image { tags, ..image },
    }
}

fn usage(home: &Place, repository: &str, n: u32, images: u32) -> miette::Result<Usage> {
    let tag = (u64::from(n) * 7_919 % u64::from(images.max(1))) / 3 * 3;
    Ok(Usage {
        reference: format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/{repository}:build-{tag}")
            .into(),
        kind: "ecs-task-definition".parse().into_diagnostic()?,
        arn: format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/{repository}:{n}").into(),
        account: home.account.clone(),
        region: home.region.clone(),
        cluster: None,
        task_definition: Some(TaskDefinition {
            family: repository.into(),
            revision: n + 1,
            status: TaskDefinitionStatus::Active,
        }),
        resolved: None,
        deployed_at: None,
        seen_at: None,
    })
}
