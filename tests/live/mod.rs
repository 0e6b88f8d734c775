//! Planned offline and planned live: the same verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_aws_sim::{
    Effect, Fault, Simulator, SimulatorOptions, as_served, reseal, served_kinds, services_of,
};
use ecr_sweep_core::{Place, RepositoryPlan, Source, Usage, UsageKind, UseHistory};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::{self, RunId, Stage, UsedImage, UsedImages, V1, keys};
use ecr_sweep_steps::{Clock, Environment, RunOptions, Unwatched, dry_run};
use ecr_sweep_tests::model::{self, ModelPlan};
use ecr_sweep_tests::random::{Others, Running, policy_text, running_organization};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::decision::{as_the_model_says, cases, offline};

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| served_kinds().collect());

fn running() -> impl Strategy<Value = Running> {
    running_organization(Others { kinds: &KINDS, found })
}

/// What a run finds of a row. Who writes usage files may say anything.
fn found(usage: &Usage) -> Option<Usage> {
    match usage.kind.source() {
        Source::Files => (!usage.reference.is_empty()).then(|| usage.clone()),
        _ => as_served(usage),
    }
}

proptest! {
    #![proptest_config(cases(15))]

    #[test]
    fn random_organizations_get_the_same_verdicts_offline_and_live(
        running in running(),
        long in any::<bool>(),
    ) {
        let seen = running.snapshot.usage.len();
        let mut all = running.snapshot.clone();
        all.usage.extend(running.hidden.clone());
        let sealed = reseal(all);
        prop_assert_eq!(sealed.unsealed, []);
        let all = sealed.snapshot;
        let mut snapshot = all.clone();
        snapshot.usage.truncate(seen);
        let text = policy_text(&running.policy, long);
        let policy = read("policy.yaml", &text, Use::Offline);
        prop_assert!(policy.is_ok(), "{}\n{text}", policy.unwrap_err());
        let offline = offline(&snapshot, &policy.unwrap().policy).plans;
        let live = planned_live(&all, &running, &text);
        prop_assert_eq!(
            verdicts(&offline), verdicts(&live),
            "{}\n{}", serde_json::to_string_pretty(&snapshot).unwrap(), text
        );
    }
}

#[test]
fn random_workloads_reach_verdicts_and_blocks() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<String, usize>::new();
    let mut see = |what: String| *seen.entry(what).or_default() += 1;
    for _ in 0..300 {
        let running = running().new_tree(&mut runner).unwrap().current();
        for plan in model::plans(&running.snapshot, &running.policy) {
            see("planned".to_owned());
            if !plan.delete.is_empty() {
                see("deleted from".to_owned());
            }
            plan.keep.into_values().flatten().chain(plan.blocked.into_keys()).for_each(&mut see);
        }
    }
    let kinds = [
        "ecs-task",
        "ecs-service",
        "ecs-service-revision",
        "ecs-task-definition",
        "lambda-version",
    ];
    for code in kinds.map(|kind| format!("used-by-{kind}")) {
        assert!(seen.contains_key(&code), "{code} in {seen:#?}");
    }
    for code in [
        "behind-deployed",
        "incomplete-usage",
        "kept-by-replica",
        "over-limit",
        "referrer-of-image-elsewhere",
        "unresolved-deployment",
    ] {
        assert!(seen.contains_key(code), "{code} in {seen:#?}");
    }
    assert!(seen["deleted from"] * 6 > seen["planned"], "{seen:#?}");
}

/// The verdicts with their reasons. That an image is used has to be the same; which of the rows
/// that say so a scan makes is the scan's.
fn verdicts(plans: &[RepositoryPlan]) -> Vec<ModelPlan> {
    let mut plans: Vec<ModelPlan> = plans.iter().map(as_the_model_says).collect();
    for codes in plans.iter_mut().flat_map(|plan| plan.keep.values_mut()) {
        let before = codes.len();
        codes.retain(|code| !code.starts_with("used-by-"));
        if codes.len() < before {
            codes.insert("used".to_owned());
        }
    }
    plans
}

