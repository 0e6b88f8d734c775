//! Requests that reach no operation, and the simulator's own endpoints.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::world::{Request, Response, World, assert_refused};

const TARGET: (&str, &str) =
    ("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry");

fn post(world: &World, headers: &[(&str, &str)]) -> Response {
    world.send(&Request { method: "POST", path: "/", headers, body: "{}" }).unwrap()
}

fn code(response: &Response) -> Value {
    serde_json::from_str::<Value>(&response.body).unwrap()["__type"].clone()
}

#[test]
fn a_request_that_is_not_signed_is_refused_in_the_services_own_way() {
    let world = World::empty();
    let ecr = post(&world, &[TARGET]);
    assert_eq!((ecr.status, code(&ecr)), (400, json!("MissingAuthenticationTokenException")));
    let request = Request { method: "GET", path: "/2015-03-31/functions", headers: &[], body: "" };
    assert_eq!(world.send(&request).unwrap().status, 403);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = "Action=GetCallerIdentity";
    let sts = world.send(&Request { method: "POST", path: "/", headers: &form, body }).unwrap();
    assert_eq!(sts.status, 403);
    assert!(sts.body.contains("<Code>MissingAuthenticationToken</Code>"), "{}", sts.body);
}

#[test]
fn a_signature_without_a_whole_scope_is_refused() {
    let world = World::empty();
    for (authorization, expected) in [
        ("Basic dXNlcg==", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=1/2/eu-west-1/ecr", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=1/2/nowhere/ecr/aws4_request", "InvalidSignatureException"),
    ] {
        let response = post(&world, &[TARGET, ("Authorization", authorization)]);
        assert_eq!((response.status, code(&response)), (400, json!(expected)));
    }
}

#[test]
fn an_operation_that_is_not_known_is_refused_and_counted() {
    let world = World::empty();
    let outcome = world.ecr("DescribeImageSigningStatus", json!({}));
    assert_refused(outcome, "UnknownOperationException");
    assert_refused(world.ecs("ListAttributes", json!({})), "UnknownOperationException");
    assert_eq!(world.simulator.count("ecr:DescribeImageSigningStatus"), 1);
}

#[test]
fn a_service_that_is_not_known_is_refused() {
    let world = World::empty();
    let response = post(&world, &[("X-Amz-Target", "DynamoDB_20120810.ListTables")]);
    assert_eq!((response.status, code(&response)), (400, json!("UnknownOperationException")));
}

#[test]
fn a_body_that_is_not_what_the_model_says_is_refused() {
    let world = World::empty();
    let outcome = world.ecr("DescribeRepositories", json!({ "maxResults": "many" }));
    assert_refused(outcome, "SerializationException");
}

#[test]
fn every_error_has_its_type_in_the_header_and_in_the_body() {
    let world = World::empty();
    let authorization = world.authorization("ecr");
    let target = ("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.GetRegistryPolicy");
    let response = post(&world, &[target, ("Authorization", &authorization)]);
    assert_eq!(code(&response), "RegistryPolicyNotFoundException");
    assert!(response.head.contains("x-amzn-errortype: registrypolicynotfoundexception"));
    assert!(response.head.contains("content-type: application/x-amz-json-1.1"));
    assert!(response.head.contains("x-amzn-requestid: "));
}

#[test]
fn requests_are_counted_by_operation_until_the_counts_are_reset() {
    let world = World::empty();
    let get = |path| {
        let request = Request { method: "GET", path, headers: &[], body: "" };
        serde_json::from_str::<Value>(&world.send(&request).unwrap().body).unwrap()
    };
    world.ecr("DescribeRegistry", json!({})).unwrap();
    world.ecr("DescribeRegistry", json!({})).unwrap();
    world.ecs("ListClusters", json!({})).unwrap();
    let expected = json!({ "ecr:DescribeRegistry": 2, "ecs:ListClusters": 1 });
    assert_eq!(get("/_sim/counts"), expected);
    assert_eq!(json!(world.simulator.counts()), expected);
    let reset = Request { method: "POST", path: "/_sim/reset", headers: &[], body: "" };
    assert_eq!(world.send(&reset).unwrap().status, 204);
    assert_eq!(get("/_sim/counts"), json!({}));
    assert_eq!(world.simulator.count("ecr:DescribeRegistry"), 0);
}

#[test]
fn a_simulator_that_is_dropped_gives_its_port_back() {
    let world = World::empty();
    let address = world.address().to_owned();
    drop(world);
    assert!(TcpStream::connect(address).is_err());
}
