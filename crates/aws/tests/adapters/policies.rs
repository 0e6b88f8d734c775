use ecr_sweep_aws::AwsErrorKind;
use serde_json::{Value, json};

use crate::world::{World, assert_names, place, snapshot};

const OTHER: &str = "444455556666";

async fn world(repository: Value) -> World {
    World::start(snapshot(json!([repository]), json!({}))).await
}

async fn empty() -> World {
    world(json!({ "name": "dev/app", "images": [] })).await
}

#[tokio::test]
async fn a_repository_has_its_policy_or_none() {
    let world = empty().await;
    let registry = world.sessions.registry(&place());
    assert_eq!(registry.repository_policy("dev/app").await.unwrap(), None);
    let world = self::world(json!({ "name": "dev/app", "allows": [OTHER], "images": [] })).await;
    let policy = world.sessions.registry(&place()).repository_policy("dev/app").await.unwrap();
    assert!(policy.unwrap().contains("arn:aws:iam::444455556666:root"));
}

#[tokio::test]
async fn a_registry_has_its_policy_or_none() {
    let world = empty().await;
    let registry = world.sessions.registry(&place());
    assert_eq!(registry.registry_policy().await.unwrap(), None);
    let text = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let answer = json!({ "registryId": "111122223333", "policyText": text });
    world.respond("ecr:GetRegistryPolicy", answer.to_string());
    assert_eq!(registry.registry_policy().await.unwrap().as_deref(), Some(text));
}

#[tokio::test]
async fn a_policy_that_may_not_be_read_is_an_error_and_no_absence() {
    let world = empty().await;
    let registry = world.sessions.registry(&place());
    let gone = registry.repository_policy("no/such").await.unwrap_err();
    assert_names(&gone, AwsErrorKind::NotFound, "ecr:GetRepositoryPolicy of `no/such`");
    world.deny("ecr:*");
    let error = registry.repository_policy("dev/app").await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:GetRepositoryPolicy of `dev/app`");
    let error = registry.registry_policy().await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:GetRegistryPolicy");
    assert!(error.next_step().unwrap().to_string().contains("ecr:GetRegistryPolicy"));
    let error = registry.deletes_replicate_to().await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:DescribeRegistry");
}

#[tokio::test]
async fn an_answer_without_a_policy_is_unreadable() {
    let world = empty().await;
    let registry = world.sessions.registry(&place());
    world.respond("ecr:Get*", "{}");
    for error in [
        registry.repository_policy("dev/app").await.unwrap_err(),
        registry.registry_policy().await.unwrap_err(),
    ] {
        assert_eq!(error.kind, AwsErrorKind::Internal, "{error}");
    }
}

#[tokio::test]
async fn a_registry_tells_where_its_deletions_go() {
    assert!(
        empty().await.sessions.registry(&place()).deletes_replicate_to().await.unwrap().is_empty()
    );
    let mut replicating = snapshot(json!([]), json!({}));
    let to = json!([
        { "account": OTHER, "region": "us-east-1" },
        { "account": "111122223333", "region": "eu-west-2" },
    ]);
    replicating.registries[0].deletes_replicate_to = serde_json::from_value(to).unwrap();
    let world = World::throttled(replicating, "ecr:DescribeRegistry").await;
    for _ in 0..2 {
        // The second one is throttled, and answered in the end.
        let places = world.sessions.registry(&place()).deletes_replicate_to().await.unwrap();
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        assert_eq!(places, ["111122223333/eu-west-2", "444455556666/us-east-1"]);
    }
    assert_eq!(world.simulator.count("ecr:DescribeRegistry"), 2 + 2);
}

#[tokio::test]
async fn a_replication_rule_that_is_not_understood_is_an_error() {
    let world = empty().await;
    let rule = json!({ "destinations": [], "mirrorEverything": true });
    let answer = json!({ "replicationConfiguration": { "rules": [rule] } });
    world.respond("ecr:DescribeRegistry", answer.to_string());
    let error = world.sessions.registry(&place()).deletes_replicate_to().await.unwrap_err();
    assert_names(&error, AwsErrorKind::Internal, "ecr:DescribeRegistry");
    assert!(error.to_string().contains("mirrorEverything"), "{error}");
}

#[tokio::test]
async fn a_registry_tells_what_its_caches_cache_from_ecr() {
    let world = empty().await;
    let host = "444455556666.dkr.ecr.us-east-1.amazonaws.com";
    let answer = json!({ "pullThroughCacheRules": [
        { "ecrRepositoryPrefix": "up/", "upstreamRegistryUrl": host, "upstreamRegistry": "ecr",
          "upstreamRepositoryPrefix": "team/", "customRoleArn": "arn:aws:iam::111122223333:role/x" },
        { "ecrRepositoryPrefix": "ROOT", "upstreamRegistryUrl": format!("https://{host}") },
        { "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io" },
    ] });
    world.respond("ecr:DescribePullThroughCacheRules", answer.to_string());
    let rules = world.sessions.registry(&place()).pull_through_rules().await.unwrap();
    let shown: Vec<_> = rules
        .iter()
        .map(|rule| {
            let of_ecr = rule.of_ecr.as_ref();
            let upstream = of_ecr.map(|it| format!("{} {}", it.upstream, it.upstream_prefix));
            (&*rule.prefix, upstream)
        })
        .collect();
    let upstream = |prefix: &str| Some(format!("444455556666/us-east-1 {prefix}"));
    assert_eq!(shown, [("ROOT", upstream("ROOT")), ("quay", None), ("up", upstream("team"))]);
}

#[tokio::test]
async fn a_cache_whose_upstream_cannot_be_read_is_an_error() {
    for rule in [
        json!({ "ecrRepositoryPrefix": "up", "upstreamRegistryUrl": "1.dkr.ecr.mars.example.com" }),
        json!({ "ecrRepositoryPrefix": "up", "upstreamRegistryUrl": "new.aws",
                "upstreamRegistry": "ecr" }),
        json!({ "ecrRepositoryPrefix": "up" }),
        json!({ "upstreamRegistryUrl": "quay.io" }),
    ] {
        let world = empty().await;
        let answer = json!({ "pullThroughCacheRules": [rule] });
        world.respond("ecr:DescribePullThroughCacheRules", answer.to_string());
        let error = world.sessions.registry(&place()).pull_through_rules().await.unwrap_err();
        assert_names(&error, AwsErrorKind::Internal, "ecr:DescribePullThroughCacheRules");
    }
    let world = empty().await;
    world.deny("ecr:*");
    let error = world.sessions.registry(&place()).pull_through_rules().await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:DescribePullThroughCacheRules");
}
