//! What goes wrong on purpose.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions, read_faults};
use serde_json::{Value, json};

use crate::world::{OTHER, Refusal, World, assert_refused, column, digest};

fn world(fault: Value) -> World {
    let world = World::images(json!([{ "digest": digest(1) }, { "digest": digest(2) }]));
    world.simulator.set_faults(read_faults(&fault.to_string()).unwrap());
    world
}

fn describe(world: &World) -> Result<Value, Refusal> {
    world.app("DescribeImages", json!({}))
}

fn denied() -> Value {
    json!({ "error": { "code": "AccessDeniedException", "message": "no" } })
}

#[test]
fn an_error_is_answered_in_the_services_protocol_and_counted() {
    let effect = json!({ "error": { "code": "ServerException", "status": 500, "message": "oh" } });
    let world = world(json!({ "operation": "ecr:DescribeImages", "effect": effect }));
    let refusal = describe(&world).unwrap_err();
    let expected =
        Refusal { status: 500, code: "serverexception".to_owned(), message: "oh".to_owned() };
    assert_eq!(refusal, expected);
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 1);
    world.app("ListImages", json!({})).unwrap();
}

#[test]
fn a_fault_can_wait_and_can_end() {
    let fault = json!({ "operation": "ecr:*", "after": 1, "times": 2, "effect": denied() });
    let world = world(fault);
    let outcomes: Vec<bool> = (0..5).map(|_| describe(&world).is_ok()).collect();
    assert_eq!(outcomes, [true, false, false, true, true]);
}

#[test]
fn a_fault_can_be_of_one_account_region_or_object() {
    for (narrowed, hits) in [
        (json!({ "account": OTHER }), false),
        (json!({ "region": "eu-west-2" }), false),
        (json!({ "object": "dev/other" }), false),
        (json!({ "account": "111122223333", "region": "eu-west-1", "object": "dev/app" }), true),
    ] {
        let mut fault = narrowed;
        fault["operation"] = "ecr:DescribeImages".into();
        fault["effect"] = denied();
        assert_eq!(describe(&world(fault.clone())).is_err(), hits, "{fault}");
    }
}

#[test]
fn the_first_fault_that_is_due_decides() {
    let world = world(json!([
        { "operation": "*", "after": 1, "effect": denied() },
        { "operation": "*", "effect": { "error": { "code": "Later" } } },
    ]));
    assert_refused(describe(&world), "Later");
    assert_refused(describe(&world), "AccessDeniedException");
    world.simulator.set_faults(Vec::new());
    describe(&world).unwrap();
}

/// Sends a deletion and reads until the connection ends: nothing must come.
fn assert_dropped(world: &World) {
    let ids = json!([{ "imageDigest": digest(1) }]);
    let input = json!({ "repositoryName": "dev/app", "imageIds": ids }).to_string();
    let authorization = world.authorization("ecr");
    let headers = [
        ("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.BatchDeleteImage"),
        ("Authorization", authorization.as_str()),
    ];
    let request =
        crate::world::Request { method: "POST", path: "/", headers: &headers, body: &input };
    assert!(world.send(&request).is_none());
}

#[test]
fn a_dropped_request_does_nothing_and_is_never_answered() {
    let world = world(json!({ "operation": "*", "effect": "drop" }));
    assert_dropped(&world);
    assert_eq!(world.digests().len(), 2);
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 1);
}

#[test]
fn a_dropped_answer_leaves_done_what_was_asked_for() {
    let world = world(json!({ "operation": "*", "effect": "drop_answer" }));
    assert_dropped(&world);
    assert_eq!(world.digests(), [digest(2)]);
}

