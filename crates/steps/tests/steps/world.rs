//! A small organization, a simulator that serves it, and a run store in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use aws_sdk_ecr::config::{BehaviorVersion, Credentials};
use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_aws_sim::{Effect, Simulator, SimulatorOptions, reseal};
use ecr_sweep_core::{Digest, MediaType, OrganizationFacts, OrganizationPlan, RepositoryId};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::{
    DeletionOutcome, FencingToken, Key, Receipts, RunId, RunSummary, Stage, StoredPlan, keys,
};
use ecr_sweep_steps::{
    Clock, Environment, Phase, Progress, RecordRequest, RunOptions, StepError, dry_run,
    find_receipts, record, sweep, sweep_planned,
};
use ecr_sweep_test_world::off_unbuilt;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use ecr_sweep_test_world::{
    ACCOUNT, HOST, REGION, built, changing_calls, digest as draft, error, fault, now, place,
};

/// A repository of that registry.
pub(crate) fn in_registry(name: &str) -> RepositoryId {
    RepositoryId::new(&place(), name)
}

/// The token of the lock as a document writes it.
pub(crate) fn token(number: u64) -> FencingToken {
    serde_json::from_value(json!(number)).unwrap()
}

/// A clock that stands still unless it is moved.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A run by its name, begun or not, with its documents.
pub(crate) struct StoredRun {
    environment: Environment,
    pub(crate) id: RunId,
}

impl StoredRun {
    pub(crate) async fn read<D: DeserializeOwned>(&self, key: &Key<D>) -> Result<D, StepError> {
        self.environment.read_of(&self.id, key).await
    }
}

impl Deref for StoredRun {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        &self.environment
    }
}

pub(crate) fn id(run: &str) -> RunId {
    run.parse().unwrap()
}

type Hook = Box<dyn FnMut(Phase) + Send>;

/// Calls a test's hook when a phase starts, and another one after each of its steps.
#[derive(Default)]
pub(crate) struct Watch {
    hook: Mutex<Option<Hook>>,
    step_hook: Mutex<Option<Hook>>,
    pub(crate) started: Mutex<Vec<Phase>>,
}

impl Progress for Watch {
    fn start(&self, phase: Phase, _: u64) {
        self.started.lock().unwrap().push(phase);
        if let Some(hook) = self.hook.lock().unwrap().as_mut() {
            hook(phase);
        }
    }

    fn step(&self, phase: Phase, _: u64) {
        if let Some(hook) = self.step_hook.lock().unwrap().as_mut() {
            hook(phase);
        }
    }

    fn note(&self, _: &str) {}
}

pub(crate) struct World {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) sessions: Sessions,
    pub(crate) sources: Sources,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) snapshot: Snapshot,
    pub(crate) policy: String,
    renamed: BTreeMap<Digest, Digest>,
    store: Arc<FolderStore>,
    folder: TempDir,
}

impl World {
    pub(crate) async fn start(snapshot: Snapshot) -> Self {
        Self::with(snapshot, SimulatorOptions::default()).await
    }

    pub(crate) async fn with(snapshot: Snapshot, options: SimulatorOptions) -> Self {
        Self::at(snapshot, SimulatorOptions { now: Some(now()), ..options }).await
    }

    /// Where the registry's time goes by: no two pulls are at the same time.
    pub(crate) async fn ticking(snapshot: Snapshot) -> Self {
        Self::at(snapshot, SimulatorOptions::default()).await
    }

