//! Where campaigns play: an organization of which some images go, with a store in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_aws::store::{RunStore, S3Location, S3Store};
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::{Age, Digest, Image, ImageStatus};
use ecr_sweep_protocol::documents::{DeletionOutcome, keys};
use ecr_sweep_steps::{Clock as _, Environment, find_receipts};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::points::{Points, SteppedStore};
use crate::stopping::FailingStore;
use crate::world::{
    KEEP_ONE, World, app, definition, draft, id, in_registry, now, old, organization, place, policy,
};

/// The repositories of it.
pub(super) const REPOSITORIES: [&str; 2] = ["dev/app", "dev/signatures"];

/// What an undisturbed sweep deletes, by number.
pub(super) const GOING: [u32; 8] = [1, 2, 4, 5, 6, 7, 9, 32];

/// What is left then.
pub(super) const STAYING: [u32; 3] = [3, 8, 31];

/// The bucket of runs.
const BUCKET: &str = "sweeps";

/// Images by repository.
pub(super) type Images = BTreeMap<&'static str, Vec<Image>>;

/// An organization, and the store of its runs.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) store: Arc<FailingStore>,
    /// Where documents are in truth: that store, or a bucket.
    pub(super) kept: Arc<dyn RunStore>,
    pub(super) before: Images,
    /// Whether what goes is archived first. Then what is archived counts as not there: nobody can pull it.
    pub(super) archives: bool,
}

fn signature(number: u32, subject: u32) -> Value {
    let mut signature = old(number, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(subject));
    signature
}

impl Stage {
    /// `dev/app` as ever, but that 2 has two tags and there is an image, 9, archived for 100 days; and
    /// `dev/signatures`, where 31 signs 3 and 32 signs 1.
    pub(super) async fn open() -> Self {
        Self::with(SimulatorOptions { now: Some(now()), ..SimulatorOptions::default() }).await
    }

    /// The same where what goes is archived for 90 days first.
    pub(super) async fn archiving() -> Self {
        let mut stage = Self::open().await;
        stage.world.policy = policy("", &format!("{KEEP_ONE}    action: {{ archive_for: 90d }}\n"));
        stage.archives = true;
        stage.before = stage.images();
        stage
    }

    pub(super) async fn with(options: SimulatorOptions) -> Self {
        let signatures = json!({ "name": "dev/signatures", "images": [
            signature(31, 3), signature(32, 1),
        ] });
        let mut app = app();
        app["images"][1]["tags"] = json!(["v2", "v2-too"]);
        let mut archived = old(9, &["v9"]);
        archived["status"] = "ARCHIVED".into();
        archived["archived_at"] = json!(Age::days(100).before(now()));
        app["images"].as_array_mut().unwrap().push(archived);
        let snapshot = organization(&json!([app, signatures]), &definition());
        let world = match options.now {
            Some(_) => World::with(snapshot, options).await,
            None => World::ticking(snapshot).await,
        };
        let before = images(&world);
        let store = FailingStore::with(BTreeMap::new(), None);
        Self { world, kept: store.clone(), store, before, archives: false }
    }

    /// The same, whose runs are kept in a bucket.
    pub(super) async fn in_a_bucket() -> Self {
        let options = SimulatorOptions {
            now: Some(now()),
            buckets: [BUCKET.to_owned()].into(),
            ..SimulatorOptions::default()
        };
        let stage = Self::with(options).await;
        let location = S3Location::new(BUCKET, "home").unwrap();
        let kept = Arc::new(S3Store::new(&stage.world.sessions, location));
        Self { kept, ..stage }
    }

    /// What a process works with whose points these are.
    pub(super) fn environment(&self, points: &Arc<Points>) -> Environment {
        let of_gate = points.clone();
        self.world.simulator.keep_gate(move |arrival| {
            let points = of_gate.clone();
            let name = arrival.operation.to_owned();
            let body = String::from_utf8_lossy(arrival.body).into_owned();
            let is_ours = arrival.agent.contains("ecr-sweep");
            Box::pin(async move {
                if is_ours {
                    points.pass(name, body).await;
                }
            })
        });
        let store = SteppedStore { inner: self.kept.clone(), points: points.clone() };
        Environment { store: Arc::new(store), ..self.world.environment() }
    }

