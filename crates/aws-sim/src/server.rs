//! From a connection to an operation and back: routing, counting, the gate, latency, authentication,
//! rates, faults, in this order.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::USER_AGENT;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answers::{GivenAnswers, without};
use crate::counts::Counts;
use crate::faults::{Effect, Faults};
use crate::gate::{Arrival, Gate};
use crate::latency::Latencies;
use crate::rate::Limiter;
use crate::state::State;
use crate::wire::{self, ApiError, Call, Operation, Outcome, Protocol, Service};
use crate::{
    GivenAnswer, GivenSecret, Traffic, account, cloudtrail, ecr, ecs, eks, explorer, iam,
    kubernetes, lambda, organizations, quotas, s3, secrets, sns, sts, table,
};

/// Everything that requests share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) state: State,
    pub(crate) events: Vec<serde_json::Value>,
    pub(crate) secrets: Vec<GivenSecret>,
    pub(crate) counts: Counts,
    pub(crate) faults: Faults,
    pub(crate) gate: Gate,
    pub(crate) answers: GivenAnswers,
    pub(crate) rows_a_page: Option<usize>,
    pub(crate) layers_outlive_images: Option<SignedDuration>,
    pub(crate) has_samples: bool,
    pub(crate) limiter: Limiter,
    pub(crate) latencies: Latencies,
    pub(crate) clock: Mutex<Option<Timestamp>>,
    pub(crate) requests: AtomicU64,
}

/// A connection that is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Dropped;

/// Takes connections until it is dropped, and theirs with it.
pub(crate) async fn serve(listener: TcpListener, server: Arc<Server>) -> io::Result<Infallible> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        // A page goes out in several writes; without this each one may wait for an acknowledgement.
        stream.set_nodelay(true)?;
        connections.spawn(connection(stream, Arc::clone(&server)));
        while connections.try_join_next().is_some() {}
    }
}