fn planned_live(snapshot: &Snapshot, running: &Running, policy: &str) -> Vec<RepositoryPlan> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SimulatorOptions {
            snapshot: Some(snapshot.clone()),
            now: Some(snapshot.taken_at),
            faults: faults(running),
            ..SimulatorOptions::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let run = RunId::at(snapshot.taken_at);
        let environment = Environment {
            sessions: Sessions::simulated(&simulator.endpoint(), snapshot.home.clone()),
            sources: Sources::built(),
            store: Arc::new(FolderStore::new(folder.path().to_owned())),
            clock: Arc::new(At(snapshot.taken_at)),
            progress: Arc::new(Unwatched),
            deadline: ecr_sweep_aws::Deadline::NEVER,
        };
        remember_use(&environment, snapshot).await;
        let handed_in = folder.path().join("usage.json");
        let options = RunOptions {
            policy_name: "policy.yaml".to_owned(),
            policy: if hand_in(&handed_in, snapshot, running) {
                with_files(policy, &handed_in)
            } else {
                policy.to_owned()
            },
            ..RunOptions::default()
        };
        let summary = dry_run(&environment, &run, options).await.unwrap();
        assert_eq!(summary.failed, []);
        let matched = environment.read_of(&run, &keys::repositories(&run)).await.unwrap();
        let mut plans = Vec::new();
        for it in matched.repositories {
            let key = keys::plan(&run, Stage::Plan, &it.id());
            plans.push(environment.read_of(&run, &key).await.unwrap().plan);
        }
        plans.sort_by_key(|plan| (plan.place(), plan.repository.clone()));
        plans
    })
}

/// Writes a usage file of what there is of such usage, unless it is not looked at. Whether there is one.
fn hand_in(path: &Path, snapshot: &Snapshot, running: &Running) -> bool {
    let is_off = running.policy.scope.off.iter().any(|off| off.source == Some(Source::Files));
    let is_handed_in = |row: &&Usage| row.kind.source() == Source::Files;
    let usage: Vec<&Usage> = snapshot.usage.iter().filter(is_handed_in).collect();
    if is_off || usage.is_empty() {
        return false;
    }
    let places: BTreeSet<Place> = usage.iter().map(|row| row.place()).collect();
    let scanned: Vec<_> = places
        .iter()
        .map(|place| {
            let references = usage.iter().filter(|row| row.place() == *place).count();
            json!({
                "account": place.account, "region": place.region, "source": "files",
                "platform": "nomad", "complete": true, "found": references,
                "references": references,
            })
        })
        .collect();
    let file = json!({
        "schema_version": 1, "taken_at": snapshot.taken_at, "scanned": scanned, "usage": usage,
    });
    std::fs::write(path, file.to_string()).unwrap();
    true
}

/// The policy with a usage file.
fn with_files(policy: &str, path: &Path) -> String {
    let files = format!("  files: [{{ path: {path:?}, max_age: 1d }}]\n");
    if policy.contains("\nusage:\n") {
        policy.replace("\nusage:\n", &format!("\nusage:\n{files}"))
    } else {
        format!("{policy}usage:\n{files}")
    }
}

/// Writes down what the snapshot says that earlier runs have seen in use.
async fn remember_use(environment: &Environment, snapshot: &Snapshot) {
    let always = UseHistory { since: Timestamp::MIN, looked_at: snapshot.taken_at };
    for registry in &snapshot.registries {
        for repository in &registry.repositories {
            let used = repository.images.iter().filter_map(|image| {
                let (digest, at) = (image.digest, image.used_at?);
                Some(UsedImage {
                    digest,
                    first_seen: at,
                    last_seen: at,
                    unused_at: image.unused_at,
                    by: Vec::new(),
                })
            });
            let document = UsedImages {
                schema_version: V1,
                account: registry.account.clone(),
                region: registry.region.clone(),
                repository: repository.name.clone(),
                history: Some(repository.use_history.unwrap_or(always)),
                images: used.collect(),
            };
            let key = keys::used_images(&document.id());
            let text = documents::write(&document).unwrap();
            environment.store.put(&key, text).await.unwrap();
        }
    }
}

/// Every read of what is denied is denied.
fn faults(running: &Running) -> Vec<Fault> {
    running.denied.iter().flat_map(|(source, place)| denied(*source, place)).collect()
}

fn denied(source: Source, place: &Place) -> Vec<Fault> {
    let of_source = |kind: &&&str| {
        let kind: UsageKind = kind.parse().unwrap();
        kind.source() == source
    };
    let services: BTreeSet<&str> = match source {
        Source::Ecs => ["ecs"].into(),
        Source::Lambda => ["lambda"].into(),
        Source::Kubernetes => ["eks"].into(),
        _ => KINDS.iter().filter(of_source).flat_map(|kind| services_of(kind)).collect(),
    };
    assert!(!services.is_empty(), "{source}");
    let deny = |service: &str| Fault {
        operation: format!("{service}:*").parse().unwrap(),
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        object: None,
        after: 0,
        times: None,
        effect: Effect::Error {
            code: "AccessDeniedException".to_owned(),
            status: 400,
            message: "not for you".to_owned(),
        },
    };
    services.into_iter().map(deny).collect()
}
