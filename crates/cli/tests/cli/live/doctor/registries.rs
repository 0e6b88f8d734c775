//! Settings of registries, and who else deletes in them.

use serde_json::{Value, json};

use super::{Doctored, HOME, OTHER};

#[test]
fn a_registry_whose_repositories_cannot_be_listed_is_found() {
    let said = Doctored::well().denied("ecr:DescribeRepositories", OTHER).asked();
    let (objects, fix) = said.only("call-denied");
    assert_eq!(objects, ["444455556666/eu-west-1"]);
    assert!(fix.contains("ecr:DescribeRepositories") && fix.contains("EcrSweepRead"), "{fix}");
}

#[test]
fn a_registry_whose_replication_cannot_be_read_is_found() {
    let said = Doctored::well().denied("ecr:DescribeRegistry", HOME).asked();
    let (objects, fix) = said.only("call-denied");
    assert_eq!(objects, ["111122223333/eu-west-1"]);
    assert!(fix.contains("ecr:DescribeRegistry") && fix.contains("user/simulated"), "{fix}");
}

#[test]
fn deletions_that_are_replicated_are_warned_of() {
    let registry = json!({ "registryId": OTHER, "replicationConfiguration": { "rules": [{
        "destinations": [{ "region": "us-east-1", "registryId": HOME }],
        "deleteReplication": { "enabled": true },
    }] } });
    let said = Doctored::well().answering("ecr:DescribeRegistry", OTHER, &registry).asked();
    let (objects, _) = said.only("deletions-replicated");
    assert_eq!(objects, ["444455556666/eu-west-1"]);
}

#[test]
fn deletions_that_go_to_an_account_that_is_not_looked_at_are_found() {
    let registry = json!({ "registryId": HOME, "replicationConfiguration": { "rules": [{
        "destinations": [
            { "region": "us-east-1", "registryId": OTHER },
            { "region": "us-east-1", "registryId": "999988887777" },
        ],
        "deleteReplication": { "enabled": true },
    }] } });
    let said = Doctored::well().answering("ecr:DescribeRegistry", HOME, &registry).asked();
    assert_eq!(said.codes(), ["deletions-replicated", "reader-not-looked-at"].into());
    let missed: Vec<_> =
        said.findings().iter().filter(|it| it["code"] == "reader-not-looked-at").collect();
    let [missed] = missed[..] else { panic!("{missed:?}") };
    assert_eq!(missed["objects"], json!(["111122223333/eu-west-1"]));
    assert!(missed["fix"].as_str().unwrap().contains("999988887777"), "{missed}");
}

#[test]
fn an_account_that_may_pull_and_is_not_looked_at_is_found() {
    let policy = json!({ "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999988887777:root" },
        "Action": "ecr:BatchGetImage",
    }] });
    let answer = json!({
        "registryId": HOME, "repositoryName": "dev/app", "policyText": policy.to_string(),
    });
    let doctored = Doctored::well().answering("ecr:GetRepositoryPolicy", HOME, &answer);
    let said = doctored.asked();
    let (objects, fix) = said.only("reader-not-looked-at");
    assert_eq!(objects, ["111122223333/eu-west-1/dev/app"]);
    assert!(fix.contains("999988887777"), "{fix}");
}

#[test]
fn reads_that_change_pull_times_are_warned_of() {
    let none = json!({ "pullTimeUpdateExclusions": [] });
    let said = Doctored::well().answering_first("ecr:ListPullTimeUpdateExclusions", OTHER, &none);
    let said = said.asked();
    let (objects, fix) = said.only("pull-times-change");
    assert_eq!(objects, ["444455556666/eu-west-1"]);
    assert!(fix.contains("arn:aws:iam::444455556666:role/EcrSweepRead"), "{fix}");
}

#[test]
fn repositories_that_a_pull_through_cache_fills_are_warned_of() {
    let rules = json!({ "pullThroughCacheRules": [{
        "ecrRepositoryPrefix": "dev", "upstreamRegistryUrl": "quay.io",
    }] });
    let doctored = Doctored::well().answering("ecr:DescribePullThroughCacheRules", HOME, &rules);
    let said = doctored.asked();
    let (objects, _) = said.only("filled-through-cache");
    assert_eq!(objects, ["111122223333/eu-west-1/dev/app"]);
}

