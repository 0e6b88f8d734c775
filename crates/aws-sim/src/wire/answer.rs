//! Answers: status, headers and body in a service's protocol.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{ApiError, Protocol};

/// What an operation answers when it succeeds.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// HTTP 200 with a JSON body.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value).map_err(|error| {
            ApiError::new("ServerException", error.to_string()).with_status(500)
        })?;
        Ok(Self { status: 200, headers: Vec::new(), body })
    }

    /// HTTP 200 with an XML body.
    pub(crate) const fn xml(body: String) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into_bytes() }
    }

    /// HTTP 200 with these bytes, which the headers describe.
    pub(crate) const fn bytes(headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status: 200, headers, body }
    }

    /// The same, with another body.
    pub(crate) fn map_body(mut self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        self.body = change(self.body);
        self
    }

    /// The body, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn into_response(
        self,
        protocol: Protocol,
        request_id: &str,
    ) -> Response<Full<Bytes>> {
        respond(self.status, protocol, request_id, &self.headers, self.body)
    }
}

impl ApiError {
    /// The error in the shape of a protocol.
    pub(crate) fn into_response(
        self,
        protocol: Protocol,
        request_id: &str,
    ) -> Response<Full<Bytes>> {
        let body = match protocol {
            Protocol::Json | Protocol::Rest => {
                let (kind, message) = match protocol {
                    Protocol::Rest => ("Type", "Message"),
                    _ => ("__type", "message"),
                };
                let mut body: Map<String, Value> = *self.members;
                let kind_is = if protocol == Protocol::Rest { "User" } else { &self.code };
                body.insert(kind.to_owned(), kind_is.into());
                body.insert(message.to_owned(), self.message.into());
                Value::Object(body).to_string()
            }
            Protocol::Query => format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
                 <Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>\
                 <RequestId>{request_id}</RequestId></ErrorResponse>",
                escape(&self.code),
                escape(&self.message),
            ),
            // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            Protocol::Xml => format!(
                "{XML}<Error><Code>{}</Code><Message>{}</Message>\
                 <RequestId>{request_id}</RequestId></Error>",
                escape(&self.code),
                escape(&self.message),
            ),
        };
        let mut response = respond(self.status, protocol, request_id, &[], body.into_bytes());
        if let Ok(code) = self.code.parse() {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }
}

fn respond(
    status: u16,
    protocol: Protocol,
    request_id: &str,
    headers: &[(String, String)],
    body: Vec<u8>,
) -> Response<Full<Bytes>> {
    let content_type = match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Rest => "application/json",
        Protocol::Query => "text/xml",
        Protocol::Xml => "application/xml",
    };
    let request_id_is_in = match protocol {
        Protocol::Xml => "x-amz-request-id",
        _ => "x-amzn-requestid",
    };
    let mut all: Vec<(&str, &str)> = vec![(request_id_is_in, request_id)];
    all.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if !all.iter().any(|(name, _)| *name == CONTENT_TYPE.as_str()) {
        all.push((CONTENT_TYPE.as_str(), content_type));
    }
    raw(status, &all, body)
}

/// A response of exactly these headers and bytes; one that HTTP does not allow is a 500.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Full::new(Bytes::from(body))).unwrap_or_else(|error| {
        let mut response = Response::new(Full::new(Bytes::from(error.to_string())));
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// What a document in XML begins with.
pub(crate) const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Text as XML writes it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A time as the JSON protocols write it: seconds since 1970, with a fraction if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(pub(crate) Timestamp);

impl Epoch {
    pub(crate) fn optional(time: Option<Timestamp>) -> Option<Self> {
        time.map(Self)
    }
}

/// A time as the JSON protocols write it.
pub(crate) fn epoch(time: Timestamp) -> Value {
    // A number: there is none that JSON cannot say.
    serde_json::to_value(Epoch(time)).unwrap_or_default()
}

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nanoseconds = self.0.as_nanosecond();
        if nanoseconds % 1_000_000_000 == 0 {
            serializer.serialize_i64(self.0.as_second())
        } else {
            serializer.serialize_f64(nanoseconds as f64 / 1e9)
        }
    }
}
