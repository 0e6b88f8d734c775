//! A vault in a bucket of its own: copies go there, come back from there, and are removed there.

use std::collections::BTreeSet;

use ecr_sweep_aws::store::{BlobStore as _, RunStore as _, S3Location, S3Store};
use ecr_sweep_aws_sim::{Effect, SimulatorOptions};
use ecr_sweep_core::policy::StorageClass;
use ecr_sweep_core::sha256;
use ecr_sweep_protocol::documents::{DeletionOutcome, VaultedBatch, keys, read, write};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{Clock as _, prune_vault};
use futures::{StreamExt as _, stream};
use jiff::SignedDuration;

use crate::vaulting::{forgetful, restore_all};
use crate::world::{KEPT, World, error, fault, id, policy, small};

const VAULT: &str = "my-vault";

/// A world whose rule copies what goes to this bucket.
async fn copying_to(bucket: &str) -> World {
    let options = SimulatorOptions { buckets: [VAULT.to_owned()].into(), ..forgetful() };
    let mut world = World::with(small(), options).await;
    let rules = "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { newest: 1 }\n    undo_for: 30d";
    world.policy = policy(&format!("vault: {{ bucket: {bucket}, prefix: team }}"), rules);
    world
}

pub(crate) async fn vaulting_in_a_bucket() -> World {
    copying_to(VAULT).await
}

fn vault(world: &World) -> S3Store {
    S3Store::new(&world.sessions, S3Location::new(VAULT, "team").unwrap())
}

#[tokio::test]
async fn what_goes_is_copied_to_the_bucket_that_the_policy_names_and_comes_back_from_there() {
    let world = vaulting_in_a_bucket().await;
    let before = world.images("dev/app");
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    // Five layers, and the configuration that all share; what is wanted is written down with the runs.
    assert_eq!(vault(&world).list_blobs().await.unwrap().len(), 6);
    assert_eq!(vault(&world).list("vault/wanted/").await.unwrap(), [] as [String; 0]);
    let store = world.environment().store;
    assert_eq!(store.list("vault/blobs/").await.unwrap(), [] as [String; 0]);
    let wanted = store.list(keys::VAULTED).await.unwrap();
    let document = store.get(&wanted[0]).await.unwrap().unwrap();
    let document: VaultedBatch = read(&document.bytes).unwrap();
    assert_eq!(document.vault.as_deref(), Some("s3://my-vault/team"));
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
    assert_eq!(world.images("dev/app"), before);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_or_takes_nothing_costs_no_image() {
    let missing = copying_to("another-vault").await;
    let closed = vaulting_in_a_bucket().await;
    closed.simulator.set_faults(vec![fault("s3:PutObject", error("AccessDenied"))]);
    for world in [missing, closed] {
        assert_eq!(world.sweep("r1").await.ending, Ending::Partial);
        // The index goes, which is all in its manifest; what it lists does not.
        assert_eq!(world.images("dev/app"), world.digests(&[1, 2, 3, 5, 6, 7, 8]));
        let outcome = world.outcome("r1", 1).await;
        let DeletionOutcome::Failed { code, reason } = outcome else { panic!("{outcome:?}") };
        assert_eq!(&*code, "NotInVault");
        assert!(reason.contains("vault/team"), "{reason}");
    }
}

#[tokio::test]
async fn a_copy_whose_answer_is_lost_is_looked_up_and_what_is_damaged_there_is_copied_anew() {
    let world = vaulting_in_a_bucket().await;
    let layer = sha256(b"1002");
    let damaged = stream::iter([Ok(b"1002".to_vec())]).boxed();
    vault(&world).put_blob(layer, StorageClass::Standard, damaged).await.unwrap();
    let key = format!("vault/blobs/sha256/{}", layer.hex());
    vault(&world).put(&key, b"1003".to_vec()).await.unwrap();
    world.simulator.set_faults(vec![ecr_sweep_aws_sim::Fault {
        times: Some(2),
        ..fault("s3:PutObject", Effect::DropAnswer)
    }]);
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
    assert_eq!(vault(&world).get(&key).await.unwrap().unwrap().bytes, b"1002");
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_removed_from_the_bucket_and_what_is_of_others_stays() {
    let world = vaulting_in_a_bucket().await;
    let bytes = b"of somebody else".to_vec();
    let others = sha256(&bytes);
    let content = stream::iter([Ok(bytes)]).boxed();
    vault(&world).put_blob(others, StorageClass::Standard, content).await.unwrap();
    world.sweep("r1").await;
    let environment = world.environment();
    let prune = async |only_tell| prune_vault(&environment, &id("prune"), only_tell).await.unwrap();
    let pruned = prune(false).await;
    assert_eq!((pruned.unwanted.len(), pruned.kept), (0, 6));
    world.clock.advance(SignedDuration::from_hours(24 * 38));
    world.simulator.set_now(world.clock.now());
    assert_eq!(prune(true).await.unwanted.len(), 6);
    let pruned = prune(false).await;
    assert_eq!((pruned.unwanted.len(), pruned.kept), (6, 0));
    assert_eq!(vault(&world).list_blobs().await.unwrap(), [others]);
    assert_eq!(environment.store.list("vault/").await.unwrap(), [] as [String; 0]);
}

#[tokio::test]
async fn where_it_cannot_be_told_what_is_wanted_nothing_is_removed() {
    let world = vaulting_in_a_bucket().await;
    world.sweep("r1").await;
    world.clock.advance(SignedDuration::from_hours(24 * 38));
    let environment = world.environment();
    let key = environment.store.list(keys::VAULTED).await.unwrap().remove(0);
    let stored = environment.store.get(&key).await.unwrap().unwrap();
    let mut document: VaultedBatch = read(&stored.bytes).unwrap();
    for address in ["/etc", "s3://", "s3://my-vault/../other"] {
        document.vault = Some(address.into());
        environment.store.put(&key, write(&document).unwrap()).await.unwrap();
        let refused = prune_vault(&environment, &id("prune"), false).await.unwrap_err();
        assert!(refused.to_string().contains("names no bucket"), "{refused}");
    }
    let there: BTreeSet<_> = vault(&world).list_blobs().await.unwrap().into_iter().collect();
    assert_eq!(there.len(), 6);
}

#[tokio::test]
async fn a_layer_that_is_in_the_bucket_is_not_copied_again() {
    let world = vaulting_in_a_bucket().await;
    world.sweep("r1").await;
    assert_eq!(world.simulator.count("ecr:GetLayer"), 6);
    restore_all(&world).await;
    world.sweep("r2").await;
    assert_eq!(world.simulator.count("ecr:GetLayer"), 7);
}
