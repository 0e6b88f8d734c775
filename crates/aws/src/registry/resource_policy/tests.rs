#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values to give away")]

use serde_json::{Value, json};

use super::*;

const OTHER: &str = "444455556666";

fn texts(policy: &Value) -> Vec<String> {
    admitted(&policy.to_string(), None).unwrap().iter().map(ToString::to_string).collect()
}

/// Whom a policy of one statement admits: everybody to pull, unless it is set otherwise.
fn with(members: Value) -> Vec<String> {
    let mut statement =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage" });
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(name);
        } else {
            statement[name] = value.clone();
        }
    }
    texts(&json!({ "Version": "2012-10-17", "Statement": [statement] }))
}

fn principal(principal: Value) -> Vec<String> {
    with(json!({ "Principal": principal }))
}

fn action(action: Value) -> Vec<String> {
    with(json!({ "Action": action }))
}

fn condition(condition: Value) -> Vec<String> {
    with(json!({ "Condition": condition }))
}

#[test]
fn another_organization_than_the_one_that_is_looked_at_is_everybody() {
    let admitting = |values: Value| {
        let statement = json!({
            "Effect": "Allow", "Principal": "*", "Action": "ecr:*",
            "Condition": { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": values } },
        });
        let policy = json!({ "Statement": statement }).to_string();
        [Some("o-ours"), None].map(|organization| {
            let admitted = admitted(&policy, organization).unwrap();
            admitted.iter().map(ToString::to_string).collect::<Vec<_>>().concat()
        })
    };
    for (values, expected) in [
        (json!("o-ours/r-1/*"), ["organization"; 2]),
        (json!("${aws:ResourceOrgID}/*"), ["organization"; 2]),
        (json!("o-theirs/*"), ["public", "organization"]),
        (json!(["o-ours/*", "o-theirs/*"]), ["public", "organization"]),
        (json!("o-ours2/*"), ["public", "organization"]),
    ] {
        assert_eq!(admitting(values.clone()), expected, "{values}");
    }
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html>
#[test]
fn the_documented_examples_admit_whom_they_say() {
    let users = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "AllowPushPull",
        "Effect": "Allow",
        "Principal": { "AWS": [
            "arn:aws:iam::111122223333:user/push-pull-user-1",
            "arn:aws:iam::444455556666:user/push-pull-user-2",
        ] },
        "Action": [
            "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload",
            "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
            "ecr:UploadLayerPart",
        ],
    }] });
    assert_eq!(texts(&users), ["111122223333", OTHER]);
    let another = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "AllowCrossAccountPush",
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
        "Action": ["ecr:BatchCheckLayerAvailability", "ecr:PutImage"],
    }] });
    assert!(texts(&another).is_empty(), "pushing is no pulling");
    let all_accounts = json!({ "Version": "2008-10-17", "Statement": [{
        "Sid": "AllowPull",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    }] });
    assert_eq!(texts(&all_accounts), ["public"]);
    let addresses = json!({ "Version": "2012-10-17", "Id": "ECRPolicyId1", "Statement": [{
        "Sid": "IPAllow",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "ecr:*",
        "Condition": {
            "NotIpAddress": { "aws:SourceIp": "54.240.143.188/32" },
            "IpAddress": { "aws:SourceIp": "54.240.143.0/24" },
        },
    }] });
    assert_eq!(texts(&addresses), ["public"]);
    let service = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "CodeBuildAccess",
        "Effect": "Allow",
        "Principal": { "Service": "codebuild.amazonaws.com" },
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Condition": {
            "ArnLike": { "aws:SourceArn": "arn:aws:codebuild:us-east-1:123456789012:project/app" },
            "StringEquals": { "aws:SourceAccount": "123456789012" },
        },
    }] });
    assert_eq!(texts(&service), ["123456789012"]);
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions>
#[test]
fn the_policy_that_cross_account_functions_need_admits_their_account() {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        {
            "Sid": "CrossAccountPermission",
            "Effect": "Allow",
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
        },
        {
            "Sid": "LambdaECRImageCrossAccountRetrievalPolicy",
            "Effect": "Allow",
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Condition": { "StringLike": {
                "aws:sourceARN": "arn:aws:lambda:us-east-1:444455556666:function:*",
            } },
        },
    ] });
    assert_eq!(texts(&policy), [OTHER]);
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create.html>
#[test]
fn a_registry_policy_for_replication_lets_nobody_pull() {
    let policy = json!({ "Version": "2012-10-17", "Statement": {
        "Sid": "ReplicationAccessCrossAccount",
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": ["arn:aws:ecr:us-west-2:111122223333:repository/*"],
    } });
    assert!(texts(&policy).is_empty());
}

#[test]
fn a_principal_of_an_account_is_that_account() {
    for text in [
        OTHER,
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:user/somebody",
        "arn:aws-cn:iam::444455556666:role/path/to/pull",
        "arn:aws:sts::444455556666:assumed-role/pull/session",
        "arn:aws:sts::444455556666:federated-user/somebody",
    ] {
        assert_eq!(principal(json!({ "AWS": text })), [OTHER], "{text}");
        assert_eq!(principal(json!({ "AWS": [text, "111122223333"] })), ["111122223333", OTHER]);
    }
}

#[test]
fn a_principal_that_is_not_understood_is_everybody() {
    for one in [
        json!("*"),
        json!("444455556666"),
        json!({ "AWS": "*" }),
        json!({ "AWS": ["444455556666", "*"] }),
        json!({ "AWS": "AIDACKCEVSQ6C2EXAMPLE" }),
        json!({ "AWS": "AROADBQP57FF2AEXAMPLE" }),
        json!({ "AWS": "arn:aws:iam::*:root" }),
        json!({ "AWS": "arn:aws:iam::444455556666:" }),
        json!({ "AWS": "arn:aws:s3::444455556666:root" }),
        json!({ "AWS": "arn:other:iam::444455556666:root" }),
        json!({ "AWS": "arn:aws:iam:eu-west-1:444455556666:root" }),
        json!({ "Federated": "cognito-identity.amazonaws.com" }),
        json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
        json!({ "Service": "lambda.amazonaws.com" }),
        json!({ "AWS": "444455556666", "Service": "codebuild.amazonaws.com" }),
        json!({ "Account": "444455556666" }),
    ] {
        assert_eq!(principal(one.clone()), ["public"], "{one}");
    }
}

#[test]
fn a_principal_of_nobody_admits_nobody() {
    assert!(principal(json!({ "AWS": [] })).is_empty());
}

#[test]
fn all_but_some_are_everybody() {
    let others = json!({ "AWS": "arn:aws:iam::444455556666:root" });
    assert_eq!(with(json!({ "Principal": null, "NotPrincipal": others })), ["public"]);
    assert_eq!(with(json!({ "Principal": null })), ["public"]);
    assert_eq!(with(json!({ "Action": null, "NotAction": "ecr:PutImage" })), ["public"]);
    assert_eq!(with(json!({ "Action": null, "NotAction": "ecr:*" })), ["public"]);
}

#[test]
fn every_action_that_can_pull_counts() {
    for text in [
        "*",
        "ecr:*",
        "ecr:Batch*",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:Get*",
        "ECR:batchgetimage",
        "ecr:BatchGetImag?",
        "e*",
    ] {
        assert_eq!(action(json!(text)), ["public"], "{text}");
        assert_eq!(action(json!(["ecr:PutImage", text])), ["public"], "{text}");
    }
    for text in ["ecr:PutImage", "ecr:Describe*", "ecr:BatchDeleteImage", "s3:*", ""] {
        assert!(action(json!(text)).is_empty(), "{text}");
    }
}

#[test]
fn what_denies_is_passed_over() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "*" });
    let allow = json!({ "Effect": "Allow", "Principal": { "AWS": OTHER }, "Action": "ecr:*" });
    assert!(texts(&json!({ "Statement": [deny] })).is_empty());
    assert_eq!(texts(&json!({ "Statement": [deny, allow] })), [OTHER]);
}

#[test]
fn a_condition_on_the_organization_admits_it_alone() {
    for one in [
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "AWS:principalorgid": ["o-a1b2c3d4e5"] } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }),
        json!({ "StringLike": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-1/*" } }),
        json!({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/"] } }),
        json!({ "StringEquals": { "aws:SourceOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "aws:SourceVpc": "vpc-1", "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
    ] {
        assert_eq!(condition(one.clone()), ["organization"], "{one}");
    }
}

#[test]
fn a_condition_on_accounts_admits_them_alone() {
    for one in [
        json!({ "StringEquals": { "aws:PrincipalAccount": OTHER } }),
        json!({ "StringLike": { "aws:SourceAccount": [OTHER] } }),
        json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::444455556666:role/*" } }),
        json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam::444455556666:role/*" } }),
        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:*:444455556666:function:*" } }),
        json!({ "ArnEquals": { "aws:SourceArn": "arn:*:*:*:444455556666:*" } }),
        json!({
            "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
            "StringLike": { "aws:PrincipalAccount": OTHER },
        }),
    ] {
        assert_eq!(condition(one.clone()), [OTHER], "{one}");
    }
    let both = json!({ "StringEquals": { "aws:PrincipalAccount": [OTHER, "111122223333"] } });
    assert_eq!(condition(both), ["111122223333", OTHER]);
}

#[test]
fn a_condition_that_binds_nobody_for_certain_leaves_everybody() {
    for one in [
        json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": OTHER } }),
        json!({ "Null": { "aws:PrincipalOrgID": "false" } }),
        json!({ "StringLike": { "aws:PrincipalOrgID": "*" } }),
        json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": ["o-a1b2c3d4e5", "?"] } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": [] } }),
        json!({ "StringEquals": { "aws:ResourceOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "aws:ResourceAccount": OTHER } }),
        json!({ "StringLike": { "aws:PrincipalAccount": "4444*" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": [OTHER, 5] } }),
        json!({ "StringLike": { "aws:SourceArn": "arn:aws:lambda:*:444455556666:function:*" } }),
        json!({ "StringLike": { "aws:SourceArn": "*:444455556666:*" } }),
        json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/pull" } }),
        json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::444455556666" } }),
        json!({ "StringLike": { "aws:SourceArn": "arn:${aws:x}:a:b:444455556666:c:d" } }),
    ] {
        assert_eq!(condition(one.clone()), ["public"], "{one}");
    }
}

#[test]
fn a_condition_does_not_widen_the_account_that_is_named() {
    let members = json!({
        "Principal": { "AWS": OTHER },
        "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
    });
    assert_eq!(with(members), [OTHER]);
}

#[test]
fn a_service_acts_for_the_accounts_of_its_condition_or_else_for_anybody() {
    let service = json!({ "Service": ["lambda.amazonaws.com", "codebuild.amazonaws.com"] });
    let bound = |condition: Value| with(json!({ "Principal": service, "Condition": condition }));
    assert_eq!(bound(json!({ "StringEquals": { "aws:SourceAccount": OTHER } })), [OTHER]);
    assert_eq!(
        bound(json!({ "StringEquals": { "aws:SourceOrgID": "o-a1b2c3d4e5" } })),
        ["organization"]
    );
    assert_eq!(bound(json!({})), ["public"]);
}

#[test]
fn what_is_not_a_policy_is_an_error() {
    for text in [
        "",
        "no JSON",
        "[]",
        "{}",
        r#"{ "Statement": [{}] }"#,
        r#"{ "Statement": [{ "Effect": "allow", "Principal": "*", "Action": "ecr:*" }] }"#,
        r#"{ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": 444455556666 } }] }"#,
        r#"{ "Statement": [{ "Effect": "Allow", "Principal": "*", "Permission": "ecr:*" }] }"#,
        r#"{ "Statement": [], "Sharing": "everybody" }"#,
        r#"{ "Statement": [] } more"#,
    ] {
        assert!(admitted(text, None).is_err(), "{text}");
    }
}
