//! Errors as the services answer them.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A modelled or common error: a code, an HTTP status and a message.
///
/// The code goes into `__type` and `x-amzn-errortype` (JSON protocols) or `Code` (awsQuery).
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct ApiError {
    pub(crate) code: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// Members besides the message.
    pub(crate) members: Box<Map<String, Value>>,
}

impl ApiError {
    /// An error with HTTP status 400, as most are.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 400, message: message.into(), members: Box::default() }
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// A parameter that does not fit the service's model.
    pub(crate) fn invalid_parameter(parameter: &str, constraint: &str) -> Self {
        Self::new(
            "InvalidParameterException",
            format!(
                "Invalid parameter at '{parameter}' failed to satisfy constraint: '{constraint}'"
            ),
        )
    }

    pub(crate) fn unknown_operation() -> Self {
        Self::new("UnknownOperationException", "The requested operation is not supported.")
    }
}