#[test]
fn a_registry_that_may_be_called_less_often_than_a_run_calls_is_warned_of() {
    let quotas = |rate: u32| {
        json!({ "Quotas": [{
        "QuotaName": "Rate of BatchGetImage requests", "QuotaCode": "L-1", "Value": rate,
    }] })
    };
    let asked = |rate| {
        Doctored::well().answering("servicequotas:ListServiceQuotas", HOME, &quotas(rate)).asked()
    };
    let said = asked(5);
    let (objects, fix) = said.only("few-calls-a-second");
    assert_eq!(objects, ["111122223333/eu-west-1"]);
    assert!(fix.contains("--quota-code L-1"), "{fix}");
    assert!(asked(500).codes().is_empty());
    let denied = Doctored::well().denied("servicequotas:ListServiceQuotas", HOME).asked();
    assert!(denied.codes().is_empty(), "{}", denied.report);
}

#[test]
fn a_pattern_that_matches_nothing_is_warned_of() {
    let said = Doctored::well().with_policy("\"dev/*\"", "\"dev/*\", \"prod/*\"").asked();
    let (objects, _) = said.only("matches-nothing");
    assert_eq!(objects, ["the policy"]);
}

#[test]
fn a_lifecycle_policy_of_ecr_is_warned_of() {
    let policy = json!({
        "registryId": HOME, "repositoryName": "dev/app", "lifecyclePolicyText": "{\"rules\":[]}",
    });
    let said = Doctored::well().answering("ecr:GetLifecyclePolicy", HOME, &policy).asked();
    let (objects, fix) = said.only("lifecycle-policy");
    assert_eq!(objects, ["111122223333/eu-west-1/dev/app"]);
    assert!(fix.contains("aws ecr delete-lifecycle-policy"), "{fix}");
    assert_eq!(said.ended.code, Some(0), "a warning is in nobody's way");
}

fn event(name: &str, more: &Value) -> Value {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(5);
    let mut event = json!({
        "eventTime": format!("{at:.0}"), "eventSource": "ecr.amazonaws.com", "eventName": name,
        "awsRegion": "eu-west-1", "recipientAccountId": OTHER,
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn images_that_a_lifecycle_policy_has_deleted_are_warned_of() {
    let mut doctored = Doctored::well();
    let action = json!({ "lifecycleEventImage": {}, "rulePriority": 1 });
    doctored.options.events = vec![event(
        "PolicyExecutionEvent",
        &json!({
            "userIdentity": { "accountId": OTHER, "invokedBy": "AWS Internal" },
            "serviceEventDetails": {
                "repositoryName": "dev/api", "lifecycleEventImageActions": [action, action],
            },
        }),
    )];
    let said = doctored.asked();
    let (objects, _) = said.only("lifecycle-deletions");
    assert_eq!(objects, ["444455556666/eu-west-1/dev/api"]);
    assert!(said.findings()[0]["problem"].as_str().unwrap().contains("2 images"));
}

#[test]
fn somebody_else_who_deletes_images_is_warned_of_and_ecr_sweep_is_not() {
    let mut doctored = Doctored::well();
    let by = |session: &str| {
        let arn = format!("arn:aws:sts::{OTHER}:assumed-role/Cleaner/{session}");
        let identity = json!({ "arn": arn, "accountId": OTHER, "sessionContext": { "sessionIssuer": {
            "arn": format!("arn:aws:iam::{OTHER}:role/Cleaner"),
        } } });
        let parameters = json!({ "repositoryName": "dev/api", "imageIds": [] });
        let more = json!({ "userIdentity": identity, "requestParameters": parameters });
        event("BatchDeleteImage", &more)
    };
    doctored.options.events = vec![by("ecr-sweep-20261120T101500.123Z")];
    assert!(doctored.asked().codes().is_empty());
    doctored.options.events.push(by("nightly"));
    let said = doctored.asked();
    let (objects, _) = said.only("others-delete");
    assert_eq!(objects, ["arn:aws:iam::444455556666:role/Cleaner"]);
}

#[test]
fn what_may_not_be_read_is_told_with_the_permission_that_it_takes() {
    for (operation, account) in [
        ("ecr:GetLifecyclePolicy", OTHER),
        ("ecr:DescribePullThroughCacheRules", OTHER),
        ("cloudtrail:LookupEvents", OTHER),
    ] {
        let said = Doctored::well().denied(operation, account).asked();
        let (_, fix) = said.only("not-checked");
        assert!(fix.contains(operation) && fix.contains("EcrSweepRead"), "{fix}");
        assert_eq!(said.ended.code, Some(3), "nobody knows");
    }
}
