//! The kinds of errors, by the codes that AWS documents.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;

/// What kind of error a call gave: what to do about it depends on this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AwsErrorKind {
    /// Too many requests, after every retry.
    Throttled,
    /// The caller may not.
    AccessDenied,
    /// What the call is about does not exist.
    NotFound,
    /// The service does not take the request.
    InvalidRequest,
    /// A quota is full, which is no rate: it stays full until something is given up or it is raised.
    Quota,
    /// There are no credentials, or they are not good any more.
    Credentials,
    /// No answer: a timeout, a connection that failed, an error of the service's own.
    Unavailable,
    /// Everything else, answers that cannot be read among it.
    Internal,
}

impl AwsErrorKind {
    /// The predicate of the sentence that starts with the operation.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Throttled => "was throttled",
            Self::AccessDenied => "was denied",
            Self::NotFound => "found nothing",
            Self::InvalidRequest => "was refused",
            Self::Quota => "met a full quota",
            Self::Credentials => "has no valid credentials",
            Self::Unavailable => "got no answer",
            Self::Internal => "failed",
        }
    }
}

/// Codes of requests that no credentials, or no good ones, have signed.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
const CREDENTIALS: [&str; 16] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Those of them that say that a token was good once.
const EXPIRED: [&str; 4] =
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

const THROTTLED: [&str; 6] = [
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "TooManyRequestsException",
];

const DENIED: [&str; 7] = [
    "AuthorizationError",
    "ForbiddenException",
    "NotAuthorized",
    "RegionDisabled",
    "RegionDisabledException",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

const UNAVAILABLE: [&str; 6] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
];

const INVALID: [&str; 3] =
    ["ClientException", "MalformedQueryString", "RequestEntityTooLargeException"];

/// The kind of an error code, if the code tells it.
pub(crate) fn kind_of_code(code: &str) -> Option<AwsErrorKind> {
    if code.contains("Throttl") || THROTTLED.contains(&code) {
        Some(AwsErrorKind::Throttled)
    } else if code.contains("LimitExceeded") || code.contains("QuotaExceeded") {
        Some(AwsErrorKind::Quota)
    } else if code.starts_with("AccessDenied") || DENIED.contains(&code) {
        Some(AwsErrorKind::AccessDenied)
    } else if CREDENTIALS.contains(&code) {
        Some(AwsErrorKind::Credentials)
    } else if code.starts_with("UnknownOperation") {
        Some(AwsErrorKind::Internal)
    } else if code.contains("NotFound")
        || code.starts_with("NoSuch")
        || code.ends_with("DoesNotExist")
    {
        Some(AwsErrorKind::NotFound)
    } else if code.starts_with("Invalid")
        || code.starts_with("Validation")
        || INVALID.contains(&code)
    {
        Some(AwsErrorKind::InvalidRequest)
    } else if code.starts_with("ServerException") || UNAVAILABLE.contains(&code) {
        Some(AwsErrorKind::Unavailable)
    } else {
        None
    }
}

/// Whether an error code says that a token has expired.
pub(crate) fn is_code_of_expiry(code: &str) -> bool {
    EXPIRED.contains(&code)
}

/// Whether an error that led to there being no credentials says that a token has expired: these
/// are errors of many crates, which have nothing in common but their words.
pub(crate) fn speaks_of_expiry(text: &str) -> bool {
    text.contains("expired") || EXPIRED.iter().any(|code| text.contains(code))
}

/// What resolvers say of a name that has no host: those of glibc, musl and macOS. The standard
/// library passes nothing on but their words.
const NO_HOST: [&str; 3] = [
    "Name or service not known",
    "Name does not resolve",
    "nodename nor servname provided, or not known",
];

/// Whether the innermost cause of an error says that a name has no host.
pub(crate) fn speaks_of_no_host(text: &str) -> bool {
    text.starts_with("failed to lookup address information")
        && NO_HOST.iter().any(|said| text.ends_with(said))
}

/// The kind of an HTTP status whose error code tells nothing.
pub(crate) const fn kind_of_status(status: u16) -> AwsErrorKind {
    match status {
        429 => AwsErrorKind::Throttled,
        401 | 403 => AwsErrorKind::AccessDenied,
        400..=499 => AwsErrorKind::InvalidRequest,
        500..=599 => AwsErrorKind::Unavailable,
        _ => AwsErrorKind::Internal,
    }
}

/// Whether an error comes from looking for credentials: the SDK has no variant of its own for it.
pub(crate) fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<CredentialsError>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_tells_what_to_do() {
        for (code, kind) in [
            ("ThrottlingException", AwsErrorKind::Throttled),
            ("Throttling", AwsErrorKind::Throttled),
            ("TooManyRequestsException", AwsErrorKind::Throttled),
            ("RequestLimitExceeded", AwsErrorKind::Throttled),
            ("LimitExceededException", AwsErrorKind::Quota),
            ("ServiceQuotaExceededException", AwsErrorKind::Quota),
            ("ExecutionLimitExceeded", AwsErrorKind::Quota),
            ("AccessDeniedException", AwsErrorKind::AccessDenied),
            ("AccessDenied", AwsErrorKind::AccessDenied),
            ("UnauthorizedOperation", AwsErrorKind::AccessDenied),
            ("RepositoryNotFoundException", AwsErrorKind::NotFound),
            ("ResourceNotFoundException", AwsErrorKind::NotFound),
            ("ImageNotFoundException", AwsErrorKind::NotFound),
            ("NoSuchBucket", AwsErrorKind::NotFound),
            ("StateMachineDoesNotExist", AwsErrorKind::NotFound),
            ("ExpiredToken", AwsErrorKind::Credentials),
            ("ExpiredTokenException", AwsErrorKind::Credentials),
            ("InvalidClientTokenId", AwsErrorKind::Credentials),
            ("UnrecognizedClientException", AwsErrorKind::Credentials),
            ("InvalidSignatureException", AwsErrorKind::Credentials),
            ("InvalidParameterException", AwsErrorKind::InvalidRequest),
            ("ValidationException", AwsErrorKind::InvalidRequest),
            ("ServerException", AwsErrorKind::Unavailable),
            ("UnknownOperationException", AwsErrorKind::Internal),
        ] {
            assert_eq!(kind_of_code(code), Some(kind), "{code}");
        }
        assert_eq!(kind_of_code("SomethingNew"), None);
    }

    #[test]
    fn a_name_without_a_host_is_told_apart_from_one_that_nobody_resolved() {
        let said = |why: &str| format!("failed to lookup address information: {why}");
        assert!(speaks_of_no_host(&said("Name or service not known")));
        assert!(speaks_of_no_host(&said("Name does not resolve")));
        for why in ["Temporary failure in name resolution", "Try again", ""] {
            assert!(!speaks_of_no_host(&said(why)), "{why}");
        }
        assert!(!speaks_of_no_host("Connection refused"));
    }

    #[test]
    fn a_status_tells_where_the_code_does_not() {
        for (status, kind) in [
            (400, AwsErrorKind::InvalidRequest),
            (403, AwsErrorKind::AccessDenied),
            (429, AwsErrorKind::Throttled),
            (503, AwsErrorKind::Unavailable),
            (302, AwsErrorKind::Internal),
        ] {
            assert_eq!(kind_of_status(status), kind, "{status}");
        }
    }
}
