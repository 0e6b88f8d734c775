//! A client for the few calls that need no SDK: MiniStack asks for no signature.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Endpoint, Home, LocalError, MiniStack};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often an execution is looked at.
const PAUSE: Duration = Duration::from_millis(50);

/// Executions of a state machine, for whoever only starts them and watches.
#[derive(Debug)]
pub struct Machine<'a> {
    endpoint: &'a Endpoint,
    home: Home,
    arn: String,
}

/// An execution that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// `SUCCEEDED`, or what else Step Functions says.
    pub status: String,
    /// The error's name, of one that failed.
    pub error: String,
    /// The same in words.
    pub cause: String,
}

impl<'a> Machine<'a> {
    /// A machine that is deployed.
    #[must_use]
    pub fn new(ministack: &'a MiniStack, home: &Home, arn: &str) -> Self {
        Self { endpoint: ministack.endpoint(), home: home.clone(), arn: arn.to_owned() }
    }

    /// Runs an execution to its end, and tells of every state that it enters.
    pub fn run(
        &self,
        name: &str,
        input: &Value,
        mut enters: impl FnMut(&str),
    ) -> Result<Ended, LocalError> {
        let request =
            json!({ "stateMachineArn": self.arn, "name": name, "input": input.to_string() });
        let started = self.call("StartExecution", &request)?;
        let execution = json!({ "executionArn": started["executionArn"] });
        let mut told = 0;
        let start = Instant::now();
        loop {
            let described = self.call("DescribeExecution", &execution)?;
            let history = self.call("GetExecutionHistory", &execution)?;
            let events = history["events"].as_array().map_or(&[][..], Vec::as_slice);
            let states: Vec<&str> = events
                .iter()
                .filter_map(|event| event["stateEnteredEventDetails"]["name"].as_str())
                .collect();
            states.iter().skip(told).for_each(|state| enters(state));
            told = states.len();
            let text = |name: &str| described[name].as_str().unwrap_or_default().to_owned();
            if text("status") != "RUNNING" || start.elapsed() > PATIENCE {
                let (status, error, cause) = (text("status"), text("error"), text("cause"));
                return Ok(Ended { status, error, cause });
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn call(&self, operation: &str, request: &Value) -> Result<Value, LocalError> {
        let target = format!("AWSStepFunctions.{operation}");
        let headers = [("x-amz-target", &*target), ("content-type", "application/x-amz-json-1.0")];
        let body = request.to_string();
        let answer = exchange(self.endpoint, &self.home, "states", "POST /", &headers, &body)?;
        serde_json::from_slice(&answer)
            .map_err(|source| LocalError::Answer { what: target, source })
    }
}

impl MiniStack {
    /// An object of a bucket.
    pub fn object(&self, home: &Home, bucket: &str, key: &str) -> Result<Vec<u8>, LocalError> {
        exchange(self.endpoint(), home, "s3", &format!("GET /{bucket}/{key}"), &[], "")
    }
}

/// One request and its answer's body. HTTP/1.0: the answer ends with its connection.
fn exchange(
    endpoint: &Endpoint,
    Home { account, region }: &Home,
    service: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Vec<u8>, LocalError> {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{line} HTTP/1.0\r\nhost: {}\r\ncontent-length: {}\r\n{headers}\
         authorization: AWS4-HMAC-SHA256 \
         Credential={account}/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=none\r\n\r\n{body}",
        endpoint.address(),
        body.len()
    );
    let answer = || -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(endpoint.address())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = answer().map_err(|source| LocalError::Call { what: line.to_owned(), source })?;
    let text = String::from_utf8_lossy(&answer);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let body = answer.get(head.len() + 4..).unwrap_or_default();
    if head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')) {
        Ok(body.to_vec())
    } else {
        Err(LocalError::Refused { what: line.to_owned(), answer: text.into_owned() })
    }
}
