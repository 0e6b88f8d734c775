//! ECR.

use ecr_sweep_aws::{RegistryReader, Sessions};
use ecr_sweep_core::Digest;
use serde_json::json;

use super::{Row, act, told};
use crate::world::{ACCOUNT, digest, place};

fn reader(sessions: &Sessions) -> RegistryReader {
    sessions.registry(&place())
}

/// What makes `Debug` of digests short.
fn numbers<'a>(digests: impl IntoIterator<Item = &'a Digest>) -> Vec<usize> {
    digests
        .into_iter()
        .map(|it| (1..9).find(|number| digest(*number) == *it).unwrap() as usize)
        .collect()
}

/// What is in a registry.
pub(super) fn images() -> Vec<Row> {
    let (one, id) = (digest(1), json!({ "imageDigest": digest(1) }));
    let manifest = json!({ "imageId": id, "imageManifest": "{}" });
    vec![
        Row::of(
            "ecr:DescribeRepositories",
            &json!({ "repositories": [{ "repositoryName": "a", "repositoryArn": "arn:a" }] }),
            act!(|it| reader(&it)
                .repositories()
                .await
                .map(|all| { all.into_iter().map(|row| row.name).collect::<Vec<_>>() })),
            r#"["a"]"#,
        )
        .or_empty(&json!({ "repositories": [] }), "[]"),
        Row::of(
            "ecr:DescribeImages",
            &json!({ "imageDetails": [{ "imageDigest": one }] }),
            act!(|it| reader(&it)
                .images("a")
                .await
                .map(|all| numbers(all.iter().map(|it| &it.digest)))),
            "[1]",
        )
        .or_empty(&json!({ "imageDetails": [] }), "[]")
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:DescribeImages",
            &json!({ "imageDetails": [{ "imageDigest": one }] }),
            act!(|it| reader(&it).images_exactly("a", &[digest(1)]).await.map(|all| {
                (numbers(all.found.iter().map(|it| &it.digest)), numbers(&all.missing))
            })),
            "([1], [])",
        )
        .or_gone("ImageNotFoundException", Some("([], [1])"))
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:BatchGetImage",
            &json!({ "images": [manifest], "failures": [] }),
            act!(|it| reader(&it).manifests("a", &[digest(1)]).await.map(|all| {
                all.into_iter()
                    .map(|(_, it)| it.map(|it| it.bytes.len()).map_err(|it| it.code))
                    .collect::<Vec<_>>()
            })),
            "[Ok(2)]",
        )
        .or_empty(&json!({ "images": [], "failures": [] }), r#"[Err("NotAnswered")]"#)
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:BatchDeleteImage",
            &json!({ "imageIds": [id], "failures": [] }),
            act!(|it| it
                .registry_deleter(&place())
                .delete("a", &[digest(1)])
                .await
                .map(|all| { all.into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>() })),
            "[Deleted]",
        )
        .or_empty(
            &json!({ "imageIds": [], "failures": [] }),
            r#"[NotAnswered { reason: "the answer names neither the image nor a failure" }]"#,
        )
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:UpdateImageStorageClass",
            &json!({ "imageId": id, "imageStatus": "ARCHIVED" }),
            act!(|it| it
                .registry_deleter(&place())
                .archive("a", digest(1))
                .await
                .map(|(_, outcome)| outcome)),
            "Archived",
        )
        .or_gone("RepositoryNotFoundException", None),
    ]
}

/// Settings of a registry and its repositories.
pub(super) fn settings() -> Vec<Row> {
    vec![
        Row::of(
            "ecr:ListTagsForResource",
            &json!({ "tags": [{ "Key": "team", "Value": "a" }] }),
            act!(|it| reader(&it).repository_tags("arn:a").await),
            r#"{"team": "a"}"#,
        )
        .or_empty(&json!({ "tags": [] }), "{}")
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:GetRepositoryPolicy",
            &json!({ "policyText": "p" }),
            act!(|it| reader(&it).repository_policy("a").await),
            r#"Some("p")"#,
        )
        .or_gone("RepositoryPolicyNotFoundException", Some("None"))
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:GetRegistryPolicy",
            &json!({ "policyText": "p" }),
            act!(|it| reader(&it).registry_policy().await),
            r#"Some("p")"#,
        )
        .or_gone("RegistryPolicyNotFoundException", Some("None")),
        Row::of(
            "ecr:GetLifecyclePolicy",
            &json!({ "lifecyclePolicyText": "p" }),
            act!(|it| reader(&it).lifecycle_policy("a").await),
            r#"Some("p")"#,
        )
        .or_gone("LifecyclePolicyNotFoundException", Some("None"))
        .or_gone("RepositoryNotFoundException", None),
        Row::of(
            "ecr:DescribePullThroughCacheRules",
            &json!({ "pullThroughCacheRules": [{
                "ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io",
            }] }),
            act!(|it| {
                let rules = reader(&it).pull_through_rules().await;
                rules.map(|all| all.into_iter().map(|rule| rule.prefix).collect::<Vec<_>>())
            }),
            r#"["hub"]"#,
        )
        .or_empty(&json!({ "pullThroughCacheRules": [] }), "[]"),
        Row::of(
            "ecr:ListPullTimeUpdateExclusions",
            &json!({ "pullTimeUpdateExclusions": ["arn:scanner"] }),
            act!(|it| reader(&it).pull_time_exclusions().await),
            r#"["arn:scanner"]"#,
        )
        .or_empty(&json!({ "pullTimeUpdateExclusions": [] }), "[]"),
        Row::of(
            "ecr:DescribeRegistry",
            &json!({ "replicationConfiguration": { "rules": [{
                "destinations": [{ "region": "us-east-1", "registryId": ACCOUNT }],
                "deleteReplication": { "enabled": true },
            }] } }),
            act!(|it| reader(&it).deletes_replicate_to().await.map(|all| all.len())),
            "1",
        )
        .or_empty(&json!({ "replicationConfiguration": { "rules": [] } }), "0"),
    ]
}
