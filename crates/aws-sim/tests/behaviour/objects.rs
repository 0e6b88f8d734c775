//! S3: objects are written whole, on conditions, read and listed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ecr_sweep_aws_sim::{SimulatorOptions, Traffic};
use serde_json::Value;

use crate::world::{OTHER, Request, Response, World, place, send_to};

fn world() -> World {
    World::with(options())
}

fn options() -> SimulatorOptions {
    SimulatorOptions {
        home: Some(place()),
        buckets: BTreeSet::from(["sweeps".to_owned()]),
        ..SimulatorOptions::default()
    }
}

impl World {
    fn s3(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let authorization = self.authorization("s3");
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend(headers);
        self.send(&Request { method, path, headers: &all, body }).unwrap()
    }

    fn put(&self, key: &str, headers: &[(&str, &str)], body: &str) -> Response {
        self.s3("PUT", &format!("/sweeps/{key}?x-id=PutObject"), headers, body)
    }

    fn get(&self, key: &str) -> Response {
        self.s3("GET", &format!("/sweeps/{key}?x-id=GetObject"), &[], "")
    }

    fn list(&self, query: &str) -> String {
        let response = self.s3("GET", &format!("/sweeps/?list-type=2&{query}"), &[], "");
        assert_eq!(response.status, 200, "{}", response.body);
        response.body
    }
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn etag(&self) -> String {
        self.header("etag").unwrap().to_owned()
    }

    /// The status and code of a refusal.
    #[track_caller]
    fn refusal(&self) -> (u16, String) {
        assert!(self.body.contains("<Error>"), "{}", self.body);
        (self.status, elements(&self.body, "Code").remove(0))
    }
}

/// The texts of all elements of this name.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let rest = xml.split(start.as_str()).skip(1);
    rest.map(|rest| rest.split(end.as_str()).next().unwrap().to_owned()).collect()
}

