//! How services are spoken to: what a request looks like, and what an answer.

use std::fmt::Write;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{BoxError, xml};

/// How a service is spoken to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Protocol {
    /// The operation is named by a header: `<target>.<operation>`.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>
    JsonRpc {
        /// `1.0` or `1.1`.
        version: &'static str,
        /// The service as the header names it.
        target: &'static str,
    },
    /// The operation is named by the path: where nothing else is said, `ListRegions` is at
    /// `/listRegions`.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>
    RestJson,
    /// The operation is a member of a form, and its answer is XML.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
    Query {
        /// The API's version.
        version: &'static str,
    },
}

/// A request that is not signed yet.
#[derive(Debug)]
pub(super) struct Request {
    method: String,
    uri: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Protocol {
    /// A request with its members in its body.
    pub(super) fn request(&self, operation: &str, body: Vec<u8>) -> Result<Request, BoxError> {
        match self {
            Self::JsonRpc { version, target } => {
                let content = format!("application/x-amz-json-{version}");
                let target = ("x-amz-target", format!("{target}.{operation}"));
                Ok(Request::post("/", content, body).with(target))
            }
            Self::RestJson => {
                let (first, rest) = operation.split_at(1);
                let uri = format!("/{}{rest}", first.to_ascii_lowercase());
                Ok(Request::post(&uri, "application/json".to_owned(), body))
            }
            Self::Query { .. } => Err("a form has no body of another kind".into()),
        }
    }

    /// A request of these members, wherever the protocol has them.
    pub(super) fn request_of(
        &self,
        operation: &str,
        http: &str,
        mut members: Map<String, Value>,
    ) -> Result<Request, BoxError> {
        // In one order, however they were put together.
        members.sort_keys();
        match self {
            Self::JsonRpc { .. } => {
                self.request(operation, Value::Object(members).to_string().into())
            }
            Self::RestJson => rest(http, members),
            Self::Query { version } => {
                let mut form = format!("Action={operation}&Version={version}");
                for (name, value) in &members {
                    write!(form, "&{}={}", encoded(name), encoded(&text(value)?))?;
                }
                let content = "application/x-www-form-urlencoded".to_owned();
                Ok(Request::post("/", content, form.into_bytes()))
            }
        }
    }

    /// What an answer says. Problems are told without anything of it.
    pub(super) fn answer(&self, operation: &str, body: &[u8]) -> Result<Value, String> {
        match self {
            Self::JsonRpc { .. } | Self::RestJson if body.is_empty() => {
                Err("it has no body".to_owned())
            }
            Self::JsonRpc { .. } | Self::RestJson => {
                serde_json::from_slice(body).map_err(|error| error.to_string())
            }
            Self::Query { .. } => {
                let root = xml::read(body)?;
                // Those of EC2 have nothing around what they say.
                Ok(match root.get(format!("{operation}Result")) {
                    Some(result) => result.clone(),
                    None => root,
                })
            }
        }
    }
}

/// The members are in the path by their labels; in the query, if they are named there or there is
/// no body; else in the body.
fn rest(http: &str, mut members: Map<String, Value>) -> Result<Request, BoxError> {
    let (method, pattern) = http.split_once(' ').ok_or("it has a method and a path")?;
    let (path, in_query) = pattern.split_once('?').unwrap_or((pattern, ""));
    let mut uri = String::new();
    for (at, part) in path.split('{').enumerate() {
        let rest = match part.split_once('}') {
            Some((label, rest)) if at > 0 => {
                let value = members.shift_remove(label).ok_or("a label of the path is missing")?;
                let value = text(&value)?;
                if value.is_empty() {
                    return Err("a label of the path is empty".into());
                }
                uri.push_str(&encoded(&value));
                rest
            }
            _ => part,
        };
        uri.push_str(rest);
    }
    let has_body = method != "GET";
    let mut separator = '?';
    let mut body = Map::new();
    for (name, value) in members {
        if has_body && !in_query.split('&').any(|it| it == name) {
            body.insert(name, value);
        } else {
            // A list is each of its items under the same name.
            let values = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            for value in values {
                write!(uri, "{separator}{}={}", encoded(&name), encoded(&text(value)?))?;
                separator = '&';
            }
        }
    }
    let content = "application/json".to_owned();
    if has_body {
        return Ok(Request::post(&uri, content, Value::Object(body).to_string().into_bytes()));
    }
    Ok(Request { method: method.to_owned(), uri, headers: Vec::new(), body: Vec::new() })
}

/// A value where there is only text.
fn text(value: &Value) -> Result<String, BoxError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err("it is no text".into()),
    }
}

/// All but what RFC 3986 calls unreserved.
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digits = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
            encoded.push('%');
            encoded.extend(digits.map(char::from));
        }
    }
    encoded
}

impl Request {
    fn post(uri: &str, content: String, body: Vec<u8>) -> Self {
        let headers = vec![("content-length", body.len().to_string()), ("content-type", content)];
        Self { method: "POST".to_owned(), uri: uri.to_owned(), headers, body }
    }

    fn with(mut self, header: (&'static str, String)) -> Self {
        self.headers.push(header);
        self
    }

    pub(super) fn into_http(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(&self.method)?;
        request.set_uri(self.uri)?;
        for (name, value) in self.headers {
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("{value}") };
        members
    }

    fn request(protocol: &Protocol, http: &str, given: Value) -> (String, String) {
        let request = protocol.request_of("ListThings", http, members(given)).unwrap();
        let body = String::from_utf8(request.body).unwrap();
        (format!("{} {}", request.method, request.uri), body)
    }

    #[test]
    fn a_member_goes_where_its_path_says() {
        let rest = |http, given| request(&Protocol::RestJson, http, given);
        let got = rest("GET /things/{arn}/runs", json!({ "arn": "a:b/c", "max": 5, "next": "x=" }));
        assert_eq!(got, ("GET /things/a%3Ab%2Fc/runs?max=5&next=x%3D".to_owned(), String::new()));
        let got = rest("GET /things", json!({ "states": ["A", "B"], "max": 5 }));
        assert_eq!(got.0, "GET /things?max=5&states=A&states=B");
        let got = rest("POST /things/?next", json!({ "next": "1", "name": "n" }));
        assert_eq!(got, ("POST /things/?next=1".to_owned(), r#"{"name":"n"}"#.to_owned()));
    }

    #[test]
    fn a_label_that_is_missing_or_empty_is_no_request() {
        for given in [json!({}), json!({ "id": "" }), json!({ "id": null })] {
            let request =
                Protocol::RestJson.request_of("GetThing", "GET /things/{id}", members(given));
            assert!(request.is_err());
        }
    }

    #[test]
    fn a_form_names_its_operation_and_version() {
        let query = Protocol::Query { version: "2010-05-15" };
        let (_, body) = request(&query, "", json!({ "StackName": "a/b", "Max": 5 }));
        assert_eq!(body, "Action=ListThings&Version=2010-05-15&Max=5&StackName=a%2Fb");
    }

    #[test]
    fn an_answer_in_xml_is_what_is_in_its_result() {
        let query = Protocol::Query { version: "2010-05-15" };
        let body = b"<ListThingsResponse><ListThingsResult><A>1</A></ListThingsResult>\
                     <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListThingsResponse>";
        assert_eq!(query.answer("ListThings", body).unwrap(), json!({ "A": "1" }));
        let of_ec2 = b"<ListThingsResponse><requestId>r</requestId><a>1</a></ListThingsResponse>";
        let answer = query.answer("ListThings", of_ec2).unwrap();
        assert_eq!(answer, json!({ "requestId": "r", "a": "1" }));
    }
}
