//! Who deletes, and where runs are stored.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::world::World;
use super::{Doctored, HOME, OTHER};

const VERSIONED: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
     <Status>Enabled</Status></VersioningConfiguration>";

/// Runs are stored in a bucket that keeps versions.
fn in_a_bucket() -> Doctored {
    let mut doctored = Doctored::well();
    doctored.options.buckets = BTreeSet::from(["my-sweeps".to_owned()]);
    doctored.arguments = vec!["--store".to_owned(), "s3://my-sweeps".to_owned()];
    doctored
}

#[test]
fn a_bucket_that_keeps_versions_and_is_private_is_well() {
    let doctored = in_a_bucket().answering_text("s3:GetBucketVersioning", HOME, VERSIONED);
    let said = doctored.asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
    let deployment = &said.report["parts"].as_array().unwrap()[6];
    assert!(deployment["left_out"].as_str().unwrap().contains("stateMachine:ecr-sweep"));
}

#[test]
fn a_delete_role_that_cannot_be_assumed_is_found_where_it_is_asked_for() {
    let mut doctored = Doctored::well();
    let read = BTreeSet::from(["EcrSweepRead".to_owned()]);
    doctored.options.roles = BTreeMap::from([(OTHER.parse().unwrap(), read)]);
    assert!(doctored.asked().codes().is_empty());
    doctored.arguments.push("--delete".to_owned());
    let said = doctored.asked();
    let (objects, fix) = said.only("delete-role-not-assumable");
    assert_eq!(objects, [OTHER]);
    assert!(fix.contains("EcrSweepDelete"), "{fix}");
}

#[test]
fn a_delete_role_of_any_account_of_a_swept_organization_is_looked_at() {
    let named = format!("{{ accounts: [\"{HOME}\", \"{OTHER}\"] }}");
    let mut doctored = Doctored::well().with_policy(&named, "{ organization: true }");
    let read = BTreeSet::from(["EcrSweepRead".to_owned()]);
    doctored.options.roles = BTreeMap::from([(OTHER.parse().unwrap(), read)]);
    doctored.arguments.push("--delete".to_owned());
    let said = doctored.asked();
    let (objects, _) = said.only("delete-role-not-assumable");
    assert_eq!(objects, [OTHER]);
}

#[test]
fn a_bucket_that_keeps_no_versions_is_warned_of() {
    let said = in_a_bucket().asked();
    let (objects, fix) = said.only("bucket-not-versioned");
    assert_eq!(objects, ["my-sweeps"]);
    assert!(fix.contains("aws s3api put-bucket-versioning --bucket my-sweeps"), "{fix}");
}

#[test]
fn a_bucket_that_does_not_block_public_access_is_found() {
    let none = "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                <BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
    let doctored = in_a_bucket()
        .answering_text("s3:GetBucketVersioning", HOME, VERSIONED)
        .answering_text("s3:GetPublicAccessBlock", HOME, none);
    let said = doctored.asked();
    let (_, fix) = said.only("bucket-not-private");
    assert!(fix.contains("aws s3api put-public-access-block --bucket my-sweeps"), "{fix}");
}

#[test]
fn a_bucket_that_is_not_encrypted_is_warned_of() {
    let none = "<ServerSideEncryptionConfiguration/>";
    let said = in_a_bucket()
        .answering_text("s3:GetBucketVersioning", HOME, VERSIONED)
        .answering_text("s3:GetBucketEncryption", HOME, none)
        .asked();
    let (objects, fix) = said.only("bucket-not-encrypted");
    assert_eq!(objects, ["my-sweeps"]);
    assert!(fix.contains("aws s3api put-bucket-encryption --bucket my-sweeps"), "{fix}");
}

#[test]
fn a_bucket_of_the_vault_is_looked_at_too_and_needs_no_versions() {
    let none = "<ServerSideEncryptionConfiguration/>";
    let mut doctored = Doctored::well();
    doctored.options.buckets = BTreeSet::from(["my-vault".to_owned()]);
    let rules = "\nrepositories:";
    let vault = "\nvault: { bucket: my-vault }\nrepositories:";
    let doctored = doctored.with_policy(rules, vault);
    assert_eq!(doctored.asked().codes(), BTreeSet::new());
    let said = doctored.answering_text("s3:GetBucketEncryption", HOME, none).asked();
    let (objects, _) = said.only("bucket-not-encrypted");
    assert_eq!(objects, ["my-vault"]);
}

#[test]
fn a_bucket_that_is_not_there_is_found() {
    let mut doctored = Doctored::well();
    doctored.arguments = vec!["--store".to_owned(), "s3://my-sweeps".to_owned()];
    doctored.asked().only("run-store-not-read");
}

#[test]
fn a_lock_that_another_run_has_is_warned_of() {
    let doctored = Doctored::well();
    let world = doctored.world();
    let store = world.path().join(".ecr-sweep");
    std::fs::create_dir_all(&store).unwrap();
    let now = jiff::Timestamp::now();
    let lock = json!({
        "schema_version": 1, "owner": "somebody", "run": "20261120T101500.123Z", "token": 1,
        "taken_at": now, "expires_at": now + jiff::SignedDuration::from_mins(10),
    });
    std::fs::write(store.join("lock.json"), lock.to_string()).unwrap();
    let said = doctored.asked_in(&world);
    let (_, fix) = said.only("lock-held");
    assert!(fix.contains("ecr-sweep unlock 20261120T101500.123Z"), "{fix}");
}

/// Lays documents into the run store of a world.
fn store(world: &World, documents: &[(&str, &str)]) {
    for (key, text) in documents {
        let file = world.path().join(".ecr-sweep").join(key);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

#[test]
fn a_run_that_stopped_before_its_end_is_warned_of() {
    let doctored = Doctored::well();
    let world = doctored.world();
    // It has planned, and nobody gave the lock back.
    let lock = json!({
        "schema_version": 1, "owner": "somebody", "run": "dry-run", "token": 1,
        "taken_at": "2026-11-20T00:00:00Z", "expires_at": "2026-11-20T00:10:00Z",
    });
    store(
        &world,
        &[
            (
                "sweeps/dry-run/request.json",
                include_str!(
                    "../../../../../../tests/archive/8/dry-run/sweeps/dry-run/request.json"
                ),
            ),
            (
                "sweeps/dry-run/summary.json",
                include_str!(
                    "../../../../../../tests/archive/8/dry-run/sweeps/dry-run/summary.json"
                ),
            ),
            ("lock.json", &lock.to_string()),
        ],
    );
    let said = doctored.asked_in(&world);
    let (_, fix) = said.only("run-stopped");
    assert!(fix.contains("ecr-sweep show dry-run"), "{fix}");
}

#[test]
fn a_run_whose_documents_cannot_be_read_is_warned_of() {
    let doctored = Doctored::well();
    let world = doctored.world();
    store(&world, &[("sweeps/torn/request.json", "{")]);
    let said = doctored.asked_in(&world);
    said.only("run-unreadable");
    assert!(said.report.to_string().contains("`torn`"), "{}", said.report);
}