#[test]
fn an_object_is_read_as_it_was_written_with_what_was_said_of_it() {
    let world = world();
    let said = [
        ("content-type", "application/json"),
        ("x-amz-meta-write", "me"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
    ];
    let put = world.put("home/a%20b.json", &said, "{}");
    assert_eq!((put.status, put.header("x-amz-checksum-crc32")), (200, Some("aaaaaa==")));
    let got = world.get("home/a%20b.json");
    assert_eq!((got.status, got.body.as_str()), (200, "{}"));
    assert_eq!(got.etag(), put.etag());
    assert_eq!(got.header("content-type"), Some("application/json"));
    assert_eq!(got.header("x-amz-meta-write"), Some("me"));
    assert_eq!(got.header("x-amz-checksum-crc32"), None, "it was not asked for");
    let asks = [("x-amz-checksum-mode", "ENABLED")];
    let got = world.s3("GET", "/sweeps/home/a%20b.json", &asks, "");
    assert_eq!(got.header("x-amz-checksum-crc32"), Some("aaaaaa=="));
    let head = world.s3("HEAD", "/sweeps/home/a%20b.json", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("2"));
    assert_eq!(head.header("x-amz-meta-write"), Some("me"));
    assert_eq!(world.s3("HEAD", "/sweeps/other", &[], "").status, 404);
}

#[test]
fn the_same_bytes_have_the_same_etag_and_others_another() {
    let world = world();
    let etags = ["1", "1", "2"].map(|body| world.put("a", &[], body).etag());
    assert_eq!(etags[0], etags[1]);
    assert_ne!(etags[1], etags[2]);
}

#[test]
fn a_new_object_leaves_one_that_is_there() {
    let world = world();
    let new = [("if-none-match", "*")];
    assert_eq!(world.put("lock", &new, "1").status, 200);
    assert_eq!(world.put("lock", &new, "1").refusal(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(world.get("lock").body, "1");
}

#[test]
fn an_object_is_replaced_if_it_is_the_expected_one() {
    let world = world();
    let first = world.put("a", &[], "1").etag();
    let expected = [("if-match", first.as_str())];
    assert_eq!(world.put("a", &expected, "2").status, 200);
    assert_eq!(world.put("a", &expected, "3").refusal(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(world.put("b", &expected, "3").refusal(), (404, "NoSuchKey".to_owned()));
    assert_eq!(world.get("a").body, "2");
    assert_eq!(world.get("b").refusal(), (404, "NoSuchKey".to_owned()));
}

#[test]
fn a_bucket_answers_its_owner_in_its_own_region_if_the_owner_is_expected() {
    let mut world = world();
    let owner = world.account.clone();
    for (expected, status) in [(owner.as_str(), 200), (OTHER, 403)] {
        let put = world.put("a", &[("x-amz-expected-bucket-owner", expected)], "1");
        assert_eq!(put.status, status, "{}", put.body);
    }
    let elsewhere = world.s3("GET", "/others/a", &[], "");
    assert_eq!(elsewhere.refusal(), (404, "NoSuchBucket".to_owned()));
    world.account = OTHER.to_owned();
    assert_eq!(world.get("a").refusal(), (403, "AccessDenied".to_owned()));
    world.region = "us-west-2".to_owned();
    assert_eq!(world.get("a").refusal(), (400, "AuthorizationHeaderMalformed".to_owned()));
}

#[test]
fn what_is_not_modelled_is_refused_and_not_taken_for_something_else() {
    let world = world();
    world.put("a", &[], "1");
    let refused = |method, path, headers: &[(&str, &str)]| {
        let response = world.s3(method, path, headers, "");
        assert_eq!(response.refusal(), (501, "NotImplemented".to_owned()), "{method} {path}");
    };
    refused("PUT", "/sweeps/a", &[("if-none-match", "\"1\"")]);
    refused("PUT", "/sweeps/a", &[("x-amz-copy-source", "/sweeps/b")]);
    refused("PUT", "/sweeps/a", &[("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]);
    refused("GET", "/sweeps/a", &[("range", "bytes=0-0")]);
    refused("GET", "/sweeps/a?versionId=1", &[]);
    refused("GET", "/sweeps?list-type=2&start-after=a", &[]);
    refused("GET", "/sweeps", &[]);
    assert_eq!(world.get("a").body, "1");
}

#[test]
fn a_request_that_nobody_signed_is_denied() {
    let world = world();
    let key = "AWS4-HMAC-SHA256 Credential=1/2/nowhere!/s3/aws4_request";
    let headers = [("Authorization", key)];
    let denied = send_to(world.address(), "GET", "/sweeps/a", &headers, "").unwrap();
    assert_eq!(denied.status, 400, "{}", denied.body);
}

#[test]
fn keys_are_listed_in_their_order_a_page_after_the_other() {
    let world = world();
    for key in ["plans/b", "plans/a/2", "plans/a/1", "plans%2Fc%26d", "other"] {
        world.put(key, &[], "12");
    }
    let first = world.list("prefix=plans%2F&max-keys=3");
    assert_eq!(elements(&first, "Key"), ["plans/a/1", "plans/a/2", "plans/b"]);
    assert_eq!(elements(&first, "IsTruncated"), ["true"]);
    assert_eq!(elements(&first, "KeyCount"), ["3"]);
    assert_eq!(elements(&first, "Size"), ["2", "2", "2"]);
    let token = elements(&first, "NextContinuationToken").remove(0);
    let second = world.list(&format!("prefix=plans%2F&max-keys=3&continuation-token={token}"));
    assert_eq!(elements(&second, "Key"), ["plans/c&amp;d"]);
    assert_eq!(elements(&second, "IsTruncated"), ["false"]);
    let of_others = format!("/sweeps?list-type=2&prefix=other&continuation-token={token}");
    let refused = world.s3("GET", &of_others, &[], "");
    assert_eq!(refused.refusal(), (400, "InvalidArgument".to_owned()));
    assert_eq!(elements(&world.list("prefix=nowhere"), "KeyCount"), ["0"]);
    assert_eq!(elements(&world.list("max-keys=0"), "IsTruncated"), ["false"]);
}

#[test]
fn no_page_has_more_than_a_thousand_rows() {
    let world = world();
    for number in 0..1001 {
        world.put(&format!("{number:04}"), &[], "");
    }
    for asked in ["", "max-keys=1001"] {
        let page = world.list(asked);
        assert_eq!(elements(&page, "Key").len(), 1000);
        assert_eq!(elements(&page, "IsTruncated"), ["true"]);
    }
}

#[test]
fn what_keys_have_in_common_is_one_row() {
    let world = world();
    for key in ["a/1", "a/2", "b", "c/1"] {
        world.put(key, &[], "");
    }
    let mut query = "delimiter=%2F&max-keys=1".to_owned();
    let mut rows = Vec::new();
    loop {
        let page = world.list(&query);
        assert_eq!(elements(&page, "KeyCount"), ["1"]);
        rows.extend(elements(&page, "Key"));
        rows.extend(elements(&page.replace("<Prefix></Prefix>", ""), "Prefix"));
        match elements(&page, "NextContinuationToken").first() {
            Some(token) => query = format!("delimiter=%2F&max-keys=1&continuation-token={token}"),
            None => break,
        }
    }
    assert_eq!(rows, ["a/", "b", "c/"]);
}

#[test]
fn calls_and_the_bytes_of_bodies_are_counted() {
    let world = world();
    world.put("a", &[], "12345");
    world.get("a");
    world.get("a");
    world.s3("HEAD", "/sweeps/a", &[], "");
    let (counts, traffic) = (world.simulator.counts(), world.simulator.traffic());
    assert_eq!((counts["s3:PutObject"], counts["s3:GetObject"]), (1, 2));
    assert_eq!(traffic["s3:PutObject"], Traffic { received: 5, sent: 0 });
    assert_eq!(traffic["s3:GetObject"], Traffic { received: 0, sent: 10 });
    assert_eq!(traffic["s3:HeadObject"], Traffic::default());
    let answer = send_to(world.address(), "GET", "/_sim/traffic", &[], "").unwrap();
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["s3:GetObject"]["sent"], 10);
    world.simulator.reset_counts();
    assert!(world.simulator.traffic().is_empty());
}

#[test]
fn an_operation_can_take_longer_than_the_others() {
    let at_least = Duration::from_millis(200);
    let world = World::with(SimulatorOptions {
        latencies: vec!["s3:Get*=200ms".parse().unwrap()],
        ..options()
    });
    world.put("a", &[], "1");
    let start = Instant::now();
    world.get("a");
    assert!(start.elapsed() >= at_least);
}