    /// The images that are there now.
    pub(super) fn images(&self) -> Images {
        let mut images = images(&self.world);
        if self.archives {
            for images in images.values_mut() {
                images.retain(|image| image.status != ImageStatus::Archived);
            }
        }
        images
    }

    /// The images that are archived now, with when that was done.
    pub(super) fn archived(&self) -> BTreeMap<Digest, Option<Timestamp>> {
        let images = images(&self.world).into_values().flatten();
        let archived = images.filter(|image| image.status == ImageStatus::Archived);
        archived.map(|image| (image.digest, image.archived_at)).collect()
    }

    /// The digests of what is there now.
    pub(super) fn there(&self) -> BTreeSet<Digest> {
        self.images().into_values().flatten().map(|image| image.digest).collect()
    }

    /// What became of each image in these runs, of all that have a receipt.
    pub(super) async fn outcomes(&self, runs: &[&str]) -> BTreeMap<Digest, Vec<DeletionOutcome>> {
        let mut outcomes: BTreeMap<Digest, Vec<DeletionOutcome>> = BTreeMap::new();
        for run in runs {
            for repository in REPOSITORIES {
                let repository = in_registry(repository);
                let found = find_receipts(&*self.kept, &id(run), &repository).await.unwrap();
                for receipt in found.into_iter().flat_map(|found| found.receipts) {
                    outcomes.entry(receipt.digest).or_default().push(receipt.outcome);
                }
            }
        }
        outcomes
    }

    /// Lets time go by, here and at the registry.
    pub(super) fn pass(&self, time: SignedDuration) {
        self.world.clock.advance(time);
        self.world.simulator.set_now(self.world.clock.now());
    }

    /// The number of an image that was there at the beginning.
    pub(super) fn name(&self, digest: Digest) -> String {
        let number = GOING.iter().chain(&STAYING).find(|it| self.world.digest(**it) == digest);
        number.map_or_else(|| digest.to_string(), ToString::to_string)
    }

    pub(super) fn names(&self, digests: &BTreeSet<Digest>) -> String {
        let names: Vec<String> = digests.iter().map(|it| self.name(*it)).collect();
        names.join(", ")
    }

    /// Whether somebody has the lock.
    pub(super) async fn is_locked(&self) -> bool {
        let environment = Environment { store: self.kept.clone(), ..self.world.environment() };
        let lock = environment.find(&keys::LOCK).await.unwrap();
        lock.is_some_and(|lock| lock.is_held(environment.now()))
    }
}

fn images(world: &World) -> Images {
    // Somebody may remove a repository.
    let images = |name| (name, world.simulator.images(&place(), name).unwrap_or_default());
    REPOSITORIES.into_iter().map(images).collect()
}

/// What is there without something that belongs to it and was there before: an index without a child, an
/// image without what refers to it.
pub(super) fn holes(before: &Images, now: &Images) -> Vec<(Digest, Digest)> {
    let there = |images: &Images| -> BTreeSet<Digest> {
        images.values().flatten().map(|image| image.digest).collect()
    };
    let (were_there, there) = (there(before), there(now));
    let mut holes = Vec::new();
    for image in now.values().flatten() {
        let children = image.children.iter().flatten();
        for child in children.filter(|it| were_there.contains(it) && !there.contains(it)) {
            holes.push((image.digest, *child));
        }
        let signs = |it: &&Image| it.subject == Some(image.digest);
        let signatures = before.values().flatten().filter(signs);
        for signature in signatures.filter(|it| !there.contains(&it.digest)) {
            holes.push((image.digest, signature.digest));
        }
    }
    holes
}