/// A connection ends when its client goes away or a fault drops it; neither is anybody's error.
async fn connection(stream: TcpStream, server: Arc<Server>) {
    let service = service_fn(|request| server.respond(request));
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Server {
    /// The time by which everything is recorded.
    pub(crate) fn now(&self) -> Timestamp {
        let stands_at = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        stands_at.unwrap_or_else(Timestamp::now)
    }

    async fn respond(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
        if let Some(response) = self.control(&parts) {
            return Ok(response);
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("00000000-0000-4000-8000-{number:012x}");
        let Some(operation) = wire::route(&parts, &body) else {
            return Ok(ApiError::unknown_operation().into_response(Protocol::Json, &request_id));
        };
        let name = operation.to_string();
        self.counts.request(&name);
        self.gate.pass(Arrival { operation: &name, body: &body, agent: agent(&parts) }).await;
        let latency = self.latencies.of(&name);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let protocol = operation.service.protocol();
        let response = match self.answer(&parts, &body, &operation, &name).await? {
            Reply::Raw(response) => response,
            Reply::Outcome(Ok(answer)) => answer.into_response(protocol, &request_id),
            Reply::Outcome(Err(error)) => error.into_response(protocol, &request_id),
        };
        // What is asked for by HEAD is described, and not sent.
        let sent = match parts.method {
            Method::HEAD => 0,
            _ => response.body().size_hint().lower(),
        };
        self.counts.transfer(&name, Traffic { received: body.len() as u64, sent });
        Ok(response)
    }

    async fn answer(
        &self,
        parts: &Parts,
        body: &[u8],
        operation: &Operation,
        name: &str,
    ) -> Result<Reply, Dropped> {
        let caller =
            match wire::caller(parts, &self.state.home().account, operation.service.protocol()) {
                Ok(caller) => caller,
                Err(error) => return Ok(Reply::Outcome(Err(error))),
            };
        if !self.limiter.admits(name, &caller.place, Instant::now()) {
            self.counts.throttle(name);
            return Ok(Reply::Outcome(Err(throttled(operation.service))));
        }
        let uri = parts.uri.to_string();
        let effect = self.faults.effect(name, &caller.place, &[uri.as_bytes(), body]);
        let image_fault = effect.as_ref().and_then(Effect::image_fault);
        let (drops_answer, lack) = match effect {
            None | Some(Effect::FailImages { .. }) => (false, None),
            Some(Effect::DropAnswer) => (true, None),
            Some(Effect::Lack(lack)) => (false, Some(lack)),
            Some(Effect::Drop) => return Err(Dropped),
            Some(Effect::Hang) => pending().await,
            Some(Effect::Late(milliseconds)) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                (false, None)
            }
            Some(Effect::Error { code, status, message }) => {
                return Ok(Reply::Outcome(Err(ApiError::new(code, message).with_status(status))));
            }
            Some(Effect::Respond { status, headers, body }) => {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                return Ok(Reply::Raw(wire::raw(status, &headers, body.into_bytes())));
            }
        };
        let call = Call {
            state: &self.state,
            caller: &caller,
            now: self.now(),
            operation,
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            body,
            events: &self.events,
            secrets: &self.secrets,
            image_faults: image_fault.as_slice(),
            layers_outlive_images: self.layers_outlive_images,
            has_samples: self.has_samples,
            rows_a_page: self.rows_a_page,
        };
        let protocol = operation.service.protocol();
        let outcome = dispatch(&call).map(|answer| match &lack {
            Some(lack) => without(answer, lack, protocol),
            None => answer,
        });
        if let Ok(answer) = &outcome {
            self.answers.remember(|| GivenAnswer {
                operation: name.to_owned(),
                place: caller.place.clone(),
                request: if body.is_empty() { uri } else { String::from_utf8_lossy(body).into() },
                body: answer.text(),
            });
        }
        if drops_answer { Err(Dropped) } else { Ok(Reply::Outcome(outcome)) }
    }

    /// The simulator's own endpoints: `GET /_sim/counts`, `GET /_sim/throttled`, `GET /_sim/traffic`,
    /// `GET /_sim/images`, `POST /_sim/reset`, and
    /// the APIs of clusters.
    fn control(&self, parts: &Parts) -> Option<Response<Full<Bytes>>> {
        let path = parts.uri.path().strip_prefix("/_sim/")?;
        let json = [("content-type", "application/json")];
        Some(match (&parts.method, path) {
            (&Method::GET, "counts") => {
                wire::raw(200, &json, serde_json::json!(self.counts.requests()).to_string().into())
            }
            (&Method::GET, "throttled") => {
                wire::raw(200, &json, serde_json::json!(self.counts.throttled()).to_string().into())
            }
            (&Method::GET, "traffic") => {
                wire::raw(200, &json, serde_json::json!(self.counts.traffic()).to_string().into())
            }
            (&Method::GET, "images") => wire::raw(
                200,
                &json,
                serde_json::json!(self.state.image_counts()).to_string().into(),
            ),
            (&Method::GET, path) if path.starts_with(kubernetes::PATH) => {
                let rest = path.strip_prefix(kubernetes::PATH)?.strip_prefix('/')?;
                match kubernetes::answer(&self.state, rest) {
                    Some(answer) => wire::raw(200, &json, answer.to_string().into()),
                    None => wire::raw(404, &json, br#"{"message":"not found"}"#.to_vec()),
                }
            }
            (&Method::POST, "reset") => {
                self.counts.reset();
                wire::raw(204, &[], Vec::new())
            }
            _ => wire::raw(404, &[], Vec::new()),
        })
    }
}

/// Who asks, as they say themselves.
fn agent(parts: &Parts) -> &str {
    let agent = parts.headers.get(USER_AGENT);
    agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

enum Reply {
    Outcome(Outcome),
    Raw(Response<Full<Bytes>>),
}

fn dispatch(call: &Call<'_>) -> Outcome {
    match call.operation.service {
        Service::Ecr => ecr::call(call),
        Service::Ecs => ecs::call(call),
        Service::Eks => eks::call(call),
        Service::Lambda => lambda::call(call),
        Service::Account => account::call(call),
        Service::CloudTrail => cloudtrail::call(call),
        Service::Explorer => explorer::call(call),
        Service::Organizations => organizations::call(call),
        Service::Quotas => quotas::call(call),
        Service::S3 => s3::call(call),
        Service::Secrets => secrets::call(call),
        Service::Iam => iam::call(call),
        Service::Sns => sns::call(call),
        Service::Sts => sts::call(call),
        Service::Table(known) => table::call(call, known),
    }
}

/// What a service answers to a request over its rate.
fn throttled(service: Service) -> ApiError {
    match service {
        Service::Eks | Service::Lambda | Service::Account => {
            ApiError::new("TooManyRequestsException", "Rate exceeded").with_status(429)
        }
        // https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
        Service::Organizations | Service::Quotas => {
            ApiError::new("TooManyRequestsException", "Rate exceeded")
        }
        // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        Service::S3 => {
            ApiError::new("SlowDown", "Please reduce your request rate.").with_status(503)
        }
        Service::Iam | Service::Sns | Service::Sts => ApiError::new("Throttling", "Rate exceeded"),
        Service::Table(known) if known.is_query() => ApiError::new("Throttling", "Rate exceeded"),
        Service::Table(known) if known.is_rest() => {
            ApiError::new("TooManyRequestsException", "Rate exceeded").with_status(429)
        }
        Service::Ecr
        | Service::Ecs
        | Service::CloudTrail
        | Service::Explorer
        | Service::Secrets
        | Service::Table(_) => ApiError::new("ThrottlingException", "Rate exceeded"),
    }
}
