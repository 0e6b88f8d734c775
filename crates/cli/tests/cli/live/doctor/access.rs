//! What a run cannot enter or read.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::Effect;
use serde_json::json;

use super::{Doctored, HOME, OTHER};

const SCP: &str =
    "User is not authorized to perform this with an explicit deny in a service control policy";

fn denied_by_organization() -> Effect {
    Effect::Error { code: "AccessDeniedException".to_owned(), status: 403, message: SCP.to_owned() }
}

#[test]
fn where_all_is_well_nothing_is_found_and_nothing_changes() {
    let said = Doctored::well().asked();
    assert_eq!(said.codes(), BTreeSet::new(), "{}", said.report);
    assert_eq!(said.ended.code, Some(0), "{}", said.ended.stderr);
    assert!(!said.stored);
    assert!(said.calls.contains_key("ecs:ListClusters"));
}

#[test]
fn a_role_that_cannot_be_assumed_is_found() {
    let mut doctored = Doctored::well();
    doctored.options.roles = BTreeMap::from([(OTHER.parse().unwrap(), BTreeSet::new())]);
    let said = doctored.asked();
    let (objects, fix) = said.only("role-not-assumable");
    assert_eq!(objects, [OTHER]);
    assert!(fix.contains("EcrSweepRead") && fix.contains("sts:AssumeRole"), "{fix}");
    assert_eq!(said.ended.code, Some(3));
}

#[test]
fn a_policy_that_names_no_role_for_other_accounts_is_found() {
    let said = Doctored::well().with_policy("  role: EcrSweepRead\n", "").asked();
    let (objects, _) = said.only("no-role");
    assert_eq!(objects, [OTHER]);
}

#[test]
fn an_organization_that_cannot_be_listed_is_found() {
    let said = Doctored::well().denied("organizations:ListAccounts", HOME).asked();
    let (_, fix) = said.only("organization-not-listed");
    assert!(fix.contains("organizations:ListAccounts"), "{fix}");
}

#[test]
fn a_suspended_account_is_warned_of() {
    let mut doctored = Doctored::well();
    doctored.options.members = BTreeMap::from([
        (HOME.parse().unwrap(), "ACTIVE".to_owned()),
        (OTHER.parse().unwrap(), "SUSPENDED".to_owned()),
    ]);
    let said = doctored.asked();
    let (objects, fix) = said.only("account-not-active");
    assert_eq!(objects, [OTHER]);
    assert!(fix.contains("scope.off"), "{fix}");
    assert_eq!(said.ended.code, Some(0), "a warning is in nobody's way");
}

#[test]
fn regions_that_cannot_be_listed_are_found() {
    let said = Doctored::well().denied("account:ListRegions", OTHER).asked();
    let (objects, fix) = said.only("regions-not-listed");
    assert_eq!(objects, [OTHER]);
    assert!(fix.contains("account:ListRegions") && fix.contains("EcrSweepRead"), "{fix}");
}

#[test]
fn a_region_that_an_account_has_not_enabled_is_found() {
    let consumers = "consumers: { regions: [eu-west-1, eu-south-2] }";
    let said = Doctored::well().with_policy("consumers: organization", consumers).asked();
    let (objects, fix) = said.only("region-disabled");
    assert_eq!(objects, [HOME, OTHER]);
    assert!(fix.contains("aws account enable-region --region-name eu-south-2"), "{fix}");
}

#[test]
fn a_region_that_the_organization_denies_is_found_once_for_all_sources() {
    let mut doctored = Doctored::well();
    let regions = ["eu-west-1", "eu-west-2"].map(|region| region.parse().unwrap());
    doctored.options.regions =
        [HOME, OTHER].map(|it| (it.parse().unwrap(), BTreeSet::from(regions.clone()))).into();
    for account in [HOME, OTHER] {
        doctored = doctored.where_calls("*", account, denied_by_organization());
        doctored.faults.last_mut().unwrap().region = Some("eu-west-2".parse().unwrap());
    }
    let said = doctored.asked();
    let (objects, fix) = said.only("region-denied");
    assert_eq!(objects, ["111122223333/eu-west-2", "444455556666/eu-west-2"]);
    assert!(fix.contains("eu-west-2"), "{fix}");
}

#[test]
fn a_call_of_a_source_that_is_denied_is_found_with_all_that_the_source_needs() {
    let said = Doctored::well().denied("ecs:ListClusters", OTHER).asked();
    let (objects, fix) = said.only("call-denied");
    assert_eq!(objects, ["444455556666/eu-west-1"]);
    assert!(fix.contains("EcrSweepRead") && fix.contains("ecs:DescribeTasks"), "{fix}");
}

#[test]
fn a_cluster_that_cannot_be_read_is_found() {
    let cluster = json!({ "cluster": {
        "name": "blue", "arn": "arn:aws:eks:eu-west-1:444455556666:cluster/blue",
        "status": "ACTIVE", "endpoint": "https://127.0.0.1:9",
        "certificateAuthority": { "data": "" },
    } });
    let said = Doctored::well()
        .answering("eks:ListClusters", OTHER, &json!({ "clusters": ["blue"] }))
        .answering("eks:DescribeCluster", OTHER, &cluster)
        .asked();
    let found = said.codes();
    assert!(found.len() == 1 && !found.contains("call-denied"), "{}", said.report);
    assert!(said.report.to_string().contains("blue"), "{}", said.report);
}

#[test]
fn a_usage_file_that_is_not_there_is_found() {
    let files = "usage: { files: [{ path: \"missing.json\", max_age: 7d }] }\nrepositories:";
    let off = "    - { source: files, reason: \"not used\" }\n";
    let other = "    - { source: ecs, regions: [eu-south-1], reason: \"not used\" }\n";
    let doctored = Doctored::well().with_policy(off, other).with_policy("repositories:", files);
    let said = doctored.asked();
    let (objects, _) = said.only("usage-file-refused");
    assert_eq!(objects, ["missing.json"]);
}

#[test]
fn what_is_wrong_is_told_in_words_with_what_mends_it_last() {
    let doctored = Doctored::well().denied("ecs:ListClusters", OTHER);
    let told = doctored.world().run(&["doctor", "--policy", "policy.yaml"]);
    assert_eq!(told.code, Some(3), "{}", told.stderr);
    let at = |text: &str| told.stdout.find(text).unwrap_or_else(|| panic!("{}", told.stdout));
    assert!(at("PART") < at("Problems") && at("Problems") < at("call-denied"));
    assert!(at("call-denied") < at("Fixes") && at("Fixes") < at("ecs:DescribeTasks"));
}
