//! The Lambda Runtime API, as far as a function needs it: one process, one event after the other.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use miette::{IntoDiagnostic, miette};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long an invocation may take: as long as Lambda's longest.
const TIMEOUT: Duration = Duration::from_mins(15);

/// A function's process, and both ends of its events and answers.
pub(crate) struct Environment {
    process: Child,
    events: UnboundedSender<Value>,
    asked: UnboundedReceiver<Instant>,
    answers: UnboundedReceiver<(bool, Bytes)>,
}

/// The server's ends.
struct Server {
    events: Mutex<UnboundedReceiver<Value>>,
    asked: UnboundedSender<Instant>,
    answers: UnboundedSender<(bool, Bytes)>,
}

impl Environment {
    /// Starts a function, and gives how long it took until it asked for its first event.
    pub(crate) async fn start(mut function: Command) -> miette::Result<(Self, Duration)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.into_diagnostic()?;
        let address = listener.local_addr().into_diagnostic()?;
        let (events, events_end) = unbounded_channel();
        let (asked_end, mut asked) = unbounded_channel();
        let (answers_end, answers) = unbounded_channel();
        let server = Arc::new(Server {
            events: Mutex::new(events_end),
            asked: asked_end,
            answers: answers_end,
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&server);
                let service = service_fn(move |request| answer(Arc::clone(&server), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        function
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "measured")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "measured")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "measured")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let start = Instant::now();
        let process = function.spawn().into_diagnostic()?;
        let first = asked.recv().await.ok_or_else(|| miette!("{function:?} asks for nothing"))?;
        Ok((Self { process, events, asked, answers }, first.duration_since(start)))
    }

    /// The process.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Has one event handled, and gives the answer when the function asks for the next one.
    pub(crate) async fn invoke(&mut self, event: Value) -> miette::Result<Value> {
        let ended = || miette!("the function ended");
        self.events.send(event).map_err(|_| ended())?;
        let (well, body) = self.answers.recv().await.ok_or_else(ended)?;
        self.asked.recv().await.ok_or_else(ended)?;
        let body: Value = serde_json::from_slice(&body).into_diagnostic()?;
        if well { Ok(body) } else { Err(miette!("the function failed: {body}")) }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        let _it_ended_before = self.process.kill();
        let _it_is_waited_for = self.process.wait();
    }
}

async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
) -> miette::Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    if parts.method == Method::GET {
        let _nobody_waits = server.asked.send(Instant::now());
        let event = server.events.lock().await.recv().await.unwrap_or_default();
        return Ok(next(&event));
    }
    let well = parts.uri.path().ends_with("/response");
    let _nobody_waits = server.answers.send((well, body));
    let mut accepted = Response::new(Full::new(Bytes::from_static(b"{}")));
    *accepted.status_mut() = hyper::StatusCode::ACCEPTED;
    Ok(accepted)
}

fn next(event: &Value) -> Response<Full<Bytes>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(event.to_string())));
    let headers = [
        ("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000".to_owned()),
        ("lambda-runtime-deadline-ms", (now + TIMEOUT).as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:111122223333:function:measured".to_owned(),
        ),
    ];
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
