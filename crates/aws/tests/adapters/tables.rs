//! Every source whose calls are rows, against samples of everything that it reads: AWS's own models
//! say how they look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::sources::{ScanError, Scanned, described_tables};
use ecr_sweep_aws_sim::{Effect, Fault, GivenAnswer, Lack, SimulatorOptions};
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use crate::world::{World, snapshot};

/// What no answer may leave behind: it is wherever a sample has room for a text.
const CANARY: &str = "canary-5f2c";

static OPERATIONS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let text = include_str!("../../../aws-sim/src/table/operations.json");
    serde_json::from_str(text).unwrap()
});

fn sources() -> Vec<Source> {
    let tables = described_tables().unwrap();
    let name = |table: &Value| serde_json::from_value(table["source"].clone()).unwrap();
    tables.as_array().unwrap().iter().map(name).collect()
}

async fn world(has_samples: bool, rows_a_page: Option<usize>) -> World {
    World::with(SimulatorOptions {
        snapshot: Some(snapshot(json!([]), json!({}))),
        has_samples,
        rows_a_page,
        remembers_answers: true,
        ..SimulatorOptions::default()
    })
    .await
}

/// The images that the samples of an operation name, by number, and the digests.
fn named_in(sample: &Value, into: &mut BTreeSet<String>) {
    match sample {
        Value::String(text) => {
            // A repository, named beside its tag.
            if text.starts_with("table/") {
                into.insert(text.clone());
            }
            for part in text.split("REGISTRY/").skip(1) {
                into.insert(part.split([':', ' ']).next().unwrap().to_owned());
            }
            for part in text.split("REPOSITORIES/").skip(1) {
                into.insert(part.rsplit_once('/').unwrap().0.to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named_in(item, into)),
        Value::Object(members) => members.values().for_each(|value| named_in(value, into)),
        _ => {}
    }
}

fn text(scanned: &Scanned) -> String {
    format!("{scanned:?}")
}

/// How often what rows describe was called: a source may call more than that.
fn counts(world: &World) -> BTreeMap<String, u64> {
    let is_of_a_row = |called: &str| {
        OPERATIONS.iter().any(|it| {
            let (service, name) = (it["service"].as_str(), it["operation"].as_str());
            called.split_once(':') == service.zip(name)
        })
    };
    world.simulator.counts().into_iter().filter(|(called, _)| is_of_a_row(called)).collect()
}

/// The operations of a source, as they are counted.
fn operations(world: &World) -> BTreeSet<String> {
    counts(world).into_keys().collect()
}

#[tokio::test]
async fn every_image_of_every_answer_is_found_and_nothing_else_is_kept() {
    for source in sources() {
        let world = world(true, None).await;
        let scanned = world.scan(source).await.unwrap();
        let asked = operations(&world);
        let mut named = BTreeSet::new();
        for operation in OPERATIONS.iter() {
            let name = format!("{}:{}", operation["service"], operation["operation"]);
            if asked.contains(&name.replace('"', "")) {
                named_in(&operation["sample"], &mut named);
            }
        }
        assert!(!named.is_empty(), "{source}: {asked:?}");
        let found: BTreeSet<String> = scanned
            .usage
            .iter()
            .filter_map(|usage| Some(usage.reference.split_once(".amazonaws.com/")?.1))
            .map(|image| image.split([':', '@']).next().unwrap().trim_end_matches("/*").to_owned())
            .collect();
        assert_eq!(found, named, "{source}");
        assert!(!text(&scanned).contains(CANARY), "{source}");
        assert!(scanned.usage.iter().all(|usage| usage.kind.source() == source), "{source}");
    }
}

#[tokio::test]
async fn every_page_is_read_whatever_its_size() {
    for source in sources() {
        let whole = world(true, None).await.scan(source).await.unwrap();
        let by_one = world(true, Some(1)).await;
        assert_eq!(by_one.scan(source).await.unwrap().usage, whole.usage, "{source}");
    }
}

/// How often a row is asked for at first: once for each of what it is asked for one by one.
fn calls(row: &Value) -> usize {
    let given = row["given"].as_array().unwrap().iter();
    given.filter_map(|given| Some(given[1].get("each")?.as_array()?.len())).product()
}

#[tokio::test]
async fn where_there_is_nothing_nothing_is_found_by_few_calls() {
    for source in sources() {
        let world = world(false, None).await;
        let scanned = world.scan(source).await.unwrap();
        assert_eq!(scanned.usage, [], "{source}");
        let lists: u64 = counts(&world).values().sum();
        let rows = described_tables().unwrap();
        let table =
            rows.as_array().unwrap().iter().find(|table| table["source"] == json!(source)).unwrap();
        let expected: usize = table["reads"].as_array().unwrap().iter().map(calls).sum();
        assert_eq!(lists, expected as u64, "{source}");
    }
}

/// Runs a scan with a fault in each operation of each source in turn.
async fn with_each(
    effect: impl Fn(&str) -> Effect,
    times: Option<u64>,
) -> Vec<(Source, String, Result<Scanned, ScanError>)> {
    let mut ended = Vec::new();
    for source in sources() {
        let world = world(true, None).await;
        world.scan(source).await.unwrap();
        for operation in operations(&world) {
            world.simulator.set_faults(vec![Fault {
                times,
                ..Fault::new(operation.parse().unwrap(), effect(&operation))
            }]);
            let scanned = world.scan(source).await;
            ended.push((source, operation, scanned));
        }
    }
    ended
}

fn error(code: &str) -> Effect {
    Effect::Error { code: code.to_owned(), status: 400, message: "no".to_owned() }
}

#[tokio::test]
async fn what_is_denied_fails_the_source_and_says_which_call_was() {
    for (source, operation, ended) in with_each(|_| error("AccessDeniedException"), None).await {
        let Err(ScanError::Aws(error)) = ended else { panic!("{source} {operation}") };
        assert_eq!(error.kind, AwsErrorKind::AccessDenied, "{operation}: {error}");
        assert!(error.to_string().starts_with(&operation), "{operation}: {error}");
    }
}

#[tokio::test]
async fn of_several_denied_calls_that_of_the_first_row_is_told_whichever_is_faster() {
    for slow in ["batch:DescribeJobDefinitions", "batch:DescribeJobQueues"] {
        let world = World::with(SimulatorOptions {
            snapshot: Some(snapshot(json!([]), json!({}))),
            latencies: vec![format!("{slow}=50ms").parse().unwrap()],
            ..SimulatorOptions::default()
        })
        .await;
        world.deny("batch:*");
        let error = world.scan(Source::Batch).await.unwrap_err().to_string();
        assert!(error.starts_with("batch:DescribeJobDefinitions "), "{error}");
    }
}

#[tokio::test]
async fn what_is_throttled_is_asked_again() {
    let mut whole = BTreeMap::new();
    for source in sources() {
        whole.insert(source, world(true, None).await.scan(source).await.unwrap().usage);
    }
    let throttled = with_each(|_| error("ThrottlingException"), Some(2)).await;
    for (source, operation, ended) in throttled {
        assert_eq!(ended.unwrap().usage, whole[&source], "{operation}");
    }
}

#[tokio::test]
async fn what_is_no_answer_fails_the_source() {
    for body in
        ["", "null", "[]", "{\"canary-5f2c\"", "<html>canary-5f2c</html>", "\"canary-5f2c\""]
    {
        let respond = |_: &str| Effect::Respond {
            status: 200,
            headers: BTreeMap::new(),
            body: body.to_owned(),
        };
        for (source, operation, ended) in with_each(respond, None).await {
            let Err(error) = ended else { panic!("{source} {operation} {body}") };
            assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
        }
    }
}

#[tokio::test]
async fn what_no_endpoint_of_the_region_knows_is_not_there() {
    let first = described_tables().unwrap();
    let first: Vec<&Value> = first
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|table| table["reads"].as_array().unwrap())
        .collect();
    let unknown = |_: &str| error("UnknownOperationException");
    for (source, operation, ended) in with_each(unknown, None).await {
        // A source that is more than its rows decides itself.
        let is_decided = source == Source::Lambda && operation == "lambda:ListRuntimes";
        let may_be = first.iter().any(|row| {
            operation.ends_with(&format!(":{}", row["operation"].as_str().unwrap()))
                && row["may_be_unknown"] == json!(true)
        });
        assert_eq!(ended.is_ok(), may_be || is_decided, "{source} {operation} {ended:?}");
    }
}

/// A list of what is not there any more is none; what is listed at first is there.
#[tokio::test]
async fn what_vanished_since_it_was_listed_names_nothing() {
    let gone = |_: &str| error("ResourceNotFoundException");
    for (source, operation, ended) in with_each(gone, None).await {
        let (_, name) = operation.split_once(':').unwrap();
        let is_first = described_tables().unwrap().as_array().unwrap().iter().any(|table| {
            let reads = table["reads"].as_array().unwrap();
            reads.iter().any(|row| row["operation"] == name)
        });
        match ended {
            Ok(_) => assert!(!is_first, "{source} {operation}"),
            Err(error) => assert!(is_first, "{source} {operation}: {error}"),
        }
    }
}

/// What is made again under its name, or was not known everywhere yet, is found by a further look.
#[tokio::test]
async fn what_is_not_found_at_two_looks_and_at_the_third_names_what_it_always_did() {
    let gone = |_: &str| error("ResourceNotFoundException");
    let mut found_late = 0;
    for (source, operation, ended) in with_each(gone, Some(2)).await {
        // What is listed at first is there, or the source is not seen whole.
        let Ok(scanned) = ended else { continue };
        let whole = world(true, None).await.scan(source).await.unwrap();
        assert_eq!(scanned.usage, whole.usage, "{operation}");
        assert_eq!(scanned.found, whole.found, "{operation}");
        found_late += 1;
    }
    assert!(found_late > 30, "{found_late}");
}

/// What is asked about several at once and leaves one out is asked again.
#[tokio::test]
async fn what_an_answer_about_several_leaves_out_at_first_is_found() {
    for (source, operation, list) in [
        (Source::Batch, "batch:DescribeJobs", "jobs"),
        (Source::Codebuild, "codebuild:BatchGetProjects", "projects"),
        (Source::Codebuild, "codebuild:BatchGetSandboxes", "sandboxes"),
        (Source::Codedeploy, "codedeploy:BatchGetDeployments", "deploymentsInfo"),
        (Source::Ssm, "ssm:GetParameters", "Parameters"),
    ] {
        let world = world(true, None).await;
        let whole = world.scan(source).await.unwrap();
        assert!(counts(&world).contains_key(operation), "{operation} {:?}", counts(&world));
        let body = json!({ list: [] }).to_string();
        let headers = BTreeMap::new();
        for (times, is_seen) in [(Some(1), true), (Some(2), true), (None, false)] {
            let empty =
                Effect::Respond { status: 200, headers: headers.clone(), body: body.clone() };
            world
                .simulator
                .set_faults(vec![Fault { times, ..Fault::new(operation.parse().unwrap(), empty) }]);
            let scanned = world.scan(source).await.unwrap();
            assert_eq!(scanned.usage == whole.usage, is_seen, "{operation} {times:?}");
        }
    }
}

/// What one look has found stays found, whatever a further one at the same misses.
#[tokio::test]
async fn what_was_found_at_the_first_look_names_its_image_though_the_next_one_misses_it() {
    let world = world(true, None).await;
    let answer = |operation: &str, body: Value, times| {
        let (status, headers, body) = (200, BTreeMap::new(), body.to_string());
        let answer = Effect::Respond { status, headers, body };
        Fault { times, ..Fault::new(operation.parse().unwrap(), answer) }
    };
    let image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/seen/once:v1";
    let found = json!({ "projects": [{ "arn": "a", "environment": { "image": image } }] });
    world.simulator.set_faults(vec![
        answer("codebuild:ListProjects", json!({ "projects": ["a", "b"] }), None),
        answer("codebuild:BatchGetProjects", found, Some(1)),
        answer("codebuild:BatchGetProjects", json!({ "projects": [] }), None),
    ]);
    let scanned = world.scan(Source::Codebuild).await.unwrap();
    let named = scanned.usage.iter().filter(|row| &*row.reference == image).count();
    assert_eq!(named, 1, "{:?}", scanned.usage);
    assert_eq!(counts(&world)["codebuild:BatchGetProjects"], 3);
}

/// All that an answer can lack of what a source relies on.
fn lacks(answer: &GivenAnswer) -> Vec<Lack> {
    let mut lacks = vec![Lack::Members, Lack::Body];
    let Ok(Value::Object(members)) = serde_json::from_str(&answer.body) else { return lacks };
    for (name, value) in members {
        lacks.extend([Lack::Member(name.clone()), Lack::Value(name.clone())]);
        if value.as_array().is_some_and(|items| !items.is_empty()) {
            lacks.extend([Lack::Item(name.clone()), Lack::ItemsMembers(name)]);
        }
    }
    lacks
}

#[tokio::test]
async fn an_answer_that_lacks_something_is_no_answer_or_loses_no_image() {
    for source in sources() {
        let world = world(true, None).await;
        let whole = world.scan(source).await.unwrap().usage;
        let mut answers: BTreeMap<String, GivenAnswer> = BTreeMap::new();
        for answer in world.simulator.answers() {
            answers.entry(answer.operation.clone()).or_insert(answer);
        }
        for (operation, answer) in answers {
            for lack in lacks(&answer) {
                if !is_always_sent(&operation, &lack) {
                    continue;
                }
                let effect = Effect::Lack(lack.clone());
                world.simulator.set_faults(vec![Fault::new(operation.parse().unwrap(), effect)]);
                if let Ok(scanned) = world.scan(source).await {
                    assert_eq!(scanned.usage, whole, "{operation} {lack:?}");
                }
            }
        }
    }
}

/// Whether a row relies on what an answer lacks. What a thing may be without, such as containers
/// of another kind, no answer has to say.
fn is_always_sent(operation: &str, lack: &Lack) -> bool {
    let member = match lack {
        Lack::Members | Lack::Body | Lack::Answer => return true,
        Lack::Member(member) | Lack::Value(member) => member,
        Lack::Item(list) | Lack::ItemsMembers(list) => list,
    };
    let is_item = matches!(lack, Lack::Item(_) | Lack::ItemsMembers(_));
    let (_, name) = operation.split_once(':').unwrap();
    let tables = described_tables().unwrap();
    let mut rows: Vec<&Value> =
        tables.as_array().unwrap().iter().flat_map(|it| it["reads"].as_array().unwrap()).collect();
    let mut all = Vec::new();
    while let Some(row) = rows.pop() {
        rows.extend(row["then"].as_array().unwrap());
        all.push(row);
    }
    all.iter().filter(|row| row["operation"] == name).all(|row| {
        let head = |path: &Value| {
            let path = path.as_str().unwrap().to_owned();
            path.split(['.', '[']).next().unwrap().to_owned()
        };
        let sent = row["sent"].as_array().unwrap().iter();
        let mut alone = sent.filter(|it| !it.as_str().unwrap().contains('|'));
        match row["items"].as_str().unwrap() {
            "" => !is_item && alone.any(|it| head(it) == *member),
            _ => head(&row["items"]) == *member,
        }
    })
}
