//! What is not seen whole is an error, with what mends it.

use std::time::Instant;

use ecr_sweep_core::Remedy;
use ecr_sweep_kubernetes::{Cluster, Endpoint, KubernetesErrorKind, ScanOptions};
use serde_json::{Value, json};

use crate::world::{StandIn, app, list, object};

fn remedy(error: &ecr_sweep_kubernetes::KubernetesError) -> Option<String> {
    error.remedies(&"blue".parse().unwrap()).first().map(ToString::to_string)
}

#[tokio::test]
async fn a_resource_that_is_denied_fails_the_cluster_with_the_rule_that_mends_it() {
    let cluster = StandIn::start().await;
    cluster.refuse("/apis/apps/v1/deployments?limit=500", 403);
    let error = cluster.scan().await.unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Forbidden);
    assert_eq!(error.to_string(), "GET /apis/apps/v1/deployments was denied: 403: because");
    let rule = r#"`{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] }`"#;
    let remedy = remedy(&error).unwrap();
    assert!(remedy.contains(rule) && remedy.contains("cluster blue"), "{remedy}");
}

#[tokio::test]
async fn all_that_is_denied_is_told_at_once_and_of_very_much_that_the_role_is_missing() {
    let cluster = StandIn::start().await;
    let names: Vec<String> = (0..20).map(|number| format!("things{number:02}")).collect();
    let resources: Vec<String> = names.iter().map(|name| format!("{name}:Thing")).collect();
    let resources: Vec<&str> = resources.iter().map(|it| &**it).collect();
    cluster.has_groups(&["x.io"]);
    for (denied, remedies) in [(3, 3), (16, 16), (17, 1)] {
        cluster.has_group("x.io", "v1", &resources[..denied]);
        for name in &names {
            cluster.refuse(&format!("/apis/x.io/v1/{name}?limit=500"), 403);
        }
        let error = cluster.scan().await.unwrap_err();
        let said = format!("; {denied} resources are denied in all");
        assert!(error.to_string().ends_with(&said), "{error}");
        let told = error.remedies(&"blue".parse().unwrap());
        assert_eq!(told.len(), remedies, "{told:?}");
        let is_rule = |it: &Remedy| matches!(it, Remedy::AllowInCluster { .. });
        assert_eq!(told.iter().all(is_rule), remedies > 1, "{told:?}");
    }
}

#[tokio::test]
async fn a_group_that_does_not_answer_fails_the_cluster() {
    let cluster = StandIn::start().await;
    cluster.has_groups(&["apps", "metrics.k8s.io"]);
    cluster.refuse("/apis/metrics.k8s.io/v1", 503);
    let error = cluster.scan().await.unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Unavailable);
    assert!(remedy(&error).unwrap().contains("`metrics.k8s.io`"));
}

#[tokio::test]
async fn each_call_that_fails_fails_the_cluster() {
    for path in [
        "/api",
        "/apis",
        "/api/v1",
        "/apis/apps/v1",
        "/api/v1/pods?limit=500",
        "/api/v1/configmaps?limit=500",
        "/apis/apps/v1/deployments?limit=500",
    ] {
        for (status, kind) in [
            (400, KubernetesErrorKind::Unreadable),
            (401, KubernetesErrorKind::Unauthenticated),
            (403, KubernetesErrorKind::Forbidden),
            (404, KubernetesErrorKind::NotFound),
            (410, KubernetesErrorKind::Expired),
        ] {
            let cluster = StandIn::start().await;
            cluster.refuse(path, status);
            let error = cluster.scan().await.unwrap_err();
            assert_eq!(error.kind, kind, "{path} {status}: {error}");
        }
    }
}

#[tokio::test]
async fn a_later_page_that_fails_fails_the_cluster() {
    let cluster = StandIn::start().await;
    cluster.say("/api/v1/pods?limit=500", &list(&[object("a", &app("1"))], Some("next")));
    cluster.refuse("/api/v1/pods?limit=500&continue=next", 403);
    assert_eq!(cluster.scan().await.unwrap_err().kind, KubernetesErrorKind::Forbidden);
    cluster.say("/api/v1/pods?limit=500&continue=next", &list(&[], Some("next")));
    assert_eq!(cluster.scan().await.unwrap_err().kind, KubernetesErrorKind::Unreadable);
}

#[tokio::test]
async fn an_answer_that_lacks_something_is_no_empty_one() {
    let pods = "/api/v1/pods?limit=500";
    let without_items = json!({ "kind": "PodList", "metadata": {} });
    let nameless = json!({ "kind": "PodList", "metadata": {}, "items": [{ "metadata": {} }] });
    for (path, answer) in [
        (pods, json!({})),
        (pods, json!(null)),
        (pods, json!([])),
        (pods, without_items),
        (pods, nameless),
        (pods, json!({ "kind": "Status", "items": [] })),
        ("/api", json!({})),
        ("/apis", json!({})),
        ("/apis", json!({ "groups": [{}] })),
        ("/apis", json!({ "groups": [{ "name": "apps" }] })),
        ("/api/v1", json!({ "kind": "APIResourceList" })),
        ("/api/v1", json!({ "resources": [{ "name": "pods" }] })),
    ] {
        let cluster = StandIn::start().await;
        cluster.say(path, &answer);
        let error = cluster.scan().await.unwrap_err();
        assert_eq!(error.kind, KubernetesErrorKind::Unreadable, "{path} {answer}: {error}");
    }
}

#[tokio::test]
async fn a_list_that_always_breaks_off_fails_the_cluster() {
    let cluster = StandIn::start().await;
    let whole = Value::to_string(&list(&[object("a", &app("1"))], None));
    for half in [String::new(), whole[..whole.len() - 2].to_owned()] {
        cluster.answers("/api/v1/pods?limit=500", vec![(200, half)]);
        assert_eq!(cluster.scan().await.unwrap_err().kind, KubernetesErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_cluster_out_of_reach_fails_with_where_to_scan_it_from() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let endpoint = Endpoint { server: server.into(), ..Endpoint::default() };
    let cluster = Cluster::new(endpoint).unwrap();
    let error = cluster.scan(&ScanOptions::default()).await.unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Unavailable);
    let remedies = error.remedies(&"blue".parse().unwrap());
    assert!(matches!(*remedies, [Remedy::ReachCluster { .. }]), "{remedies:?}");
}

#[tokio::test]
async fn a_cluster_that_does_not_know_the_caller_says_so() {
    let server = StandIn::start().await.server;
    let endpoint = Endpoint { server: server.into(), ..Endpoint::default() };
    let cluster = Cluster::new(endpoint).unwrap();
    let error = cluster.scan(&ScanOptions::default()).await.unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::Unauthenticated);
    assert!(remedy(&error).unwrap().contains("access entry"));
}

#[tokio::test]
async fn a_scan_whose_time_is_up_is_an_error() {
    let cluster = StandIn::start().await.cluster();
    let options = ScanOptions { until: Some(Instant::now()), ..ScanOptions::default() };
    let error = cluster.scan(&options).await.unwrap_err();
    assert_eq!(error.kind, KubernetesErrorKind::OutOfTime);
}