    async fn at(snapshot: Snapshot, options: SimulatorOptions) -> Self {
        let sealed = reseal(snapshot);
        assert_eq!(sealed.unsealed, []);
        let now = options.now.unwrap_or_else(Timestamp::now);
        let simulator = Simulator::start(SimulatorOptions {
            snapshot: Some(sealed.snapshot.clone()),
            ..options
        })
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            sessions: Sessions::simulated(&simulator.endpoint(), place()),
            sources: Sources::built(),
            simulator: Arc::new(simulator),
            clock: Arc::new(TestClock(Mutex::new(now))),
            watch: Arc::default(),
            snapshot: sealed.snapshot,
            policy: policy("", KEEP_ONE),
            renamed: sealed.renamed,
            store: Arc::new(FolderStore::new(folder.path().to_owned())),
            folder,
        }
    }

    /// What a run of it works with.
    pub(crate) fn environment(&self) -> Environment {
        Environment {
            sessions: self.sessions.clone(),
            sources: self.sources.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            progress: self.watch.clone(),
            deadline: ecr_sweep_aws::Deadline::NEVER,
        }
    }

    /// What is recorded by its policy, and what is planned of that offline.
    pub(crate) async fn plan_offline(&self) -> (Snapshot, OrganizationPlan) {
        let policy = read("policy.yaml", &self.policy, Use::Live).unwrap().policy;
        let request = RecordRequest { policy: policy.clone(), ..RecordRequest::default() };
        let recorded = record(&self.environment(), request).await.unwrap();
        let planned = OrganizationFacts {
            home: &recorded.home.account,
            registries: &recorded.registries,
            cache_rules: &recorded.cache_rules,
            usage: recorded.usage.clone(),
            coverage: &recorded.coverage,
            policy: &policy,
            now: recorded.taken_at,
        }
        .plan();
        (recorded, planned)
    }

    /// What a run of this name has stored.
    pub(crate) fn run(&self, run: &str) -> StoredRun {
        StoredRun { environment: self.environment(), id: id(run) }
    }

    pub(crate) fn options(&self) -> RunOptions {
        RunOptions {
            policy_name: "policy.yaml".to_owned(),
            policy: self.policy.clone(),
            ..RunOptions::default()
        }
    }

    pub(crate) async fn dry_run(&self, run: &str) -> RunSummary {
        dry_run(&self.environment(), &id(run), self.options()).await.unwrap()
    }

    pub(crate) async fn sweep(&self, run: &str) -> RunSummary {
        self.try_sweep(run).await.unwrap()
    }

    pub(crate) async fn try_sweep(&self, run: &str) -> Result<RunSummary, StepError> {
        sweep(&self.environment(), &id(run), self.options(), async |_| true).await
    }

    pub(crate) async fn sweep_planned(&self, run: &str) -> Result<RunSummary, StepError> {
        sweep_planned(&self.environment(), &id(run), async |_| true).await
    }

    /// Does something whenever a phase starts.
    pub(crate) fn when(&self, phase: Phase, mut act: impl FnMut() + Send + 'static) {
        *self.watch.hook.lock().unwrap() = Some(Box::new(move |started| {
            if started == phase {
                act();
            }
        }));
    }

    /// Does something after each step of a phase.
    pub(crate) fn after_each(&self, phase: Phase, mut act: impl FnMut() + Send + 'static) {
        *self.watch.step_hook.lock().unwrap() = Some(Box::new(move |of| {
            if of == phase {
                act();
            }
        }));
    }

    /// The digest of an image that a snapshot wrote with a number.
    pub(crate) fn digest(&self, number: u32) -> Digest {
        self.renamed[&draft(number)]
    }

    pub(crate) fn digests(&self, numbers: &[u32]) -> BTreeSet<Digest> {
        numbers.iter().map(|number| self.digest(*number)).collect()
    }

    /// The images that the repository has now.
    pub(crate) fn images(&self, repository: &str) -> BTreeSet<Digest> {
        let images = self.simulator.images(&place(), repository).unwrap();
        images.into_iter().map(|image| image.digest).collect()
    }

    pub(crate) async fn plan(&self, run: &str, stage: Stage, repository: &str) -> StoredPlan {
        let run = self.run(run);
        run.read(&keys::plan(&run.id, stage, &in_registry(repository))).await.unwrap()
    }

    pub(crate) async fn receipts(&self, run: &str, repository: &str) -> Receipts {
        let run = self.run(run);
        let receipts = find_receipts(&*run.store, &run.id, &in_registry(repository)).await;
        receipts.unwrap().unwrap()
    }

    pub(crate) async fn outcome(&self, run: &str, number: u32) -> DeletionOutcome {
        let receipts = self.receipts(run, "dev/app").await;
        let digest = self.digest(number);
        let mut of_it = receipts.receipts.into_iter().filter(|it| it.digest == digest);
        let receipt = of_it.next().unwrap();
        assert_eq!(of_it.next(), None);
        receipt.outcome
    }

    pub(crate) fn fault(&self, operation: &str, effect: Effect) {
        self.simulator.set_faults(vec![fault(operation, effect)]);
    }

    /// Somebody else, who works on `dev/app` meanwhile.
    pub(crate) fn somebody(&self) -> Somebody {
        Somebody { endpoint: self.simulator.endpoint() }
    }

    pub(crate) async fn register(&self, family: &str, image: &str) {
        let container =
            aws_sdk_ecs::types::ContainerDefinition::builder().name("main").image(image).build();
        self.somebody()
            .ecs()
            .register_task_definition()
            .family(family)
            .container_definitions(container)
            .send()
            .await
            .unwrap();
    }

    /// Where the store keeps a document.
    pub(crate) fn path(&self, key: &str) -> std::path::PathBuf {
        self.folder.path().join(key)
    }
}

