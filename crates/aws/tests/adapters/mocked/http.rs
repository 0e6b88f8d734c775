//! What comes of a request: the HTTP client of `aws-smithy-mocks`, on a connection that may break.

use aws_smithy_mocks::create_mock_http_client;
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

/// What comes of a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// An answer: its status and its body.
    Answer(u16, String),
    /// An error of this code, as the SDK reads it: whatever the answer was that said so.
    Refused(&'static str),
    /// No answer in time.
    Late,
    /// A connection that broke off before there was an answer.
    BrokenOff,
}

/// The header of an answer that does not arrive, with what comes instead: a rule has no other word for it.
const LOST: &str = "lost";

pub(super) const LATE: &str = "late";

/// An answer.
pub(super) fn answer(status: u16, body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
    let headers = response.headers_mut();
    headers.insert("etag", "\"1\"");
    headers.insert("last-modified", "Fri, 20 Nov 2026 00:00:00 GMT");
    response
}

/// One that does not arrive.
pub(super) fn lost(how: &'static str) -> HttpResponse {
    let mut response = answer(200, "");
    response.headers_mut().insert(LOST, how);
    response
}

/// The HTTP client by which rules answer.
pub(super) fn client() -> SharedHttpClient {
    let mocked = create_mock_http_client();
    http_client_fn(move |settings, components| {
        SharedHttpConnector::new(Breakable(mocked.http_connector(settings, components)))
    })
}

#[derive(Debug)]
struct Breakable(SharedHttpConnector);

impl HttpConnector for Breakable {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // It is no operation of an SDK's client, which a rule could be for: no account publishes a runtime.
        if request.uri().contains("/2026-10-01/runtimes") {
            return HttpConnectorFuture::ready(Ok(answer(200, r#"{ "Items": [] }"#)));
        }
        let answered = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answered.await?;
            match answer.headers().get(LOST) {
                Some(LATE) => Err(ConnectorError::timeout(LATE.into())),
                Some(lost) => Err(ConnectorError::io(lost.into())),
                None => Ok(answer),
            }
        })
    }
}
