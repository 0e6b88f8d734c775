//! The vault: what goes is copied first, and comes back bit for bit.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use ecr_sweep_core::{Digest, sha256};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, Lock, Receipt, RestoreOutcome, StopWish, keys, read,
};
use ecr_sweep_protocol::{Ending, ExitCode, Restoration};
use ecr_sweep_steps::{Clock as _, HeldLock, Run, ask_to_stop, find_deleted, prune_vault, restore};
use futures::TryStreamExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{DELETED, KEPT, World, error, fault, id, organization, place, policy, small};

/// Layers go with their last image.
pub(crate) fn forgetful() -> SimulatorOptions {
    SimulatorOptions {
        layers_outlive_images: Some(SignedDuration::ZERO),
        ..SimulatorOptions::default()
    }
}

pub(crate) async fn vaulting() -> World {
    let mut world = World::with(small(), forgetful()).await;
    let rule = "keep: { newest: 1 }\n    undo_for: 30d";
    world.policy =
        policy("", &format!("repositories:\n  - match: {{ name: [\"dev/*\"] }}\n    {rule}"));
    world
}

fn tags(world: &World) -> BTreeMap<Digest, Vec<Box<str>>> {
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    images.into_iter().map(|image| (image.digest, image.tags)).collect()
}

pub(crate) async fn restore_all(world: &World) -> Restoration {
    let environment = world.environment();
    let run = Run::open(&environment, &id("r1")).await.unwrap();
    let all = |_: &_, _: &Receipt| true;
    let deleted = find_deleted(&environment, &id("r1"), all).await.unwrap();
    restore(&run, deleted).await.unwrap()
}

/// The layer of an image of `small()`.
fn layer(number: u32) -> Digest {
    sha256((1000 + number).to_string().as_bytes())
}

async fn pulled(world: &World, blob: Digest) -> Vec<u8> {
    let bytes = world.sessions.registry(&place()).open_layer("dev/app", blob).await.unwrap();
    bytes.try_concat().await.unwrap()
}

#[tokio::test]
async fn what_went_comes_back_with_all_of_its_layers() {
    let world = vaulting().await;
    let before = tags(&world);
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    let restoration = restore_all(&world).await;
    assert_eq!(restoration.exit_code(), ExitCode::Done, "{restoration:?}");
    assert_eq!(tags(&world), before);
    for number in [1, 2, 5, 6, 7] {
        assert_eq!(pulled(&world, layer(number)).await, (1000 + number).to_string().as_bytes());
    }
}

#[tokio::test]
async fn what_a_run_deleted_before_somebody_stopped_it_comes_back() {
    let world = vaulting().await;
    let before = tags(&world);
    world.sweep("r1").await;
    let environment = world.environment();
    let wish = StopWish { by: "Ada".into(), at: environment.now(), found: None };
    ask_to_stop(&*environment.store, &id("r1"), &wish).await.unwrap();
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
    assert_eq!(tags(&world), before);
}

#[tokio::test]
async fn each_blob_is_copied_once() {
    let world = vaulting().await;
    world.sweep("r1").await;
    // Five layers, and the configuration that all share.
    assert_eq!(world.simulator.count("ecr:GetLayer"), 6);
    restore_all(&world).await;
    world.sweep("r2").await;
    // Only the third image goes now, and its configuration is there already.
    assert!(!world.images("dev/app").contains(&world.digest(3)));
    assert_eq!(world.simulator.count("ecr:GetLayer"), 7);
}

