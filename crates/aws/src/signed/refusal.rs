//! What a service says that speaks JSON, where it does not do what it is asked.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;

/// An error's code and message.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl Refusal {
    /// The code is in a header, or in the body as `__type` or `code`, maybe with a namespace before
    /// it and a URI after it.
    ///
    /// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
    pub(super) fn of(headers: &Headers, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let said =
            |names: &[&str]| names.iter().find_map(|name| body.get(name)).and_then(Value::as_str);
        let code = headers.get("x-amzn-errortype").or_else(|| said(&["__type", "code"]));
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
            (&none, "<html>", None, None),
            (&none, "", None, None),
        ] {
            let refusal = Refusal::of(headers, body.as_bytes());
            assert_eq!((refusal.code(), refusal.message()), (code, message), "{body}");
        }
    }
}
