//! A small organization, and a client of a few lines that sends what it is told to, once.

use std::io::{Read, Write};
use std::net::TcpStream;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_core::{Digest, Image};
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};

pub(crate) use ecr_sweep_test_world::{
    ACCOUNT, HOST, OTHER, REGION, digest, now, place, place_of, registry,
};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A registry at home with the repository `dev/app` of these images.
pub(crate) fn organization(images: Value, workloads: Value) -> Snapshot {
    snapshot(json!([registry(&json!([{ "name": "dev/app", "images": images }]))]), workloads)
}

pub(crate) fn snapshot(registries: Value, workloads: Value) -> Snapshot {
    ecr_sweep_test_world::snapshot(&registries, &workloads)
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    endpoint: String,
    pub(crate) account: String,
    pub(crate) region: String,
}

impl World {
    pub(crate) fn empty() -> Self {
        Self::with(SimulatorOptions { home: Some(place()), ..SimulatorOptions::default() })
    }

    pub(crate) fn images(images: Value) -> Self {
        Self::seeded(organization(images, json!({})))
    }

    pub(crate) fn seeded(snapshot: Snapshot) -> Self {
        Self::with(SimulatorOptions { snapshot: Some(snapshot), ..SimulatorOptions::default() })
    }

    /// With the clock at [`now`].
    pub(crate) fn with(options: SimulatorOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let options = SimulatorOptions { now: Some(now()), ..options };
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        let endpoint = simulator.endpoint();
        Self { simulator, endpoint, account: ACCOUNT.to_owned(), region: REGION.to_owned() }
    }

    pub(crate) fn ecr(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.json(&format!("AmazonEC2ContainerRegistry_V20150921.{operation}"), input)
    }

    pub(crate) fn ecs(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.json(&format!("AmazonEC2ContainerServiceV20141113.{operation}"), input)
    }

    pub(crate) fn organizations(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.json(&format!("AWSOrganizationsV20161128.{operation}"), input)
    }

    pub(crate) fn cloudtrail(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
        self.json(&format!("{target}.{operation}"), input)
    }

    pub(crate) fn secrets(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.json(&format!("secretsmanager.{operation}"), input)
    }

    /// An ECR operation on `dev/app`.
    pub(crate) fn app(&self, operation: &str, mut input: Value) -> Result<Value, Refusal> {
        input["repositoryName"] = "dev/app".into();
        self.ecr(operation, input)
    }

    fn json(&self, target: &str, input: Value) -> Result<Value, Refusal> {
        let response = self.send(&Request {
            method: "POST",
            path: "/",
            headers: &[
                ("X-Amz-Target", target),
                ("Content-Type", "application/x-amz-json-1.1"),
                ("Authorization", &self.authorization("ecr")),
            ],
            body: &input.to_string(),
        });
        response.unwrap().outcome()
    }

    pub(crate) fn rest(&self, method: &str, path: &str, input: Value) -> Result<Value, Refusal> {
        let body = if input.is_null() { String::new() } else { input.to_string() };
        let response = self.send(&Request {
            method,
            path,
            headers: &[("Authorization", &self.authorization("lambda"))],
            body: &body,
        });
        response.unwrap().outcome()
    }

    pub(crate) fn authorization(&self, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/20261120/{}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00",
            self.account, self.region
        )
    }

    /// None if the connection is closed without an answer.
    pub(crate) fn send(&self, request: &Request<'_>) -> Option<Response> {
        let Request { method, path, headers, body } = request;
        send_to(self.address(), method, path, headers, body)
    }

    pub(crate) fn address(&self) -> &str {
        self.endpoint.strip_prefix("http://").unwrap()
    }

    pub(crate) fn image(&self, number: u32) -> Option<Image> {
        self.simulator.image(&place(), "dev/app", digest(number))
    }

    pub(crate) fn digests(&self) -> Vec<Digest> {
        let images = self.simulator.images(&place(), "dev/app").unwrap();
        images.into_iter().map(|image| image.digest).collect()
    }
}

/// None if the connection is closed without an answer.
pub(crate) fn send_to(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Response> {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\n{headers}Host: {address}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Response { status, head: head.to_lowercase(), body: body.to_owned() })
}

pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a str,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    fn outcome(self) -> Result<Value, Refusal> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        if self.status < 300 {
            return Ok(body);
        }
        let code = self.head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: "));
        let message = body.get("message").or(body.get("Message")).unwrap();
        Err(Refusal {
            status: self.status,
            code: code.unwrap().to_owned(),
            message: message.as_str().unwrap().to_owned(),
        })
    }
}

/// An error that was answered; its code in lower case, as the test reads headers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The call was refused with this code, and HTTP 400.
#[track_caller]
pub(crate) fn assert_refused(outcome: Result<Value, Refusal>, code: &str) -> String {
    let refusal = outcome.expect_err("it should have been refused");
    assert_eq!((refusal.code.as_str(), refusal.status), (code.to_lowercase().as_str(), 400));
    refusal.message
}

/// The values of one member of every row, sorted.
pub(crate) fn column(rows: &Value, member: &str) -> Vec<Value> {
    rows.as_array().unwrap().iter().map(|row| row[member].clone()).collect()
}

pub(crate) fn tags(image: &Image) -> Vec<&str> {
    image.tags.iter().map(|tag| &**tag).collect()
}
