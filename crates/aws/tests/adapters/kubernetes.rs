//! Kubernetes: clusters of Amazon EKS, and what is in them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ecr_sweep_aws::sources::{Scan, ScanCache, ScanError, Scanned, Sources, scan};
use ecr_sweep_aws::{AwsErrorKind, Deadline};
use ecr_sweep_core::{ClusterName, Policy, ScanPlace, Source};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, HOST, World, assert_names, images, now, place};

/// A certificate of an authority: its key is gone.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUBVQEOY9dp709XPYCq3ETXgRDZhgwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjcxMDMzMTFaGA8yMTI2MTEw
MzEwMzMxMVowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABN9Rp7MG1nFmCTtl7s0RMChVqp2SGemcASru+jB/CVNit/QIX78S
9zbIIQNz2ZCXg65RMokMuIjjU89suNCQ1N6jUzBRMB0GA1UdDgQWBBQ5HYdi4Ldr
Kf1/b+1SxXx3iC7Y3zAfBgNVHSMEGDAWgBQ5HYdi4LdrKf1/b+1SxXx3iC7Y3zAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBmqp6/5aAmJhEo9wuSX
eToOnNGlHiM7Vp+k8lyMsRb8AiEA1+I9aLQywiMKOcuBqJaeq7ZlCKIVO6G446PM
jFIrgvc=
-----END CERTIFICATE-----
";

/// A cluster's API, over plain HTTP, and the tokens that it was asked with.
struct Api {
    address: String,
    tokens: Arc<Mutex<Vec<String>>>,
}

fn serve(answers: BTreeMap<&'static str, Value>) -> Api {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let tokens = Arc::<Mutex<Vec<String>>>::default();
    let told = tokens.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            let request = String::from_utf8(request).unwrap();
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let token =
                request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
            told.lock().unwrap().extend(token.map(str::to_owned));
            let (status, body) = match answers.get(&*path) {
                Some(body) => ("200 OK", body.to_string()),
                None => ("403 Forbidden", json!({ "message": "no" }).to_string()),
            };
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close");
            write!(stream, "{head}\r\n\r\n{body}").unwrap();
        }
    });
    Api { address, tokens }
}

/// A cluster with one pod.
fn with_a_pod() -> BTreeMap<&'static str, Value> {
    let pods = json!([{ "name": "pods", "kind": "Pod", "verbs": ["list"] }]);
    let pod = json!({
        "metadata": { "name": "web", "namespace": "shop", "annotations": { "a": "hunter2" } },
        "spec": { "containers": [{ "image": format!("{HOST}/dev/app:v1") }] },
    });
    BTreeMap::from([
        ("/api", json!({ "versions": ["v1"] })),
        ("/apis", json!({ "groups": [] })),
        ("/api/v1", json!({ "resources": pods })),
        ("/api/v1/pods?limit=500", json!({ "kind": "PodList", "metadata": {}, "items": [pod] })),
    ])
}

fn described(endpoint: &str) -> Value {
    let authority = json!({ "data": STANDARD.encode(AUTHORITY) });
    json!({ "cluster": {
        "name": "blue", "arn": format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/blue"),
        "status": "ACTIVE", "endpoint": endpoint, "certificateAuthority": authority,
    } })
}

async fn world(described: Option<&Value>) -> World {
    let world = World::start(images(1)).await;
    if let Some(described) = described {
        world.respond("eks:DescribeCluster", described.to_string());
    }
    world
}

async fn scan_blue(world: &World) -> Result<Scanned, ScanError> {
    let blue: ClusterName = "blue".parse().unwrap();
    let place = ScanPlace { cluster: Some(blue), ..place().into() };
    let (policy, cache) = (Policy::default(), ScanCache::off());
    scan(
        Sources::built().find(Source::Kubernetes).unwrap(),
        &request(world, &place, &policy, &cache),
    )
    .await
}

fn request<'a>(
    world: &'a World,
    place: &'a ScanPlace,
    policy: &'a Policy,
    cache: &'a ScanCache,
) -> Scan<'a> {
    let sessions = &world.sessions;
    Scan { place, policy, now: now(), deadline: Deadline::NEVER, sessions, cache }
}

async fn clusters(world: &World) -> Result<Vec<ClusterName>, ScanError> {
    let (place, policy, cache) = (place().into(), Policy::default(), ScanCache::off());
    let source = Sources::built().find(Source::Kubernetes).unwrap();
    let scanned = scan(source, &request(world, &place, &policy, &cache)).await?;
    assert_eq!(scanned.found, scanned.clusters.len() as u64);
    Ok(scanned.clusters)
}

