//! Snapshots, and the decision over those that are good.

use ecr_sweep_core::{OrganizationFacts, Policy};
use ecr_sweep_policy::{Use, read as read_policy};
use ecr_sweep_protocol::snapshot;

use super::{Target, files};

pub(super) const TARGET: Target = Target { name: "snapshot", read, seeds };

/// Each part of the decision has something to do.
const POLICY: &str = "\
schema_version: 1
repositories:
  - match: { name: [\"/.*b.*/\", \"*/app\"] }
    keep:
      newest: { count: 1, of: any, per: kind }
      spare: { count: 1, of: untagged }
      releases: { newest: 1, per: minor }
    limits: { images: 2, on_exceed: oldest_first }
  - keep:
      pushed_within: { tag: KeepDays, default: 30d }
      tags: [latest, \"v*\"]
      behind_tags: { tags: [prod], within: 1d, newest: 1 }
      behind_deployed: { revisions: 1 }
limits: { share: 50%, on_exceed: oldest_first }
";

fn read(input: &[u8]) -> bool {
    let Ok(read) = snapshot::read("snapshot.json", input) else { return false };
    let written = snapshot::write(&read).unwrap();
    let again = snapshot::read("again.json", &written).unwrap();
    assert!(written == snapshot::write(&again).unwrap(), "it is written in another order again");
    let [first, second] = [read, again].map(|it| {
        OrganizationFacts {
            home: &it.home.account,
            registries: &it.registries,
            cache_rules: &it.cache_rules,
            usage: it.usage,
            coverage: &it.coverage,
            policy: &policy(),
            now: it.taken_at,
        }
        .plan()
    });
    assert_eq!(first, second);
    true
}

fn policy() -> Policy {
    read_policy("policy.yaml", POLICY, Use::Offline).unwrap().policy
}

fn seeds() -> Vec<Vec<u8>> {
    files("snapshot.json")
}