/// Somebody else, with clients of their own.
#[derive(Clone)]
pub(crate) struct Somebody {
    endpoint: String,
}

impl Somebody {
    pub(crate) fn ecr(&self) -> aws_sdk_ecr::Client {
        let config = aws_sdk_ecr::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(ecr_sweep_aws::http_client())
            .region(aws_sdk_ecr::config::Region::new(REGION))
            .credentials_provider(Credentials::new(ACCOUNT, "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .build();
        aws_sdk_ecr::Client::from_conf(config)
    }

    pub(crate) fn ecs(&self) -> aws_sdk_ecs::Client {
        let config = aws_sdk_ecs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(ecr_sweep_aws::http_client())
            .region(aws_sdk_ecs::config::Region::new(REGION))
            .credentials_provider(Credentials::new(ACCOUNT, "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .build();
        aws_sdk_ecs::Client::from_conf(config)
    }

    pub(crate) async fn restores(&self, digest: Digest) {
        self.moves_to(digest, aws_sdk_ecr::types::TargetStorageClass::Standard).await;
    }

    pub(crate) async fn archives(&self, digest: Digest) {
        self.moves_to(digest, aws_sdk_ecr::types::TargetStorageClass::Archive).await;
    }

    async fn moves_to(&self, digest: Digest, class: aws_sdk_ecr::types::TargetStorageClass) {
        let id =
            aws_sdk_ecr::types::ImageIdentifier::builder().image_digest(digest.to_string()).build();
        let update = self.ecr().update_image_storage_class().repository_name("dev/app");
        update.image_id(id).target_storage_class(class).send().await.unwrap();
    }

    pub(crate) async fn pulls(&self, digest: Digest) {
        let id =
            aws_sdk_ecr::types::ImageIdentifier::builder().image_digest(digest.to_string()).build();
        let pulled = self.ecr().batch_get_image().repository_name("dev/app").image_ids(id);
        assert_eq!(pulled.send().await.unwrap().images().len(), 1);
    }

    /// Pushes a new image under a tag, which moves there.
    pub(crate) async fn pushes(&self, tag: &str) {
        self.puts(&manifest(tag), Some(tag)).await;
    }

    /// Pushes this manifest, under a tag or none.
    pub(crate) async fn puts(&self, manifest: &str, tag: Option<&str>) {
        let put = self.ecr().put_image().repository_name("dev/app").image_manifest(manifest);
        put.set_image_tag(tag.map(Into::into)).send().await.unwrap();
    }

    /// Uploads a layer.
    pub(crate) async fn uploads(&self, digest: Digest, bytes: &[u8]) {
        let ecr = self.ecr();
        let begun = ecr.initiate_layer_upload().repository_name("dev/app").send().await.unwrap();
        let mut sent = 0;
        for part in bytes.chunks(5 << 20) {
            let upload = ecr
                .upload_layer_part()
                .repository_name("dev/app")
                .upload_id(begun.upload_id().unwrap())
                .part_first_byte(sent)
                .part_last_byte(sent + i64::try_from(part.len()).unwrap() - 1)
                .layer_part_blob(aws_sdk_ecr::primitives::Blob::new(part));
            upload.send().await.unwrap();
            sent += i64::try_from(part.len()).unwrap();
        }
        let complete = ecr
            .complete_layer_upload()
            .repository_name("dev/app")
            .upload_id(begun.upload_id().unwrap())
            .layer_digests(digest.to_string());
        complete.send().await.unwrap();
    }

    pub(crate) async fn sets_the_policy(&self, policy: &str) {
        let set = self.ecr().set_repository_policy().repository_name("dev/app").policy_text(policy);
        set.send().await.unwrap();
    }

    pub(crate) async fn puts_a_registry_policy(&self, policy: &str) {
        self.ecr().put_registry_policy().policy_text(policy).send().await.unwrap();
    }

    pub(crate) async fn removes_the_repository(&self) {
        let removal = self.ecr().delete_repository().repository_name("dev/app").force(true);
        removal.send().await.unwrap();
    }
}

/// The manifest of the image that somebody pushes under a tag.
pub(crate) fn manifest(tag: &str) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": MediaType::OciManifest,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": format!("sha256:{}", "c".repeat(64)),
            "size": 2
        },
        "layers": [],
        "annotations": { "pushed": tag }
    })
    .to_string()
}