#[tokio::test]
async fn an_image_that_cannot_be_copied_stays_and_the_run_does_not_end_well() {
    let refused = error("LayerInaccessibleException");
    let other = Effect::Respond { status: 200, headers: BTreeMap::new(), body: "other".into() };
    let gone = Effect::Respond { status: 403, headers: BTreeMap::new(), body: String::new() };
    for (operation, effect) in [
        ("ecr:GetDownloadUrlForLayer", refused),
        ("ecr:GetLayer", other),
        ("ecr:GetLayer", gone),
        ("ecr:GetLayer", Effect::Drop),
    ] {
        let world = vaulting().await;
        let object = Some(layer(1).to_string());
        world.simulator.set_faults(vec![Fault { object, ..fault(operation, effect.clone()) }]);
        let summary = world.sweep("r1").await;
        assert_eq!(summary.ending, Ending::Partial, "{effect:?}");
        let outcome = world.outcome("r1", 1).await;
        let DeletionOutcome::Failed { code, reason } = outcome else { panic!("{outcome:?}") };
        assert_eq!(&*code, "NotInVault");
        assert!(reason.contains(&layer(1).to_string()), "{reason}");
        // Its signature stays with it, and the others went.
        assert_eq!(world.images("dev/app"), world.digests(&[1, 3, 7, 8]), "{effect:?}");
        let stored = world.run("r1").store.list("vault/blobs/").await.unwrap();
        assert!(!stored.iter().any(|key| key.ends_with(&layer(1).hex())), "{effect:?}");
    }
}

#[tokio::test]
async fn a_source_that_breaks_off_is_asked_again() {
    let world = vaulting().await;
    world
        .simulator
        .set_faults(vec![Fault { times: Some(2), ..fault("ecr:GetLayer", Effect::Drop) }]);
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
}

#[tokio::test]
async fn a_copy_that_is_damaged_is_not_believed() {
    let world = vaulting().await;
    let path = world.path(&format!("vault/blobs/sha256/{}", layer(2).hex()));
    let store = world.run("r1").store.clone();
    store.put(&format!("vault/blobs/sha256/{}", layer(2).hex()), b"1003".to_vec()).await.unwrap();
    world.sweep("r1").await;
    assert_eq!(std::fs::read(&path).unwrap(), b"1002");
    // Damaged later, it is no layer that a registry takes.
    std::fs::write(&path, b"1003").unwrap();
    let restoration = restore_all(&world).await;
    let image = restoration.repositories[0].image(world.digest(2)).unwrap();
    assert_eq!(image.outcome, RestoreOutcome::LayersGone { layers: vec![layer(2)] });
    let image = restoration.repositories[0].image(world.digest(1)).unwrap();
    assert_eq!(image.outcome, RestoreOutcome::Restored);
}

#[tokio::test]
async fn a_pull_while_layers_are_copied_keeps_the_image() {
    let mut world = World::ticking(small()).await;
    world.policy = vaulting().await.policy;
    // The address of its layer is asked for after its manifest was read, and before the last look.
    let somebody = world.somebody();
    let digest = world.digest(2);
    let hang = Fault { times: Some(2), ..fault("ecr:GetLayer", Effect::Drop) };
    world.simulator.set_faults(vec![hang]);
    let sweep = world.sweep("r1");
    let pull = async {
        while world.simulator.count("ecr:GetLayer") == 0 {
            tokio::task::yield_now().await;
        }
        somebody.pulls(digest).await;
    };
    tokio::join!(sweep, pull);
    assert!(world.images("dev/app").contains(&digest));
    assert!(!world.images("dev/app").contains(&world.digest(1)));
}

