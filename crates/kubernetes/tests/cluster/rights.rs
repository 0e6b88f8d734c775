//! Who may not read everything sees nothing, and is told what is missing.

use ecr_sweep_api_server::{ADMIN_TOKEN, Call, READER, READER_TOKEN};
use ecr_sweep_core::Remedy;
use ecr_sweep_kubernetes::KubernetesErrorKind;
use serde_json::json;

use crate::custom;
use crate::world::{World, config_map, remedies, seen};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const EXAMPLE: &str = include_str!("../../../../examples/kubernetes/cluster-role.yaml");

/// Applies a manifest of the role `name`, and binds it to the reader.
fn allow(world: &mut World, name: &str, role: &str) {
    let path = format!("{RBAC}/clusterroles/{name}");
    world.make(&[Call::apply(&path, role)]);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": { "name": name },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": READER }],
    });
    world.make(&[Call::post(&format!("{RBAC}/clusterrolebindings"), &binding)]);
}

/// The role of the rules that are told.
fn role(name: &str, told: &[Remedy]) -> String {
    let rule = |remedy: &Remedy| {
        let remedy = remedy.to_string();
        remedy.split('`').nth(1).unwrap_or_else(|| panic!("{remedy}")).to_owned()
    };
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{ name: {name} }}\nrules: [{}]\n",
        told.iter().map(rule).collect::<Vec<_>>().join(", ")
    )
}

#[test]
fn a_group_that_is_denied_leaves_nothing_seen_and_the_rules_that_are_told_mend_it() {
    let mut world = World::start(&[]);
    world.make(&[config_map("scripts", "script")]);
    custom::add(&mut world, &custom::widgets());

    // Who may nothing at all is told of the role.
    let error = world.scan_as(READER_TOKEN).unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Forbidden, "{error}");
    assert!(matches!(*remedies(&error), [Remedy::AdmitToCluster { .. }]), "{error}");

    // The example is enough for what every cluster has, and has neither Secrets nor events.
    let without_apps = EXAMPLE.replace("      - apps\n", "");
    allow(&mut world, "ecr-sweep", &without_apps);
    world.server.wait_until_allowed(READER, "", "pods");
    let error = world.scan_as(READER_TOKEN).unwrap_err();
    let told = remedies(&error);
    let groups: Vec<&str> = told
        .iter()
        .map(|it| match it {
            Remedy::AllowInCluster { group, .. } => &**group,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(groups, ["apps", "apps", "apps", "apps", "apps", "example.com"], "{error}");
    allow(&mut world, "more", &role("more", &told));
    world.server.wait_until_allowed(READER, "example.com", "widgets");
    let found = world.scan_as(READER_TOKEN).unwrap();
    let all = seen(&found);
    assert_eq!(all.iter().collect::<Vec<_>>(), ["config-map/scripts script", "widget/it widget"]);
    assert_eq!(world.scan_as(ADMIN_TOKEN).unwrap().mentions, found.mentions);
}

#[test]
fn a_group_whose_server_does_not_answer_leaves_nothing_seen() {
    let mut world = World::start(&[]);
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": { "name": "v1.down.example.com" },
        "spec": {
            "group": "down.example.com", "version": "v1", "groupPriorityMinimum": 100,
            "versionPriority": 100, "insecureSkipTLSVerify": true,
            "service": { "name": "nothing", "namespace": "default" },
        },
    });
    world.make(&[Call::post("/apis/apiregistration.k8s.io/v1/apiservices", &service)]);
    let path = Call::get("/apis/down.example.com/v1");
    world.server.wait("the group to be down", |server| server.status(&path) == 503);
    let error = world.scan().unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Unavailable, "{error}");
    let told = remedies(&error);
    let is_told =
        matches!(&*told, [Remedy::MendApi { group, .. }] if &**group == "down.example.com");
    assert!(is_told, "{error}: {told:?}");
}
