//! What each operation may answer besides what it should.

use ecr_sweep_aws::AwsErrorKind;

use super::operations::rule;
use super::rows::{Row, Told, all};
use super::{Reply, Rules, answered};

/// As often as the clients try.
const TRIES: usize = 8;

fn good(answer: &str) -> Reply {
    Reply::Answer(200, answer.to_owned())
}

fn rules(answers: &[(&'static str, String)]) -> Rules {
    answers
        .iter()
        .map(|(operation, answer)| (*operation, rule(operation, &[good(answer)])))
        .collect()
}

/// An error, as a service spells it.
fn refusal(operation: &str, status: u16, code: &str) -> Reply {
    let body = if operation.starts_with("s3:") {
        format!("<Error><Code>{code}</Code><Message>no</Message></Error>")
    } else {
        format!(r#"{{ "__type": "{code}", "message": "no" }}"#)
    };
    Reply::Answer(status, body)
}

/// What comes of a row where one operation gives these answers before its good one, or instead of it; and
/// how often that one was called.
async fn with(row: &Row, operation: &'static str, replies: &[Reply]) -> (Told, usize) {
    let mut rules = rules(&row.answers);
    rules.insert(operation, rule(operation, replies));
    let told = answered(rules.values(), row.act).await;
    (told, rules[operation].num_calls())
}

/// Every row with each of its operations.
fn each() -> Vec<(Row, &'static str, Reply)> {
    let each_of = |row: Row| {
        let answers = row.answers.clone().into_iter();
        answers.map(move |(operation, answer)| (row.clone(), operation, good(&answer)))
    };
    all().into_iter().flat_map(each_of).collect()
}

#[tokio::test]
async fn what_is_answered_is_read_by_as_few_calls_as_there_are() {
    for row in all() {
        let rules = rules(&row.answers);
        let told = answered(rules.values(), row.act).await;
        assert_eq!(told, Ok(row.expected.to_owned()));
        for (operation, rule) in &rules {
            // Tasks are listed by two states, and two of the objects are usage files.
            let calls = match *operation {
                "ecs:ListTasks" => 2,
                "s3:GetObject" if rules.len() > 1 => 2,
                _ => 1,
            };
            assert_eq!(rule.num_calls(), calls, "{operation}");
        }
    }
}

#[tokio::test]
async fn where_there_is_nothing_nothing_is_found() {
    for row in all() {
        let Some((answers, expected)) = row.empty else { continue };
        let rules = rules(&answers);
        let told = answered(rules.values(), row.act).await;
        assert_eq!(told, Ok(expected.to_owned()));
        assert!(rules.values().all(|rule| rule.num_calls() == 1), "{answers:?}");
    }
}

#[tokio::test]
async fn what_is_throttled_or_fails_is_asked_again() {
    for (row, operation, good) in each() {
        let throttled = refusal(operation, 400, "ThrottlingException");
        let slow = refusal(operation, 503, "SlowDown");
        let broken = Reply::Answer(502, "<html>".to_owned());
        let again = Reply::Refused("ThrottlingException");
        let replies = [throttled, slow, broken, Reply::Late, Reply::BrokenOff, again, good];
        let (told, _) = with(&row, operation, &replies).await;
        assert_eq!(told, Ok(row.expected.to_owned()), "{operation}");
    }
}

#[tokio::test]
async fn what_is_throttled_or_fails_for_ever_is_an_error_after_every_try() {
    for (row, operation, _) in each() {
        for (reply, kind) in [
            (refusal(operation, 400, "ThrottlingException"), AwsErrorKind::Throttled),
            (Reply::Refused("ThrottlingException"), AwsErrorKind::Throttled),
            (Reply::Answer(500, "<html>".to_owned()), AwsErrorKind::Unavailable),
            (Reply::Late, AwsErrorKind::Unavailable),
            (Reply::BrokenOff, AwsErrorKind::Unavailable),
        ] {
            let (told, calls) = with(&row, operation, &[reply]).await;
            let (told, text) = told.unwrap_err();
            assert_eq!(told, kind, "{operation}: {text}");
            assert!(text.starts_with(operation), "{operation}: {text}");
            assert!(calls >= TRIES, "{operation}: {calls}");
        }
    }
}

#[tokio::test]
async fn what_is_denied_is_an_error_that_names_the_call_and_is_not_asked_again() {
    for (row, operation, _) in each() {
        let denied = [
            refusal(operation, 403, "AccessDenied"),
            refusal(operation, 400, "AccessDeniedException"),
            Reply::Refused("AccessDeniedException"),
            Reply::Answer(403, String::new()),
        ];
        for reply in denied {
            let (told, calls) = with(&row, operation, std::slice::from_ref(&reply)).await;
            let (kind, text) = told.unwrap_err();
            assert_eq!(kind, AwsErrorKind::AccessDenied, "{operation} {reply:?}: {text}");
            assert!(text.starts_with(operation), "{operation}: {text}");
            assert!(calls <= 2, "{operation}: {calls}");
        }
    }
}

/// A batch may leave out its lists: what it does not speak of is not answered. A bucket that was never
/// versioned says nothing.
const MAY_SAY_NOTHING: [(&str, &str); 3] =
    [("ecr:BatchDeleteImage", "{}"), ("ecr:BatchGetImage", "{}"), ("s3:GetBucketVersioning", "")];

#[tokio::test]
async fn an_answer_that_is_none_is_unreadable() {
    for (row, operation, _) in each() {
        // What is in an object may be anything, and what says nothing cannot be wrong.
        if ["s3:GetObject", "s3:PutObject", "states:SendTaskSuccess"].contains(&operation) {
            continue;
        }
        for body in ["", "null", "{}", "[]", "\"text\"", "{\"cut", "<html>", "<Cut><Status>"] {
            if MAY_SAY_NOTHING.contains(&(operation, body)) {
                continue;
            }
            let (told, calls) = with(&row, operation, &[good(body)]).await;
            let (kind, text) = told.unwrap_err();
            assert_eq!(kind, AwsErrorKind::Internal, "{operation} {body:?}: {text}");
            assert!(text.starts_with(operation), "{operation}: {text}");
            assert!(calls <= 2, "{operation}: {calls}");
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_nothing_only_where_nothing_else_can_be_meant() {
    for row in all() {
        for (operation, code, expected) in row.gone.clone() {
            let (told, calls) = with(&row, operation, &[refusal(operation, 404, code)]).await;
            match expected {
                Some(expected) => assert_eq!(told, Ok(expected.to_owned()), "{operation} {code}"),
                None => {
                    assert_eq!(told.unwrap_err().0, AwsErrorKind::NotFound, "{operation} {code}");
                }
            }
            // A source looks three times before it believes it.
            let looks = if operation.starts_with("lambda:") { 3 } else { 1 };
            assert_eq!(calls, looks, "{operation} {code}");
        }
    }
}

/// What no version of an API has said so far.
#[tokio::test]
async fn an_answer_of_another_kind_is_an_error() {
    for (row, operation, _) in each() {
        for (reply, kind) in [
            (refusal(operation, 400, "SomethingNewException"), AwsErrorKind::InvalidRequest),
            (refusal(operation, 400, "UnknownOperationException"), AwsErrorKind::Internal),
            (refusal(operation, 400, "ExpiredTokenException"), AwsErrorKind::Credentials),
            (refusal(operation, 400, "ServiceQuotaExceededException"), AwsErrorKind::Quota),
            (Reply::Answer(302, String::new()), AwsErrorKind::Internal),
        ] {
            // An endpoint may know no daemons.
            let may_be_unknown = operation == "ecs:ListDaemonTaskDefinitions"
                && format!("{reply:?}").contains("UnknownOperation");
            if may_be_unknown {
                continue;
            }
            let (told, _) = with(&row, operation, std::slice::from_ref(&reply)).await;
            let (told, text) = told.unwrap_err();
            assert_eq!(told, kind, "{operation} {reply:?}: {text}");
        }
    }
}
