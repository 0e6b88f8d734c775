//! Pages: the next one is asked for by the token that the last one gave.

use ecr_sweep_aws::AwsErrorKind;
use serde_json::{Value, json};

use super::rows::{Row, all};
use super::{Reply, Rule, Rules, answered};

const TOKEN: &str = "page-2";

/// The lists, with the member of their answers that has the token, and how it is given back.
const LISTS: [(&str, &str, &str); 13] = [
    ("ecr:DescribeImages", "nextToken", r#""nextToken":"page-2""#),
    ("ecr:DescribePullThroughCacheRules", "nextToken", r#""nextToken":"page-2""#),
    ("ecr:DescribeRepositories", "nextToken", r#""nextToken":"page-2""#),
    ("ecr:ListPullTimeUpdateExclusions", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListClusters", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListDaemonTaskDefinitions", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListDaemons", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListServiceDeployments", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListServices", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListTaskDefinitions", "nextToken", r#""nextToken":"page-2""#),
    ("ecs:ListTasks", "nextToken", r#""nextToken":"page-2""#),
    ("lambda:ListFunctions", "NextMarker", "Marker=page-2"),
    ("s3:ListObjectsV2", "NextContinuationToken", "continuation-token=page-2"),
];

/// The first row in which a list is called.
fn row_of(list: &str) -> Row {
    let is_of = |row: &Row| row.answers.iter().any(|(operation, _)| *operation == list);
    all().into_iter().find(is_of).unwrap()
}

/// A page of nothing, behind which there is another one.
fn first_page(list: &str, token: &str, good: &str) -> Reply {
    let page = if list.starts_with("s3:") {
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

/// The rules of a row, whose list begins with a page of nothing: what is behind it is its answer.
fn rules(row: &Row, list: &str, token: &str, has_end: bool) -> Rules {
    let rule = |(operation, good): &(&'static str, String)| {
        let mut replies = vec![Reply::Answer(200, good.clone())];
        if *operation == list {
            replies.insert(0, first_page(list, token, good));
            replies.truncate(if has_end { 2 } else { 1 });
        }
        (*operation, Rule::of(replies))
    };
    row.answers.iter().map(rule).collect()
}

#[tokio::test]
async fn the_next_page_is_asked_for_by_the_token_of_the_last_one() {
    for (list, token, given) in LISTS {
        let row = row_of(list);
        let (told, rules) = answered(rules(&row, list, token, true), row.act).await;
        assert_eq!(told, Ok(row.expected.to_owned()), "{list}");
        let [first, second, ..] = &rules[list].requests[..] else { panic!("{list}") };
        assert!(!first.contains(TOKEN) && second.contains(given), "{list}: {first} {second}");
    }
}

#[tokio::test]
async fn a_token_that_comes_a_second_time_is_an_error() {
    for (list, token, _) in LISTS {
        let row = row_of(list);
        let (told, rules) = answered(rules(&row, list, token, false), row.act).await;
        let (kind, text) = told.unwrap_err();
        assert_eq!(kind, AwsErrorKind::Internal, "{list}: {text}");
        assert!(text.contains("came a second time"), "{list}: {text}");
        assert!(rules[list].calls() <= 4, "{list}");
    }
}
