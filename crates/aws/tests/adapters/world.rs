//! Small organizations, and sessions with simulators that serve them.

use std::collections::BTreeMap;

use ecr_sweep_aws::sources::{Found, Scan, ScanCache, ScanError, Scanned, Sources, scan};
use ecr_sweep_aws::{AwsError, AwsErrorKind, Sessions};
use ecr_sweep_aws_sim::{Effect, Simulator, SimulatorOptions, read_faults};
use ecr_sweep_core::{Place, Policy, Source};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_test_world::organization;
use serde_json::{Value, json};

pub(crate) use ecr_sweep_test_world::{ACCOUNT, HOST, REGION, digest, error, now, place};

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) sessions: Sessions,
}

impl World {
    pub(crate) async fn start(snapshot: Snapshot) -> Self {
        Self::with(SimulatorOptions { snapshot: Some(snapshot), ..SimulatorOptions::default() })
            .await
    }

    pub(crate) async fn with(options: SimulatorOptions) -> Self {
        let simulator =
            Simulator::start(SimulatorOptions { now: Some(now()), ..options }).await.unwrap();
        let sessions = Sessions::simulated(&simulator.endpoint(), place());
        Self { simulator, sessions }
    }

    /// The second and the third request of these operations are throttled.
    pub(crate) async fn throttled(snapshot: Snapshot, operation: &str) -> Self {
        let world = Self::start(snapshot).await;
        world.faults(&json!({
            "operation": operation,
            "after": 1,
            "times": 2,
            "effect": { "error": { "code": "ThrottlingException" } },
        }));
        world
    }

    pub(crate) fn faults(&self, faults: &Value) {
        self.simulator.set_faults(read_faults(&faults.to_string()).unwrap());
    }

    pub(crate) fn fault(&self, operation: &str, effect: Effect) {
        self.faults(&json!({ "operation": operation, "effect": effect }));
    }

    pub(crate) fn respond(&self, operation: &str, body: impl Into<String>) {
        let (status, headers, body) = (200, BTreeMap::new(), body.into());
        self.fault(operation, Effect::Respond { status, headers, body });
    }

    pub(crate) fn deny(&self, operation: &str) {
        self.fault(operation, error("AccessDeniedException"));
    }

    pub(crate) async fn scan(&self, source: Source) -> Result<Scanned, ScanError> {
        self.scan_with(source, None, &ScanCache::off()).await
    }

    pub(crate) async fn scan_with(
        &self,
        source: Source,
        task_definition_revisions: Option<u32>,
        cache: &ScanCache,
    ) -> Result<Scanned, ScanError> {
        let mut policy = Policy::default();
        policy.usage.task_definition_revisions = task_definition_revisions;
        scan_of(&self.sessions, source, &place(), &policy, cache).await
    }

    /// What a first look at a source finds.
    pub(crate) async fn probe(&self, source: Source) -> Result<Option<Found>, ScanError> {
        let request = Scan {
            place: &place().into(),
            policy: &Policy::default(),
            now: now(),
            deadline: ecr_sweep_aws::Deadline::NEVER,
            sessions: &self.sessions,
            cache: &ScanCache::off(),
        };
        Sources::built().find(source).unwrap().probe(&request).await
    }

    /// Everything of a source in some place, with other sessions.
    pub(crate) async fn scan_as(
        &self,
        sessions: &Sessions,
        source: Source,
        place: &Place,
    ) -> Result<Scanned, ScanError> {
        scan_of(sessions, source, place, &Policy::default(), &ScanCache::off()).await
    }
}

/// Everything of a source in some place.
pub(crate) async fn scan_of(
    sessions: &Sessions,
    source: Source,
    place: &Place,
    policy: &Policy,
    cache: &ScanCache,
) -> Result<Scanned, ScanError> {
    let source = Sources::built().find(source).unwrap();
    let request = Scan {
        place: &place.clone().into(),
        policy,
        now: now(),
        deadline: ecr_sweep_aws::Deadline::NEVER,
        sessions,
        cache,
    };
    scan(source, &request).await
}

/// An error says which call it was, of which account and Region.
pub(crate) fn assert_names(error: &AwsError, kind: AwsErrorKind, call: &str) {
    assert_eq!(error.kind, kind, "{error}");
    let text = error.to_string();
    for part in [call, ACCOUNT, REGION] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

pub(crate) fn snapshot(repositories: Value, workloads: Value) -> Snapshot {
    organization(&repositories, &workloads)
}

/// A repository `dev/app` of so many images, by their numbers.
pub(crate) fn images(count: u32) -> Snapshot {
    let images: Vec<Value> =
        (1..=count).map(|number| json!({ "digest": digest(number) })).collect();
    snapshot(json!([{ "name": "dev/app", "images": images }]), json!({}))
}
