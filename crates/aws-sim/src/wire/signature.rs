//! Who calls: the account and Region in the credential scope of the `Authorization` header, or of a
//! URL that is signed itself.

use std::borrow::Cow;

use ecr_sweep_core::{Account, Place};
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;

use super::{ApiError, Caller, Protocol};

/// Reads the caller from a Signature Version 4 header. The signature itself is not verified.
///
/// An access key id of 12 digits is the account, as the emulators do; any other one means `home`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html>
pub(crate) fn caller(
    parts: &Parts,
    home: &Account,
    protocol: Protocol,
) -> Result<Caller, ApiError> {
    let header = credentials(parts).ok_or_else(|| missing(protocol))?;
    let Scope { key, region, .. } = scope(&header).ok_or_else(|| incomplete(&header))?;
    let region = region.parse().map_err(|_| {
        ApiError::new(
            "InvalidSignatureException",
            format!("Credential should be scoped to a valid region, not '{region}'."),
        )
    })?;
    let account = key.parse().unwrap_or_else(|_| home.clone());
    let session = parts
        .headers
        .get("x-amz-security-token")
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned);
    let access_key = key.to_owned();
    Ok(Caller { place: Place { account, region }, access_key, session })
}

/// What a request is signed with: its header, or the same words of its URL.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
fn credentials(parts: &Parts) -> Option<Cow<'_, str>> {
    header(parts).map(Cow::Borrowed).or_else(|| {
        let query = parts.uri.query()?.as_bytes();
        let mut signed = form_urlencoded::parse(query);
        let (_, scope) = signed.find(|(name, _)| name == "X-Amz-Credential")?;
        Some(Cow::Owned(format!("AWS4-HMAC-SHA256 Credential={scope}")))
    })
}

/// The service that a request's header is signed for.
pub(crate) fn service(parts: &Parts) -> Option<&str> {
    scope(header(parts)?).map(|scope| scope.service)
}

fn header(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION)?.to_str().ok()
}

/// What a signature is good for.
struct Scope<'a> {
    key: &'a str,
    region: &'a str,
    service: &'a str,
}

fn scope(header: &str) -> Option<Scope<'_>> {
    let mut parts = header.strip_prefix("AWS4-HMAC-SHA256 ")?.split(',');
    let mut scope = parts.find_map(|part| part.trim().strip_prefix("Credential="))?.split('/');
    let (key, _date) = (scope.next()?, scope.next()?);
    let (region, service) = (scope.next()?, scope.next()?);
    (scope.next()? == "aws4_request").then_some(Scope { key, region, service })
}

fn missing(protocol: Protocol) -> ApiError {
    match protocol {
        Protocol::Json => {
            ApiError::new("MissingAuthenticationTokenException", "Missing Authentication Token")
        }
        Protocol::Rest => {
            ApiError::new("MissingAuthenticationTokenException", "Missing Authentication Token")
                .with_status(403)
        }
        // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        Protocol::Xml => ApiError::new("AccessDenied", "Access Denied").with_status(403),
        Protocol::Query => {
            ApiError::new("MissingAuthenticationToken", "Request is missing Authentication Token")
                .with_status(403)
        }
    }
}

fn incomplete(header: &str) -> ApiError {
    ApiError::new(
        "IncompleteSignatureException",
        format!("Authorization header requires 'Credential' parameter. Authorization={header}"),
    )
}
