//! What the command logs at each level.

use serde_json::Value;

use super::world::World;
use crate::command::ended;

const SECRET: &str = "no-log-may-have-this-key";
const TOKEN: &str = "no-log-may-have-this-token";

/// The events of a sweep at a level, each a JSON object.
fn events(verbosity: &str) -> Vec<Value> {
    let world = World::new();
    let mut command = world.command(&["run", "--yes", "--log-format", "json", verbosity]);
    command.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", TOKEN);
    let run = ended(command);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains(SECRET) && !run.stderr.contains(TOKEN), "{}", run.stderr);
    let lines = run.stderr.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events with a message.
fn saying<'a>(events: &'a [Value], message: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["message"] == message).collect()
}

fn own(events: &[Value], level: &str) -> usize {
    let is_own = |event: &&Value| {
        event["level"] == level && event["target"].as_str().unwrap().starts_with("ecr_sweep")
    };
    events.iter().filter(is_own).count()
}

#[test]
fn a_run_that_is_not_asked_to_logs_nothing() {
    assert_eq!(events("--color=never").len(), 0);
}

#[test]
fn one_v_says_what_is_done() {
    let events = events("-v");
    for (message, fields) in [
        ("read the policy", &["policy", "rules"][..]),
        ("opened a session", &["account", "region", "caller"]),
        ("listed repositories", &["account", "region", "repositories"]),
        ("scanned usage", &["account", "region", "source", "rows"]),
        ("planned a repository", &["run", "account", "region", "repository", "images", "delete"]),
        ("asked to delete a batch", &["account", "region", "repository", "images", "deleted"]),
    ] {
        let said = saying(&events, message);
        assert!(!said.is_empty(), "nothing says `{message}`: {events:?}");
        for field in fields {
            assert!(!said[0][field].is_null(), "`{message}` has no `{field}`: {}", said[0]);
        }
    }
    assert!(events.iter().all(|event| event["level"] == "INFO"), "{events:?}");
}

#[test]
fn two_say_each_call() {
    let events = events("-vv");
    let called = saying(&events, "called");
    for operation in ["GetCallerIdentity", "DescribeImages", "ListFunctions", "BatchDeleteImage"] {
        let call = called.iter().find(|event| event["operation"] == operation);
        let call = call.unwrap_or_else(|| panic!("nothing says {operation}: {called:?}"));
        assert_eq!((&call["status"], &call["region"]), (&200.into(), &"eu-west-1".into()));
    }
    assert_eq!(own(&events, "TRACE"), 0);
}

#[test]
fn three_say_what_becomes_of_each_image() {
    let events = events("-vvv");
    let images = |message| saying(&events, message).len();
    assert!(images("to delete") > 0 && images("kept") > 0, "{events:?}");
    assert!(saying(&events, "to delete")[0]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(images("writing a document") > 0, "{events:?}");
}
