//! Pages: the next one is asked for by the token that the last one gave.

use aws_smithy_mocks::{Rule, mock};
use ecr_sweep_aws::AwsErrorKind;
use serde_json::{Value, json};

use super::operations::{in_turn, rule};
use super::rows::{Row, all};
use super::{Reply, answered};

const TOKEN: &str = "page-2";

/// A list, of which there are two pages.
struct List {
    operation: &'static str,
    /// The member of its answers that has the token.
    token: &'static str,
    /// Rules for a call without a token, and for one with that of the first page.
    rules: fn([&[Reply]; 2]) -> [Rule; 2],
}

macro_rules! lists {
    ($($operation:literal, $token:literal: $list:path, $given:ident;)+) => {
        [$(List {
            operation: $operation,
            token: $token,
            rules: |[first, second]| [
                in_turn(mock!($list).match_requests(|it| it.$given().is_none()), first),
                in_turn(mock!($list).match_requests(|it| it.$given() == Some(TOKEN)), second),
            ],
        },)+]
    };
}

const LISTS: [List; 13] = lists! {
    "ecr:DescribeImages", "nextToken": aws_sdk_ecr::Client::describe_images, next_token;
    "ecr:DescribePullThroughCacheRules", "nextToken":
        aws_sdk_ecr::Client::describe_pull_through_cache_rules, next_token;
    "ecr:DescribeRepositories", "nextToken": aws_sdk_ecr::Client::describe_repositories, next_token;
    "ecr:ListPullTimeUpdateExclusions", "nextToken":
        aws_sdk_ecr::Client::list_pull_time_update_exclusions, next_token;
    "ecs:ListClusters", "nextToken": aws_sdk_ecs::Client::list_clusters, next_token;
    "ecs:ListDaemonTaskDefinitions", "nextToken":
        aws_sdk_ecs::Client::list_daemon_task_definitions, next_token;
    "ecs:ListDaemons", "nextToken": aws_sdk_ecs::Client::list_daemons, next_token;
    "ecs:ListServiceDeployments", "nextToken":
        aws_sdk_ecs::Client::list_service_deployments, next_token;
    "ecs:ListServices", "nextToken": aws_sdk_ecs::Client::list_services, next_token;
    "ecs:ListTaskDefinitions", "nextToken": aws_sdk_ecs::Client::list_task_definitions, next_token;
    "ecs:ListTasks", "nextToken": aws_sdk_ecs::Client::list_tasks, next_token;
    "lambda:ListFunctions", "NextMarker": aws_sdk_lambda::Client::list_functions, marker;
    "s3:ListObjectsV2", "NextContinuationToken":
        aws_sdk_s3::Client::list_objects_v2, continuation_token;
};

/// The first row in which a list is called, and what the list answers there.
fn row_of(list: &List) -> (Row, String) {
    let of =
        |row: &Row| row.answers.iter().find(|(operation, _)| *operation == list.operation).cloned();
    all().into_iter().find_map(|row| of(&row).map(|(_, good)| (row, good))).unwrap()
}

/// A page of nothing, behind which there is another one.
fn first_page(List { operation, token, .. }: &List, good: &str) -> Reply {
    let page = if operation.starts_with("s3:") {
        format!(
            "<ListBucketResult><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount>\
             <{token}>{TOKEN}</{token}></ListBucketResult>"
        )
    } else {
        let mut page: Value = serde_json::from_str(good).unwrap();
        page.as_object_mut().unwrap().values_mut().for_each(|it| *it = json!([]));
        page[token] = TOKEN.into();
        page.to_string()
    };
    Reply::Answer(200, page)
}

/// The rules of the other operations of a row.
fn others<'r>(row: &'r Row, list: &'r List) -> impl Iterator<Item = Rule> + use<'r> {
    let others = row.answers.iter().filter(|(operation, _)| *operation != list.operation);
    others.map(|(operation, good)| rule(operation, &[Reply::Answer(200, good.clone())]))
}

#[tokio::test]
async fn the_next_page_is_asked_for_by_the_token_of_the_last_one() {
    for list in LISTS {
        let (row, good) = row_of(&list);
        let (first, second) = (first_page(&list, &good), Reply::Answer(200, good));
        let pages = (list.rules)([&[first], &[second]]);
        let others: Vec<Rule> = others(&row, &list).collect();
        let told = answered(pages.iter().chain(&others), row.act).await;
        assert_eq!(told, Ok(row.expected.to_owned()), "{}", list.operation);
        let calls = pages.map(|it| it.num_calls());
        assert!(calls[0] > 0 && calls[0] == calls[1], "{}: {calls:?}", list.operation);
    }
}

#[tokio::test]
async fn a_token_that_comes_a_second_time_is_an_error() {
    for list in LISTS {
        let (row, good) = row_of(&list);
        let page = &[first_page(&list, &good)];
        let pages = (list.rules)([page, page]);
        let others: Vec<Rule> = others(&row, &list).collect();
        let (kind, text) = answered(pages.iter().chain(&others), row.act).await.unwrap_err();
        assert_eq!(kind, AwsErrorKind::Internal, "{}: {text}", list.operation);
        assert!(text.contains("came a second time"), "{}: {text}", list.operation);
        let calls: usize = pages.iter().map(Rule::num_calls).sum();
        assert!(calls <= 4, "{}: {calls}", list.operation);
    }
}
