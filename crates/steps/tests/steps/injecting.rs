//! Each failure in each source in turn, of all sources that there are: nothing is deleted, and the coverage
//! tells the cause. And what answers say besides images is written down nowhere.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ecr_sweep_aws::sources::{Permission, Sources};
use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use ecr_sweep_core::{CoverageStatus, Source};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{RecordRequest, record};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::world::{
    ACCOUNT, HOST, KEEP_ONE, REGION, World, app, built, changing_calls, error, policy,
};

/// What no answer may leave behind: it is wherever a sample has room for a text.
const CANARY: &str = "canary-5f2c";

/// Two things of every source, each with texts that are nobody's business.
async fn world(on: impl Fn(Source) -> bool) -> World {
    let environment = json!([{ "name": CANARY, "value": CANARY }]);
    let definition = |revision: u32| {
        json!({
            "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:{revision}"),
            "containerDefinitions": [{
                "name": "main", "image": format!("{HOST}/dev/app:used"),
                "environment": environment, "command": [CANARY],
            }],
        })
    };
    let function = |name: &str| {
        json!({
            "Configuration": {
                "FunctionName": name, "Version": "$LATEST", "PackageType": "Image",
                "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
                "Environment": { "Variables": { CANARY: CANARY } }, "Description": CANARY,
            },
            "Code": { "ImageUri": format!("{HOST}/dev/app:used") },
        })
    };
    let in_place = |mut resources: Value| {
        resources["account"] = ACCOUNT.into();
        resources["region"] = REGION.into();
        json!([resources])
    };
    let workloads = json!({
        "regions": [REGION],
        "ecs": in_place(json!({ "task_definitions": [definition(1), definition(2)] })),
        "lambda": in_place(json!({ "functions": [function("one"), function("other")] })),
    });
    let snapshot = ecr_sweep_test_world::organization(&json!([app()]), &workloads);
    let options =
        SimulatorOptions { has_samples: true, rows_a_page: Some(1), ..SimulatorOptions::default() };
    let mut world = World::with(snapshot, options).await;
    let off = built().into_iter().filter(|source| !on(*source)).map(|source| {
        format!("    - {{ source: {source}, reason: not looked at, even_if_used: true }}\n")
    });
    world.policy = policy(&off.collect::<String>(), KEEP_ONE);
    world
}

fn respond(body: &str) -> Effect {
    Effect::Respond { status: 200, headers: [].into(), body: body.to_owned() }
}

/// What goes wrong, from which request on, and what is said of it.
fn failures() -> [(&'static str, Effect, u64, &'static str); 6] {
    let broken =
        Effect::Error { code: "InternalFailure".to_owned(), status: 500, message: String::new() };
    [
        ("denied", error("AccessDeniedException"), 0, "was denied"),
        ("throttled for ever", error("ThrottlingException"), 0, "was throttled"),
        ("broken", broken, 0, "got no answer"),
        ("cut short", respond("{\"cut"), 0, "failed"),
        ("of another type", respond("\"text\""), 0, "failed"),
        ("without its second page", Effect::Drop, 1, "got no answer"),
    ]
}

/// The calls of a source.
fn calls(source: Source) -> BTreeSet<&'static str> {
    let built = Sources::built();
    built.find(source).unwrap().permissions().iter().flat_map(Permission::actions).collect()
}

#[tokio::test]
async fn no_failure_of_any_source_deletes_anything_and_each_is_told() {
    let cases = built().into_iter().flat_map(|source| {
        // An account without clusters has no second page of them.
        let has_pages = source != Source::Kubernetes;
        let failures =
            failures().into_iter().filter(move |(_, _, after, _)| *after == 0 || has_pages);
        failures.map(move |failure| (source, failure))
    });
    let ended = stream::iter(cases).map(async |(source, (what, effect, after, said))| {
        let world = world(|it| it == source).await;
        let calls = calls(source);
        let fault =
            |call: &&str| Fault { after, ..Fault::new(call.parse().unwrap(), effect.clone()) };
        world.simulator.set_faults(calls.iter().map(fault).collect());
        let summary = world.sweep("r1").await;
        let case = format!("{source} {what}");
        assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted, "{case}");
        assert_eq!(changing_calls(&world.simulator.counts()), [].into(), "{case}");
        let row = summary.incomplete.iter().find(|row| row.source == source);
        let row = row.unwrap_or_else(|| panic!("{case}: {:?}", summary.incomplete));
        assert_eq!(row.status, CoverageStatus::Failed, "{case}");
        let reason = row.reason.as_deref().unwrap();
        assert!(reason.contains(said), "{case}: {reason}");
        assert!(calls.iter().any(|call| reason.contains(call)), "{case}: {reason}");
    });
    assert!(ended.buffer_unordered(4).count().await > 0);
}

/// Everything that we log at whatever level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>, Arc<AtomicU64>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("ecr_sweep")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(self.1.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The names of the files below a folder, with what is in them.
fn files(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            into.push((path.display().to_string(), text));
        }
    }
}

#[tokio::test]
async fn what_answers_say_besides_images_is_in_no_document_snapshot_cache_or_log() {
    let world = world(|_| true).await;
    let log = Log::default();
    // With one subscriber alone, what other threads have met first is off for this one, too.
    let beside = tracing::Dispatch::new(log.clone());
    let logging = tracing::subscriber::set_default(log.clone());
    let summary = world.dry_run("r1").await;
    let policy = read("policy.yaml", &world.policy, Use::Live).unwrap().policy;
    let request = RecordRequest { policy, ..RecordRequest::default() };
    let recorded = record(&world.environment(), request).await.unwrap();
    drop((logging, beside));
    assert!(matches!(summary.ending, Ending::Done | Ending::Incomplete), "{:?}", summary.ending);
    let seen: BTreeSet<Source> = recorded.usage.iter().map(|it| it.kind.source()).collect();
    let missed: Vec<Source> =
        built().into_iter().filter(|it| *it != Source::Kubernetes && !seen.contains(it)).collect();
    assert_eq!(missed, [], "each source says something");
    let mut written = Vec::new();
    files(&world.path(""), &mut written);
    assert!(written.iter().any(|(name, _)| name.contains("cache")), "{written:?}");
    written.push(("snapshot".to_owned(), serde_json::to_string(&recorded).unwrap()));
    written.push(("summary".to_owned(), serde_json::to_string(&summary).unwrap()));
    let logged = log.0.lock().unwrap().clone();
    assert!(logged.contains("scanned usage"), "{logged}");
    written.push(("log".to_owned(), logged));
    for (name, text) in written {
        assert!(!text.contains(CANARY), "{name}");
    }
}
