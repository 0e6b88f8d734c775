//! The organization that the scenarios share: each has repositories of its own.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::reseal;
use ecr_sweep_core::{Digest, MediaType, Place};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::sha256;
use ecr_sweep_test_world::{off_but_emulated, place_of};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) use ecr_sweep_test_world::{ACCOUNT, REGION};

/// The account where somebody is asked before anything is deleted.
pub(crate) const ASKING: &str = "222233334444";

/// The account whose images another one uses, and sweeps.
pub(crate) const MEMBER: &str = "333344445555";

/// The account where an earlier version is deployed.
pub(crate) const EARLIER: &str = "444455556666";

/// The small repositories of each account. They have eight images: two old ones, 1 and 2, of which
/// 7 signs the first; the newest, 3; an untagged index, 4, of 5 and 6; and 8, which a task definition
/// names; of the member's it is one of another account.
const SMALL: [(&str, &[&str]); 4] = [
    (
        ACCOUNT,
        &[
            "broken/app",
            "commanded/app",
            "denied/app",
            "dry/app",
            "failing/one",
            "failing/three",
            "failing/two",
            "kept/app",
            "killed/app",
            "killed/other",
            "locked/app",
            "redriven/one",
            "redriven/two",
            "reviewed/app",
            "swept/app",
        ],
    ),
    (
        ASKING,
        &[
            "approved/app",
            "asked/app",
            "declined/app",
            "rejected/app",
            "removed/app",
            "removed/other",
            "scheduled/app",
        ],
    ),
    (MEMBER, &["guarded/app", "member/app"]),
    (EARLIER, &["upgraded/app"]),
];

/// What goes of a small repository when only the newest tagged image is kept.
pub(crate) const DELETED: [u32; 6] = [1, 2, 4, 5, 6, 7];

/// What stays of it.
pub(crate) const KEPT: [u32; 2] = [3, 8];

/// How many images `huge/app` has.
pub(crate) const HUGE: u32 = 10_000;

/// How many repositories of three images there are under `many/`.
pub(crate) const MANY: u32 = 300;

pub(crate) struct Organization {
    pub(crate) snapshot: Snapshot,
    renamed: BTreeMap<Digest, Digest>,
}

impl Organization {
    pub(crate) fn new(now: Timestamp) -> Self {
        let mut registries: Vec<Value> = Vec::new();
        let mut definitions: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (account, names) in SMALL {
            let repositories: Vec<Value> = names.iter().map(|name| small(name, now)).collect();
            let user = if account == MEMBER { ACCOUNT } else { account };
            let more = names.iter().map(|name| definition(user, account, name));
            definitions.entry(user).or_default().extend(more);
            registries.push(json!({
                "account": account, "region": REGION, "repositories": repositories,
            }));
        }
        let large = (0..MANY).map(|n| (format!("many/app-{n:03}"), 3));
        for (name, images) in large.chain([("huge/app".to_owned(), HUGE)]) {
            let images = lot(&name, images, now);
            let all = registries[0]["repositories"].as_array_mut().unwrap();
            all.push(json!({ "name": name, "images": images }));
        }
        let ecs: Vec<Value> = definitions
            .into_iter()
            .map(|(account, definitions)| {
                json!({ "account": account, "region": REGION, "task_definitions": definitions })
            })
            .collect();
        let snapshot = json!({
            "schema_version": 1,
            "taken_at": now,
            "home": place(ACCOUNT),
            "registries": registries,
            "usage": [],
            "coverage": "complete",
            "workloads": { "regions": [REGION], "ecs": ecs },
        });
        let sealed = reseal(serde_json::from_value(snapshot).unwrap());
        assert_eq!(sealed.unsealed, []);
        Self { snapshot: sealed.snapshot, renamed: sealed.renamed }
    }

    /// The digests of some images of a small repository.
    pub(crate) fn digests(&self, repository: &str, numbers: &[u32]) -> BTreeSet<Digest> {
        numbers.iter().map(|number| self.renamed[&draft(repository, *number)]).collect()
    }
}

pub(crate) fn place(account: &str) -> Place {
    place_of(account, REGION)
}

/// A policy over the account that it is read in, with these rules.
pub(crate) fn policy(rules: &str) -> String {
    scoped(&format!("  consumers: {{ regions: [{REGION}] }}"), rules)
}

/// A policy over the registry of the member account, whose images are used from home, too.
pub(crate) fn policy_of_the_member(rules: &str) -> String {
    let scope = format!(
        "  registries: {{ accounts: [\"{MEMBER}\"], regions: [{REGION}] }}
  consumers: {{ accounts: [\"{ACCOUNT}\", \"{MEMBER}\"], regions: [{REGION}] }}
  role: EcrSweepRead"
    );
    scoped(&scope, rules)
}

/// A policy that looks at nothing that the emulator does not answer.
fn scoped(scope: &str, rules: &str) -> String {
    let off = off_but_emulated();
    format!("schema_version: 1\nscope:\n{scope}\n  off:\n{off}repositories:\n{rules}")
}

/// Keeps the newest tagged image of every repository.
pub(crate) const KEEP_ONE: &str = "  - keep: { newest: 1 }\n";

/// The digest of an image before it is sealed.
fn draft(repository: &str, number: u32) -> Digest {
    sha256(format!("{repository} {number}").as_bytes())
}

/// An image that was pushed so many hours ago.
fn image(digest: Digest, tags: &[String], hours: u32, now: Timestamp) -> Value {
    json!({
        "digest": digest,
        "tags": tags,
        "pushed_at": now - SignedDuration::from_hours(hours.into()),
        "size_bytes": 1_000_000 + u64::from(hours),
        "artifact_type": "application/vnd.oci.image.config.v1+json",
    })
}

fn small(name: &str, now: Timestamp) -> Value {
    const YEAR: u32 = 365 * 24;
    let old = |number: u32, tags: &[&str]| {
        let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
        image(draft(name, number), &tags, YEAR - number, now)
    };
    let mut newest = old(3, &["v3"]);
    newest["pushed_at"] = json!(now - SignedDuration::from_hours(100 * 24));
    let mut index = old(4, &[]);
    index["media_type"] = json!(MediaType::OciIndex);
    index["children"] = json!([draft(name, 5), draft(name, 6)]);
    let mut signature = old(7, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(name, 1));
    json!({ "name": name, "images": [
        old(1, &["v1"]), old(2, &["v2"]), newest, index, old(5, &[]), old(6, &[]), signature,
        old(8, &["used"]),
    ] })
}

/// Images an hour apart, the first the newest, none of them new.
fn lot(name: &str, images: u32, now: Timestamp) -> Vec<Value> {
    (0..images).map(|n| image(draft(name, n), &[format!("build-{n}")], 100 * 24 + n, now)).collect()
}

/// A task definition that names the eighth image of a small repository.
fn definition(user: &str, account: &str, name: &str) -> Value {
    let family = name.replace('/', "-");
    json!({
        "taskDefinitionArn":
            format!("arn:aws:ecs:{REGION}:{user}:task-definition/{family}:1"),
        "containerDefinitions": [{
            "name": "main",
            "image": format!("{account}.dkr.ecr.{REGION}.amazonaws.com/{name}:used"),
        }],
    })
}
