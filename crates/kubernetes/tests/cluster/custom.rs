//! What is seen of custom resources, whose schemas the server enforces.

use ecr_sweep_api_server::Call;
use serde_json::{Value, json};

use crate::world::{CANARY, World, app, pod_template, seen};

/// A custom resource: its group, version, plural, kind, the schema of its `spec`, and one of it.
type Custom = (&'static str, &'static str, &'static str, &'static str, Value, Value);

fn object(properties: &Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// The shapes of what people have most.
fn customs() -> [Custom; 4] {
    let text = json!({ "type": "string" });
    let anything = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let container = object(&json!({ "name": text, "image": text, "script": text }));
    let template = object(&json!({ "name": text, "container": container, "inputs": anything }));
    let tekton = object(&json!({ "steps": list(&container) }));
    let knative = object(&json!({ "template": anything }));
    let flux = object(&json!({ "chart": text, "values": anything }));
    let step = json!({ "name": "a", "image": app("step"), "script": format!("pull {}; {CANARY}", app("script")) });
    [
        (
            "argoproj.io",
            "v1alpha1",
            "workflowtemplates",
            "WorkflowTemplate",
            object(&json!({ "templates": list(&template) })),
            json!({ "templates": [{
                "name": "a", "container": { "name": "b", "image": app("workflow") },
                "inputs": { "parameters": [{ "name": "image", "value": app("parameter") }] },
            }] }),
        ),
        ("tekton.dev", "v1", "tasks", "Task", tekton, json!({ "steps": [step] })),
        (
            "serving.knative.dev",
            "v1",
            "services",
            "Service",
            knative,
            json!({ "template": pod_template("knative") }),
        ),
        (
            "helm.toolkit.fluxcd.io",
            "v2",
            "helmreleases",
            "HelmRelease",
            flux,
            json!({ "chart": "app", "values": { "password": CANARY, "image": {
                "repository": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app", "tag": "chart",
            } } }),
        ),
    ]
}

/// Makes a custom resource and one of it. The server knows a moment later what it is to know.
pub(crate) fn add(world: &mut World, (group, version, plural, kind, spec, of_it): &Custom) {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": { "plural": plural, "singular": kind.to_lowercase(), "kind": kind },
            "versions": [{
                "name": version, "served": true, "storage": true,
                "schema": { "openAPIV3Schema": object(&json!({ "spec": spec })) },
            }],
        },
    });
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    world.make(&[Call::post(definitions, &definition)]);
    let path = format!("/apis/{group}/{version}/namespaces/default/{plural}");
    let version_path = format!("/apis/{group}/{version}");
    world.server.wait_for(&[&format!("/apis/{group}"), &version_path, &path]);
    let of_it = json!({
        "apiVersion": format!("{group}/{version}"), "kind": kind,
        "metadata": { "name": "it" }, "spec": of_it,
    });
    world.make(&[Call::post(&path, &of_it)]);
}

/// A resource of a group that no example knows.
pub(crate) fn widgets() -> Custom {
    let spec = object(&json!({ "image": { "type": "string" } }));
    ("example.com", "v1alpha1", "widgets", "Widget", spec, json!({ "image": app("widget") }))
}

#[test]
fn custom_resources_are_seen_whatever_their_schema() {
    let mut world = World::start(&[]);
    for custom in &customs() {
        add(&mut world, custom);
    }
    let found = world.scan().unwrap();
    let expected = [
        // The repository alone is a reference, too: who pulls it pulls `latest`.
        "helm-release/it -",
        "helm-release/it chart",
        "service/it knative",
        "service/it knative-init",
        "task/it script",
        "task/it step",
        "workflow-template/it parameter",
        "workflow-template/it workflow",
    ];
    assert_eq!(seen(&found).iter().collect::<Vec<_>>(), expected, "{found:#?}");
    assert!(!format!("{found:?}").contains(CANARY), "{found:#?}");
}
