//! What a service says, where it does not do what it is asked.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value, json};

use super::xml;

/// An error's code and message.
#[derive(Debug)]
pub(crate) struct Refusal(ErrorMetadata);

impl Refusal {
    /// The code is in a header, or in the body as `__type` or `code`, maybe with a namespace before
    /// it and a URI after it.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
    pub(crate) fn of(headers: &Headers, body: &[u8]) -> Self {
        let mut body: Value = serde_json::from_slice(body).unwrap_or_else(|_| in_xml(body));
        // Where no service was found that the request is for.
        if let Some(output) = body.get_mut("Output") {
            body = output.take();
        }
        let said =
            |names: &[&str]| names.iter().find_map(|name| body.get(name)).and_then(Value::as_str);
        let code = headers.get("x-amzn-errortype").or_else(|| said(&["__type", "code", "Code"]));
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code.and_then(bare) {
            metadata = metadata.code(code);
        }
        if let Some(message) = said(&["message", "Message", "errorMessage"]) {
            metadata = metadata.message(message);
        }
        Self(metadata.build())
    }
}

/// An endpoint's whole answer to what it does not know, in XML.
const UNKNOWN_OPERATION: &[u8] = b"<UnknownOperationException/>";

/// The error in an answer in XML: alone, or among those of EC2.
fn in_xml(body: &[u8]) -> Value {
    if body.trim_ascii() == UNKNOWN_OPERATION {
        return json!({ "code": "UnknownOperationException" });
    }
    let Ok(body) = xml::read(body) else { return Value::Null };
    let of_ec2 = || body.get("Errors").and_then(|errors| errors.get("Error"));
    body.get("Error").or_else(of_ec2).cloned().unwrap_or(Value::Null)
}

/// `FooException` from `aws.protocoltests#FooException:http://...`.
fn bare(code: &str) -> Option<&str> {
    let code = code.split(':').next()?;
    let code = code.rsplit('#').next()?;
    (!code.is_empty()).then_some(code)
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_all_its_spellings() {
        let none = Headers::new();
        let mut header = Headers::new();
        header.insert("x-amzn-errortype", "ValidationException:http://internal.amazon.com/");
        for (headers, body, code, message) in [
            (
                &none,
                r#"{"__type":"com.amazonaws.organizations#AccessDeniedException","Message":"no"}"#,
                Some("AccessDeniedException"),
                Some("no"),
            ),
            (
                &none,
                r#"{"code":"TooManyRequestsException","message":"slow"}"#,
                Some("TooManyRequestsException"),
                Some("slow"),
            ),
            (&header, "{}", Some("ValidationException"), None),
            (
                &none,
                "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                 <Message>Rate exceeded</Message></Error></ErrorResponse>",
                Some("Throttling"),
                Some("Rate exceeded"),
            ),
            (
                &none,
                "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message>\
                 </Error></Errors><RequestID>r</RequestID></Response>",
                Some("UnauthorizedOperation"),
                Some("no"),
            ),
            (&none, "<UnknownOperationException/>\n", Some("UnknownOperationException"), None),
            (
                &none,
                r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException","message":null},"Version":"1.0"}"#,
                Some("UnknownOperationException"),
                None,
            ),
            (&none, "<html>", None, None),
            (&none, "", None, None),
        ] {
            let refusal = Refusal::of(headers, body.as_bytes());
            assert_eq!((refusal.code(), refusal.message()), (code, message), "{body}");
        }
    }
}