#[tokio::test]
async fn what_a_cluster_names_is_usage_of_that_cluster() {
    let api = serve(with_a_pod());
    let world = world(Some(&described(&api.address))).await;
    let usage = scan_blue(&world).await.unwrap().usage;
    let [row] = usage.as_slice() else { panic!("{usage:?}") };
    assert_eq!(row.kind.as_str(), "kubernetes-pod");
    assert_eq!(&*row.reference, format!("{HOST}/dev/app:v1"));
    assert_eq!(&*row.arn, format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/blue/shop/pod/web"));
    assert_eq!(row.cluster.as_ref().map(ClusterName::as_str), Some("blue"));
    assert!(!format!("{usage:?}").contains("hunter2"));
}

#[tokio::test]
async fn the_caller_is_known_by_a_request_to_sts_that_it_has_signed() {
    let api = serve(with_a_pod());
    let world = world(Some(&described(&api.address))).await;
    scan_blue(&world).await.unwrap();
    let tokens = api.tokens.lock().unwrap();
    assert_eq!(tokens.len(), 4);
    let url = tokens[0].strip_prefix("k8s-aws-v1.").unwrap();
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(url).unwrap()).unwrap();
    assert!(
        url.starts_with("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&"),
        "{url}"
    );
    for part in [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Expires=60",
        "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
        &format!("X-Amz-Credential={ACCOUNT}%2F"),
        "X-Amz-Signature=",
    ] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(
        tokens.iter().all(|token| *token == tokens[0]),
        "a token is made anew that is still good"
    );
}

#[tokio::test]
async fn the_clusters_of_a_place_are_listed_to_the_end() {
    let world = World::start(images(1)).await;
    assert_eq!(clusters(&world).await.unwrap(), []);
    world.faults(&json!([
        { "operation": "eks:ListClusters", "times": 1, "effect": { "respond": {
            "status": 200, "body": r#"{"clusters":["green"],"nextToken":"more"}"# } } },
        { "operation": "eks:ListClusters", "after": 1, "effect": { "respond": {
            "status": 200, "body": r#"{"clusters":["blue"]}"# } } },
    ]));
    let names: Vec<String> =
        clusters(&world).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["blue", "green"]);
}

#[tokio::test]
async fn clusters_that_cannot_be_listed_are_an_error() {
    let world = World::start(images(1)).await;
    for body in ["{}", "null", r#"{"clusters":null}"#, r#"{"clusters":["a b"]}"#, ""] {
        world.respond("eks:ListClusters", body);
        let ScanError::Aws(error) = clusters(&world).await.unwrap_err() else { panic!("{body}") };
        assert_names(&error, AwsErrorKind::Internal, "eks:ListClusters");
    }
    world.deny("eks:ListClusters");
    let ScanError::Aws(error) = clusters(&world).await.unwrap_err() else { panic!() };
    assert_names(&error, AwsErrorKind::AccessDenied, "eks:ListClusters");
}

#[tokio::test]
async fn a_cluster_that_is_gone_names_nothing() {
    assert!(scan_blue(&world(None).await).await.unwrap().usage.is_empty());
}

/// It is there at the third look, and then it has to be read.
#[tokio::test]
async fn a_cluster_that_is_not_found_at_first_is_looked_for_again() {
    let world = world(None).await;
    let not_found = json!({ "error": { "code": "ResourceNotFoundException", "status": 404 } });
    let api = serve(BTreeMap::new());
    let body = described(&api.address).to_string();
    world.faults(&json!([
        { "operation": "eks:DescribeCluster", "times": 2, "effect": not_found },
        { "operation": "eks:DescribeCluster", "after": 2, "effect": { "respond": { "status": 200, "body": body } } },
    ]));
    let error = scan_blue(&world).await.unwrap_err();
    assert!(matches!(&error, ScanError::Kubernetes { .. }), "{error:?}");
}

#[tokio::test]
async fn a_cluster_that_cannot_be_read_is_an_error() {
    let api = serve(BTreeMap::new());
    let world = world(Some(&described(&api.address))).await;
    let error = scan_blue(&world).await.unwrap_err();
    assert!(
        matches!(&error, ScanError::Kubernetes { cluster, .. } if cluster.as_str() == "blue"),
        "{error:?}"
    );
    let mut connected = described("x");
    connected["cluster"]["connectorConfig"] = json!({ "provider": "OTHER" });
    let mut other = described("x");
    other["cluster"]["name"] = json!("green");
    let mut new = described("x");
    new["cluster"]["status"] = json!("CREATING");
    new["cluster"].as_object_mut().unwrap().remove("endpoint");
    let mut odd = described("https://127.0.0.1:1");
    odd["cluster"]["certificateAuthority"]["data"] = json!("%");
    for answer in
        [connected, other, new, odd, described("no address"), json!({}), json!({ "cluster": {} })]
    {
        world.respond("eks:DescribeCluster", answer.to_string());
        let error = scan_blue(&world).await.unwrap_err();
        assert!(
            matches!(error, ScanError::Aws(_) | ScanError::Unreadable { .. }),
            "{answer}: {error:?}"
        );
    }
    world.deny("eks:DescribeCluster");
    let ScanError::Aws(error) = scan_blue(&world).await.unwrap_err() else { panic!() };
    assert_names(&error, AwsErrorKind::AccessDenied, "eks:DescribeCluster");
}
