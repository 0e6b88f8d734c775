//! What is no reference to an image is in nothing that a scan gives.

use serde_json::json;

use crate::world::{StandIn, TOKEN, app};

const CANARY: &str = "hunter2";

#[tokio::test]
async fn a_secret_is_in_nothing_that_a_scan_gives() {
    let cluster = StandIn::start().await;
    let full_of_it = json!({
        "metadata": {
            "name": "web", "namespace": "shop",
            "annotations": { "a": CANARY, "b": format!("{CANARY} {}", app("1")) },
            "labels": { "image": CANARY },
            "managedFields": [{ "manager": CANARY }],
        },
        "data": { "image": CANARY, "password": CANARY, "script": format!("login {CANARY}; run {}", app("2")) },
        "binaryData": { "b": CANARY },
        "spec": { "containers": [{ "env": [{ "name": "A", "value": CANARY }], "args": [CANARY, app("3")] }] },
        "status": { "message": CANARY },
        CANARY: CANARY,
    });
    for path in ["/api/v1/pods", "/api/v1/configmaps", "/apis/apps/v1/deployments"] {
        let mut item = full_of_it.clone();
        if path != "/api/v1/configmaps" {
            item.as_object_mut().unwrap().remove("data");
        }
        cluster.lists(path, &[item]);
    }
    let found = cluster.scan().await.unwrap();
    assert!(found.mentions.len() >= 7, "{found:?}");
    assert!(!format!("{found:?} {:?}", cluster.cluster()).contains(CANARY), "{found:?}");
}

#[tokio::test]
async fn a_secret_is_in_no_error() {
    let pods = "/api/v1/pods?limit=500";
    for body in [
        json!({ "kind": "PodList", "items": [CANARY] }).to_string(),
        json!({ "kind": "PodList", "items": [{ "metadata": CANARY }] }).to_string(),
        json!({ "kind": "PodList", "items": [{ "metadata": { "name": [CANARY] } }] }).to_string(),
        json!({ "kind": "PodList", "items": [{ "metadata": { "name": "a" }, CANARY: CANARY }, 1] })
            .to_string(),
        format!("{{\"items\": [{CANARY}]}}"),
    ] {
        let cluster = StandIn::start().await;
        cluster.answers(pods, vec![(200, body)]);
        let error = cluster.scan().await.unwrap_err();
        let said = format!("{error} {error:?} {TOKEN}");
        assert!(!said.replace(TOKEN, "").contains(CANARY), "{said}");
    }
}