#[tokio::test]
async fn who_is_stopped_at_whatever_blob_or_put_has_it_all_in_the_end() {
    let operations = ["ecr:GetLayer", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"];
    for operation in operations {
        for after in [0, 3] {
            let world = vaulting().await;
            let before = tags(&world);
            let stopped = Fault { after, times: Some(9), ..fault(operation, Effect::Drop) };
            world.simulator.set_faults(vec![stopped]);
            world.sweep("r1").await;
            world.simulator.set_faults(Vec::new());
            if operation == "ecr:GetLayer" {
                world.sweep_planned("r1").await.unwrap();
            } else {
                let stopped = Fault { after, times: Some(9), ..fault(operation, Effect::Drop) };
                world.simulator.set_faults(vec![stopped]);
                restore_all(&world).await;
                world.simulator.set_faults(Vec::new());
            }
            let restoration = restore_all(&world).await;
            assert_eq!(restoration.exit_code(), ExitCode::Done, "{operation} {after}");
            assert_eq!(tags(&world), before, "{operation} {after}");
        }
    }
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_removed_and_nothing_else() {
    let world = vaulting().await;
    world.sweep("r1").await;
    let environment = world.environment();
    let prune = async |only_tell| prune_vault(&environment, &id("prune"), only_tell).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 36));
    assert_eq!((prune(false).await.unwanted.len(), prune(true).await.kept), (0, 6));
    world.clock.advance(SignedDuration::from_hours(24 * 2));
    assert_eq!(prune(true).await.unwanted.len(), 6);
    let pruned = prune(false).await;
    assert_eq!((pruned.unwanted.len(), pruned.kept), (6, 0));
    assert_eq!(world.run("r1").store.list("vault/").await.unwrap(), [] as [String; 0]);
    HeldLock::take(&environment, &id("other")).await.unwrap();
    let refused = prune_vault(&environment, &id("prune"), false).await.unwrap_err();
    assert_eq!(refused.exit_code(), ExitCode::Refused);
}

#[tokio::test]
async fn the_lock_lasts_while_a_layer_is_copied_back_for_longer_than_it_does() {
    let repositories = json!([{ "name": "dev/app", "images": [] }]);
    let mut world = World::with(organization(&repositories, &json!({})), forgetful()).await;
    let rules = "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { tags: [\"none\"] }\n    undo_for: 1d";
    world.policy = policy("minimum_age: 0d\nminimum_idle: 0d", rules);
    let somebody = world.somebody();
    // Three parts of it are put.
    let blob = Numbers(1).bytes((10 << 20) + 5);
    somebody.uploads(sha256(&blob), &blob).await;
    let described = |media_type: &str| json!({ "mediaType": media_type, "digest": sha256(&blob), "size": blob.len() });
    let manifest = json!({
        "schemaVersion": 2, "mediaType": OCI,
        "config": described("application/vnd.oci.image.config.v1+json"),
        "layers": [described("application/octet-stream")],
    });
    somebody.puts(&manifest.to_string(), None).await;
    world.clock.advance(SignedDuration::from_secs(1));
    world.sweep("r1").await;
    assert!(!world.images("dev/app").contains(&sha256(manifest.to_string().as_bytes())));
    let (clock, path) = (world.clock.clone(), world.path(&keys::LOCK));
    world.simulator.keep_gate(move |arrival| {
        if arrival.operation == "ecr:UploadLayerPart" {
            clock.advance(SignedDuration::from_mins(9));
            let lock: Lock = read(&std::fs::read(&path).unwrap()).unwrap();
            assert!(lock.is_held(clock.now()));
        }
        Box::pin(async {})
    });
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
    assert!(world.simulator.count("ecr:UploadLayerPart") > 2);
}

