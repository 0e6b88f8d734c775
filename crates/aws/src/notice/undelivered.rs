//! Why a message was not delivered, in words that hold nothing of an address, a token or a key.

use std::time::Duration;

use ecr_sweep_core::wording::with_causes;

use super::answer::Answer;
use crate::secrets::SecretError;
use crate::{AwsError, AwsErrorKind};

/// A message that a channel did not take, or of which nobody knows whether it did.
///
/// It has no source: what an HTTP client says of an error may hold the address, which is a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Undelivered {
    problem: Box<str>,
    kind: UndeliveredKind,
}

impl From<SecretError> for Undelivered {
    fn from(error: SecretError) -> Self {
        let kind = match &error {
            SecretError::Unread(AwsError { kind: AwsErrorKind::Throttled, .. }) => {
                UndeliveredKind::Throttled(None)
            }
            SecretError::Unread(AwsError { kind: AwsErrorKind::Unavailable, .. }) => {
                UndeliveredKind::Unavailable
            }
            SecretError::Unread(_) | SecretError::NoText { .. } => UndeliveredKind::Refused,
        };
        let next = error.next_step().map_or_else(String::new, |it| format!("; {it}"));
        Self::new(kind, format!("{}{next}", with_causes(&error)))
    }
}

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndeliveredKind {
    /// Too much at once: it can be tried again, after this time if the channel says one.
    Throttled(Option<Duration>),
    /// It did not answer, or said that it has a problem of its own: it can be tried again.
    Unavailable,
    /// It said no, or what nobody understands: it would say so again.
    Refused,
}

impl Undelivered {
    pub(super) fn new(kind: UndeliveredKind, problem: impl Into<Box<str>>) -> Self {
        Self { problem: problem.into(), kind }
    }

    /// That it says no, and would again.
    #[must_use]
    pub fn refused(problem: impl Into<Box<str>>) -> Self {
        Self::new(UndeliveredKind::Refused, problem)
    }

    /// That nobody had time to send it.
    #[must_use]
    pub fn out_of_time() -> Self {
        Self::new(UndeliveredKind::Unavailable, "the time was up before it was sent")
    }

    /// What can be done about it.
    #[must_use]
    pub const fn kind(&self) -> UndeliveredKind {
        self.kind
    }

    /// Whether it may be taken a little later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(self.kind, UndeliveredKind::Refused)
    }

    /// The error that an answer is by its status alone; `said` is the code that came with it, and what
    /// mends it.
    pub(super) fn by_status(answer: &Answer, said: Option<(&str, &str)>) -> Self {
        let status = answer.status;
        let said = match said {
            Some((code, "")) => format!(": {code}"),
            Some((code, mends)) => format!(": {code}; {mends}"),
            None => String::new(),
        };
        match status {
            429 => Self::new(
                UndeliveredKind::Throttled(answer.retry_after),
                format!("it takes no more messages for now (429){said}"),
            ),
            300..=399 => Self::refused(format!(
                "it answers with a redirect ({status}), which is not followed; store the address that \
                 takes messages itself"
            )),
            500..=599 | 408 => {
                Self::new(UndeliveredKind::Unavailable, format!("it answers {status}{said}"))
            }
            404 | 410 if said.is_empty() => Self::refused(format!(
                "it answers {status}: there is no such address; make a new one and store it in the secret"
            )),
            401 | 403 if said.is_empty() => Self::refused(format!(
                "it answers {status}: it does not take messages at this address from here; make a new \
                 one and store it in the secret"
            )),
            413 => Self::refused(format!("the message is too long for it (413){said}")),
            _ => Self::refused(format!("it answers {status}{said}")),
        }
    }
}
