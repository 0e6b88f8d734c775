//! The simulated organization, in a process of its own: what it takes is not in what is measured.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::run::target;

/// The bucket that every organization has.
pub(crate) const BUCKET: &str = "sweeps";

/// How long a call to S3 takes.
pub(crate) const BUCKET_LATENCY: Duration = Duration::from_millis(20);

/// How fast AWS answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) latency: Duration,
    /// Of a call to S3.
    pub(crate) bucket_latency: Duration,
    /// Requests a second, as the simulator's `--rate` takes them.
    pub(crate) rates: &'a [&'static str],
}

/// A running simulator; it ends when this is dropped.
pub(crate) struct Simulated {
    process: Child,
    address: String,
}

/// Bytes of one operation's bodies, as the simulator counts them.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub(crate) struct Bytes {
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

/// What was asked of the simulator.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) calls: BTreeMap<String, u64>,
    /// Those of them that came too fast.
    pub(crate) throttled: BTreeMap<String, u64>,
    pub(crate) bytes: BTreeMap<String, Bytes>,
}

impl Simulated {
    /// Starts one that answers at this pace.
    pub(crate) fn start(
        snapshot: &Snapshot,
        pace: Pace<'_>,
        folder: &Path,
    ) -> miette::Result<Self> {
        let file = folder.join("organization.json");
        let mut out = BufWriter::new(File::create(&file).into_diagnostic()?);
        serde_json::to_writer(&mut out, snapshot).into_diagnostic()?;
        out.flush().into_diagnostic()?;
        let mut command = Command::new(target("release").join("aws-sim"));
        command.arg("--snapshot").arg(&file).args(["--reseal", "--bucket", BUCKET]);
        command.args(["--latency", &format!("{}ms", pace.latency.as_millis())]);
        command.args(["--latency-of", &format!("s3:*={}ms", pace.bucket_latency.as_millis())]);
        command.args(pace.rates.iter().flat_map(|rate| ["--rate", rate]));
        let mut process = command.stdout(Stdio::piped()).spawn().into_diagnostic()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).into_diagnostic()?;
        }
        // In place before the line is looked at: it has to end in any case.
        let mut simulated = Self { process, address: String::new() };
        let address = line.trim_end().strip_prefix("listening on http://");
        simulated.address.push_str(address.ok_or_else(|| miette!("the simulator did not start"))?);
        Ok(simulated)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked of it since it was last asked for this.
    pub(crate) fn asked(&self) -> miette::Result<Asked> {
        let asked = Asked {
            calls: self.get("counts")?,
            throttled: self.get("throttled")?,
            bytes: self.get("traffic")?,
        };
        self.send("POST", "reset")?;
        Ok(asked)
    }

    /// How many images each repository has.
    pub(crate) fn images(&self) -> miette::Result<BTreeMap<String, u64>> {
        self.get("images")
    }

    /// Makes a call to the registry as the account that it is in.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> miette::Result<Value> {
        let Self { address, .. } = self;
        let body = input.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\n\
             X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=111122223333/20261120/eu-west-1/ecr/aws4_request, SignedHeaders=host, Signature=none\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut text = String::new();
        self.ask(&[head.as_bytes(), body.as_bytes()])?
            .read_to_string(&mut text)
            .into_diagnostic()?;
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        if !head.starts_with("HTTP/1.1 200") {
            return Err(miette!("{operation}: {text}"));
        }
        serde_json::from_str(body).into_diagnostic()
    }

    /// Reads what is at a URL of the simulator's, from the head of the answer on.
    pub(crate) fn open(&self, url: &str) -> miette::Result<TcpStream> {
        let Self { address, .. } = self;
        let path = url.split_once(&**address).map_or(url, |(_, path)| path);
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        self.ask(&[head.as_bytes()])
    }

    fn ask(&self, parts: &[&[u8]]) -> miette::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).into_diagnostic()?;
        parts.iter().try_for_each(|part| stream.write_all(part)).into_diagnostic()?;
        Ok(stream)
    }

    fn get<T: DeserializeOwned>(&self, what: &str) -> miette::Result<T> {
        serde_json::from_str(&self.send("GET", what)?).into_diagnostic()
    }

    fn send(&self, method: &str, what: &str) -> miette::Result<String> {
        let Self { address, .. } = self;
        let ask = || {
            let mut stream = TcpStream::connect(address)?;
            let request = format!(
                "{method} /_sim/{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer: Result<String, std::io::Error> = ask();
        let answer = answer.into_diagnostic().wrap_err("the simulator does not answer")?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Ok(body.to_owned())
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _it_ended_before = self.process.kill();
        let _it_is_waited_for = self.process.wait();
    }
}