/// Nothing comes for a while, and the connection stays.
fn assert_silent(world: &World) {
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let authorization = world.authorization("lambda");
    let head = format!(
        "GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}

#[test]
fn a_request_that_hangs_is_not_answered() {
    assert_silent(&world(json!({ "operation": "*", "effect": "hang" })));
}

#[test]
fn an_answer_waits_for_the_latency() {
    let latency = Duration::from_hours(1);
    assert_silent(&World::with(SimulatorOptions { latency, ..SimulatorOptions::default() }));
}

#[test]
fn a_raw_answer_is_sent_as_it_is() {
    let effect = json!({ "respond": { "status": 200, "headers": { "x-a": "b" }, "body": "{\"imageDetails\":[]}" } });
    let world = world(json!({ "operation": "*", "effect": effect }));
    assert_eq!(describe(&world).unwrap(), json!({ "imageDetails": [] }));
}

#[test]
fn single_images_of_a_batch_fail_and_the_others_do_not() {
    let effect = json!({ "fail_images": {
        "digests": [digest(1)], "code": "ImageInaccessible", "reason": "not today",
    } });
    let world = world(json!({ "operation": "ecr:Batch*", "effect": effect }));
    let ids = json!({ "imageIds": [{ "imageDigest": digest(1) }, { "imageDigest": digest(2) }] });
    for operation in ["BatchGetImage", "BatchDeleteImage"] {
        let answer = world.app(operation, ids.clone()).unwrap();
        let failure = json!({
            "imageId": { "imageDigest": digest(1) },
            "failureCode": "ImageInaccessible",
            "failureReason": "not today",
        });
        assert_eq!(answer["failures"], json!([failure]), "{operation}");
    }
    assert_eq!(world.digests(), [digest(1)]);
    assert_eq!(world.image(1).unwrap().pulled_at, None);
}

#[test]
fn all_images_of_a_batch_fail_if_none_is_named() {
    let effect = Effect::FailImages {
        digests: Vec::new(),
        code: "KmsError".to_owned(),
        reason: String::new(),
    };
    let world = world(json!([]));
    world.simulator.set_faults(vec![Fault::new("ecr:BatchDeleteImage".parse().unwrap(), effect)]);
    let ids = json!({ "imageIds": [{ "imageDigest": digest(1) }, { "imageDigest": digest(2) }] });
    let answer = world.app("BatchDeleteImage", ids).unwrap();
    assert_eq!(column(&answer["failures"], "failureCode"), vec![json!("KmsError"); 2]);
    assert_eq!(world.digests().len(), 2);
}

#[test]
fn a_fault_with_an_unknown_field_is_refused() {
    for text in ["{", "3", r#"{"operation":"*","effect":"explode"}"#, r#"{"operation":"*"}"#] {
        assert!(read_faults(text).is_err(), "{text}");
    }
    let unknown = json!({ "operation": "*", "effect": "drop", "often": true });
    assert!(read_faults(&unknown.to_string()).is_err());
}

#[test]
fn a_late_answer_is_the_answer() {
    let world = world(json!({ "operation": "ecr:DescribeImages", "effect": { "late": 1 } }));
    let answer = describe(&world).unwrap();
    assert_eq!(answer["imageDetails"].as_array().unwrap().len(), 2);
}

#[test]
fn a_request_is_served_once_its_gate_lets_it_pass() {
    let world = world(json!([]));
    let (told, tells) = std::sync::mpsc::channel();
    world.simulator.keep_gate(move |arrival| {
        let arrived = (arrival.operation.to_owned(), arrival.body.to_vec());
        told.send(arrived).unwrap();
        Box::pin(async {})
    });
    describe(&world).unwrap();
    let (operation, body) = tells.recv().unwrap();
    assert_eq!(operation, "ecr:DescribeImages");
    assert!(String::from_utf8(body).unwrap().contains("repositoryName"));
    world.simulator.keep_gate(|_| Box::pin(std::future::pending()));
    assert_silent(&world);
}

#[test]
fn a_clock_that_is_set_stands_there() {
    let world = world(json!([]));
    let now = "2026-11-20T12:34:56Z".parse().unwrap();
    world.simulator.set_now(now);
    assert_eq!(world.simulator.snapshot().taken_at, now);
}