/// Does something asynchronous where only a plain function is called.
pub(crate) fn meanwhile<F: Future<Output = ()> + Send + 'static>(act: F) {
    let thread = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(act);
    });
    thread.join().unwrap();
}

pub(crate) const KEEP_ONE: &str = r#"
repositories:
  - match: { name: ["dev/*"] }
    keep: { newest: 1 }
"#;

/// A policy that looks at nothing that this version cannot scan.
pub(crate) fn policy(settings: &str, repositories: &str) -> String {
    format!("schema_version: 1\nscope:\n  off:\n{}{settings}\n{repositories}", off_unbuilt())
}

/// An organization with these repositories and this much ECS, in one Region.
pub(crate) fn organization(repositories: &Value, ecs: &Value) -> Snapshot {
    let mut ecs = ecs.clone();
    ecs["account"] = ACCOUNT.into();
    ecs["region"] = REGION.into();
    let workloads = json!({ "regions": [REGION], "ecs": [ecs] });
    ecr_sweep_test_world::organization(repositories, &workloads)
}

/// What the images of `small()` are deleted in, when only the newest is kept.
pub(crate) const DELETED: [u32; 6] = [1, 2, 4, 5, 6, 7];

/// Those that stay.
pub(crate) const KEPT: [u32; 2] = [3, 8];

/// `dev/app`: two old images, 1 and 2, of which 7 signs the first; the newest, 3; an untagged
/// index, 4, of 5 and 6; and 8, which a task definition names. `prod/api`, which no rule takes.
pub(crate) fn small() -> Snapshot {
    organization(
        &json!([app(), { "name": "prod/api", "images": [old(21, &["v1"])] }]),
        &definition(),
    )
}

pub(crate) fn app() -> Value {
    let mut index = old(4, &[]);
    index["media_type"] = json!(MediaType::OciIndex);
    index["children"] = json!([draft(5), draft(6)]);
    let mut signature = old(7, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(1));
    let mut newest = old(3, &["v3"]);
    newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
    json!({ "name": "dev/app", "images": [
        old(1, &["v1"]), old(2, &["v2"]), newest, index, old(5, &[]), old(6, &[]), signature,
        old(8, &["used"]),
    ] })
}

pub(crate) fn definition() -> Value {
    json!({ "task_definitions": [{
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1"),
        "containerDefinitions": [{ "name": "main", "image": format!("{HOST}/dev/app:used") }],
    }] })
}

/// An image that was pushed long ago.
pub(crate) fn old(number: u32, tags: &[&str]) -> Value {
    let day = 1 + number % 28;
    json!({
        "digest": draft(number),
        "tags": tags,
        "pushed_at": format!("2026-01-{day:02}T00:00:00Z"),
        "size_bytes": 1000 + number,
        "artifact_type": "application/vnd.oci.image.config.v1+json",
    })
}
