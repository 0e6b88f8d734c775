//! One call: what it is named in errors and logs.

use aws_sdk_ecr::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use ecr_sweep_core::{Account, Place, Region};

use crate::error::{
    Answer, AwsError, AwsErrorKind, BoxError, UnreadableAnswer, is_about_credentials, kind_of_code,
    kind_of_status,
};

/// An operation of a service, somewhere, about something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    service: &'static str,
    operation: &'static str,
    account: Option<&'a Account>,
    region: Option<&'a Region>,
    object: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(
        service: &'static str,
        operation: &'static str,
        place: &'a Place,
    ) -> Self {
        Self {
            service,
            operation,
            account: Some(&place.account),
            region: Some(&place.region),
            object: None,
        }
    }

    /// A call that is made before the account is known.
    pub(crate) const fn anywhere(
        service: &'static str,
        operation: &'static str,
        region: Option<&'a Region>,
    ) -> Self {
        Self { service, operation, account: None, region, object: None }
    }

    pub(crate) const fn operation(&self) -> &'static str {
        self.operation
    }

    pub(crate) const fn about(self, object: &'a str) -> Self {
        Self { object: Some(object), ..self }
    }

    /// The error that the SDK gave. Where there were no credentials for the call, because the
    /// call failed that should have given them, it is the error of that one.
    pub(crate) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(Into::into);
        let SdkError::ServiceError(service_error) = &error else {
            if let Some(assuming) = AwsError::among_sources(&error) {
                return assuming;
            }
            if let Some(unreadable) = UnreadableAnswer::among_sources(&error) {
                let message = Some(unreadable.to_string().into());
                let answer = Answer { message, request_id, ..Answer::default() };
                return self.error(AwsErrorKind::Internal, answer);
            }
            let kind = match &error {
                _ if is_about_credentials(&error) => AwsErrorKind::Credentials,
                SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
                    AwsErrorKind::Unavailable
                }
                SdkError::ResponseError(answer) => {
                    match kind_of_status(answer.raw().status().as_u16()) {
                        AwsErrorKind::InvalidRequest => AwsErrorKind::Internal,
                        kind => kind,
                    }
                }
                _ => AwsErrorKind::Internal,
            };
            let source = Some(Box::new(error) as _);
            return self.error(kind, Answer { request_id, source, ..Answer::default() });
        };
        let code = service_error.err().code();
        let kind = code
            .and_then(kind_of_code)
            .unwrap_or_else(|| kind_of_status(service_error.raw().status().as_u16()));
        // The code and the message are all that the SDK's error says: as a source it would only
        // say them again.
        let answer = Answer {
            code: code.map(Into::into),
            message: service_error.err().message().map(Into::into),
            request_id,
            source: None,
        };
        self.error(kind, answer)
    }

    /// The error of an answer that lacks something, or that says something unknown.
    pub(crate) fn unreadable(&self, problem: impl Into<Box<str>>) -> AwsError {
        let source = UnreadableAnswer { problem: problem.into() };
        self.error(
            AwsErrorKind::Internal,
            Answer { message: Some(source.to_string().into()), ..Answer::default() },
        )
    }

    /// The error of an answer that broke off.
    pub(crate) fn broke_off(&self, source: impl Into<BoxError>) -> AwsError {
        let source = Some(source.into());
        self.error(AwsErrorKind::Unavailable, Answer { source, ..Answer::default() })
    }

    /// The error of a request that is not sent, because there is nothing to sign it with.
    pub(crate) fn without_credentials(&self, why: impl Into<BoxError>) -> AwsError {
        let source = Some(why.into());
        self.error(AwsErrorKind::Credentials, Answer { source, ..Answer::default() })
    }

    /// The error of a request that is not sent, because the service would refuse it.
    pub(crate) fn refused(&self, problem: impl Into<Box<str>>) -> AwsError {
        self.error(
            AwsErrorKind::InvalidRequest,
            Answer { message: Some(problem.into()), ..Answer::default() },
        )
    }

    /// The error of a request that is not sent, because too many like it were under way for too
    /// long.
    pub(crate) fn crowded_out(&self) -> AwsError {
        let message = Some("it was not sent: others like it were under way for too long".into());
        self.error(AwsErrorKind::Throttled, Answer { message, ..Answer::default() })
    }

    fn error(&self, kind: AwsErrorKind, answer: Answer) -> AwsError {
        AwsError {
            service: self.service,
            operation: self.operation,
            account: self.account.cloned(),
            region: self.region.cloned(),
            object: self.object.map(Into::into),
            kind,
            answer: Box::new(answer),
        }
    }
}
