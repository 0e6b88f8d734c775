//! The adapters whose clients are the SDK's, against answers that no server gives easily: each operation has a
//! rule, each act is a row, and each row goes through every case.
//!
//! The rules are those of `aws-smithy-mocks`, which is not used itself: it has every test built with maps of
//! `serde_json` that keep another order than those of the programs.

mod cases;
mod http;
mod rows;
mod tokens;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use ecr_sweep_aws::Sessions;

use crate::world::place;
use http::Mocked;

/// What comes of a request.
#[derive(Debug, Clone)]
enum Reply {
    /// An answer: its status and its body.
    Answer(u16, String),
    /// No answer in time.
    Late,
    /// A connection that broke off before there was an answer.
    BrokenOff,
}

impl Reply {
    fn response(&self) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Answer(status, body) => {
                let status = (*status).try_into().unwrap();
                let mut response = HttpResponse::new(status, SdkBody::from(body.as_str()));
                let headers = response.headers_mut();
                headers.insert("etag", "\"1\"");
                headers.insert("last-modified", "Fri, 20 Nov 2026 00:00:00 GMT");
                Ok(response)
            }
            Self::Late => Err(ConnectorError::timeout("late".into())),
            Self::BrokenOff => Err(ConnectorError::io("broken off".into())),
        }
    }
}

/// What an operation says, in turn, the last of it for ever; and what it was asked.
#[derive(Debug, Clone)]
struct Rule {
    replies: Vec<Reply>,
    /// The address and the body of each request.
    requests: Vec<String>,
}

impl Rule {
    fn of(replies: impl Into<Vec<Reply>>) -> Self {
        Self { replies: replies.into(), requests: Vec::new() }
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn reply(&mut self, request: String) -> Reply {
        let reply = self.replies[self.calls().min(self.replies.len() - 1)].clone();
        self.requests.push(request);
        reply
    }
}

/// The rules of operations, by their names.
type Rules = BTreeMap<&'static str, Rule>;

/// What comes of an act where these rules answer its calls, and the rules after it. A call that has no rule
/// panics.
async fn answered<T>(rules: Rules, act: impl AsyncFnOnce(Sessions) -> T) -> (T, Rules) {
    let mocked = Mocked::new(rules);
    let nowhere = Sessions::simulated("http://127.0.0.1:9", place());
    let http = SharedHttpClient::new(mocked.clone());
    let patience = Duration::from_millis(1);
    let retries = nowhere.config().retry_config().unwrap().clone();
    let retries = retries.with_initial_backoff(patience).with_max_backoff(patience);
    let config = nowhere.config().to_builder().http_client(http).retry_config(retries).build();
    let told = act(Sessions::with_config(config, place())).await;
    (told, mocked.rules())
}