/// Numbers that look random, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn bytes(&mut self, length: u64) -> Vec<u8> {
        (0..length).map(|_| self.below(256).to_le_bytes()[0]).collect()
    }
}

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Pushes images that share layers, indexes of them and of one another, and signatures. Gives what was
/// pushed: manifests and blobs by digest.
async fn push_at_random(
    world: &World,
    seed: u64,
) -> (BTreeMap<Digest, String>, BTreeMap<Digest, Vec<u8>>) {
    let (mut numbers, somebody) = (Numbers(seed), world.somebody());
    let mut blobs = BTreeMap::new();
    for number in 0..8 {
        // One is of several parts.
        let length = if number == 0 { (5 << 20) + 5 } else { 1 + numbers.below(3000) };
        let blob = numbers.bytes(length);
        let digest = sha256(&blob);
        somebody.uploads(digest, &blob).await;
        blobs.insert(digest, blob);
    }
    let digests: Vec<Digest> = blobs.keys().copied().collect();
    let described = |digest: &Digest| json!({ "mediaType": "application/octet-stream", "digest": digest, "size": blobs[digest].len() });
    let mut manifests: BTreeMap<Digest, String> = BTreeMap::new();
    for number in 0..12 {
        let known: Vec<Digest> = manifests.keys().copied().collect();
        let pick = |numbers: &mut Numbers, of: &[Digest]| {
            of[usize::try_from(numbers.below(of.len() as u64)).unwrap()]
        };
        let manifest: Value = if number > 3 && numbers.below(3) == 0 {
            let children: BTreeSet<Digest> =
                (0..=numbers.below(3)).map(|_| pick(&mut numbers, &known)).collect();
            let children: Vec<Value> = children
                .iter()
                .map(|child| json!({ "mediaType": OCI, "digest": child, "size": 1 }))
                .collect();
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children })
        } else {
            let layers: Vec<Value> =
                (0..=numbers.below(4)).map(|_| described(&pick(&mut numbers, &digests))).collect();
            let mut config = described(&pick(&mut numbers, &digests));
            config["mediaType"] = "application/vnd.oci.image.config.v1+json".into();
            let mut image = json!({
                "schemaVersion": 2, "mediaType": OCI, "config": config, "layers": layers,
                "annotations": { "number": number.to_string() },
            });
            if number > 3 && numbers.below(3) == 0 {
                image["artifactType"] = "application/vnd.example.signature".into();
                let subject = pick(&mut numbers, &known);
                image["subject"] = json!({ "mediaType": OCI, "digest": subject, "size": 1 });
            }
            image
        };
        let manifest = manifest.to_string();
        let tag = format!("v{number}");
        somebody.puts(&manifest, (numbers.below(2) == 0).then_some(&tag)).await;
        manifests.insert(sha256(manifest.as_bytes()), manifest);
    }
    (manifests, blobs)
}

#[tokio::test]
async fn random_images_come_back_bit_for_bit() {
    for seed in 0..3 {
        let repositories = json!([{ "name": "dev/app", "images": [] }]);
        let mut world = World::with(organization(&repositories, &json!({})), forgetful()).await;
        world.policy = policy(
            "minimum_age: 0d\nminimum_idle: 0d",
            "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { tags: [\"none\"] }\n    undo_for: 1d",
        );
        let (manifests, blobs) = push_at_random(&world, seed).await;
        let before = tags(&world);
        // What was pushed just now is too new.
        world.clock.advance(SignedDuration::from_secs(1));
        let summary = world.sweep("r1").await;
        assert_eq!(summary.ending, Ending::Done, "{seed}: {summary:?}");
        assert_eq!(world.images("dev/app"), BTreeSet::new(), "{seed}");
        let restoration = restore_all(&world).await;
        assert_eq!(restoration.exit_code(), ExitCode::Done, "{seed}: {restoration:?}");
        assert_eq!(tags(&world), before, "{seed}");
        let all: Vec<Digest> = manifests.keys().copied().collect();
        let reader = world.sessions.registry(&place());
        for (digest, manifest) in reader.manifests("dev/app", &all).await.unwrap() {
            assert_eq!(manifest.unwrap().bytes, manifests[&digest].as_bytes(), "{seed}");
        }
        let text: String = manifests.values().map(String::as_str).collect();
        for (digest, blob) in blobs.iter().filter(|(digest, _)| text.contains(&digest.hex())) {
            assert!(pulled(&world, *digest).await == *blob, "{seed}: {digest}");
        }
    }
}

#[tokio::test]
async fn the_images_that_a_rule_without_it_deletes_are_not_copied() {
    let world = World::with(small(), forgetful()).await;
    world.sweep("r1").await;
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    assert_eq!(world.simulator.count("ecr:GetLayer"), 0);
    assert_eq!(world.run("r1").store.list("vault/").await.unwrap(), [] as [String; 0]);
    let restoration = restore_all(&world).await;
    assert_eq!(restoration.repositories[0].images.len(), DELETED.len());
    assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
}
