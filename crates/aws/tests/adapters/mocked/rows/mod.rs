//! What is called, what it answers where all is well, and what comes of that.

mod buckets;
mod registry;
mod sources;
mod state_machine;

use std::fmt::Debug;

use ecr_sweep_aws::sources::ScanError;
use ecr_sweep_aws::store::{StoreCause, StoreError};
use ecr_sweep_aws::usage_files::UsageFilesError;
use ecr_sweep_aws::{AwsError, AwsErrorKind, Sessions};
use futures::future::BoxFuture;
use serde_json::Value;

/// What comes of an act: what it gives, in words, or the kind of its error and the error.
pub(super) type Told = Result<String, (AwsErrorKind, String)>;

/// An act, and the calls that it makes.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) act: fn(Sessions) -> BoxFuture<'static, Told>,
    /// Each operation, with what it answers.
    pub(super) answers: Vec<(&'static str, String)>,
    /// What comes of these answers.
    pub(super) expected: &'static str,
    /// The answers where there is nothing, and what comes of them.
    pub(super) empty: Option<(Vec<(&'static str, String)>, &'static str)>,
    /// The code by which an operation says that what it is asked about is gone, and what comes of that:
    /// nothing, where it is an error.
    pub(super) gone: Vec<(&'static str, &'static str, Option<&'static str>)>,
}

/// Says what came of an act.
fn told<T: Debug, E: Into<Failed>>(result: Result<T, E>) -> Told {
    match result {
        Ok(given) => Ok(format!("{given:?}")),
        Err(error) => {
            let Failed(error) = error.into();
            Err((error.kind, error.to_string()))
        }
    }
}

struct Failed(AwsError);

impl From<AwsError> for Failed {
    fn from(error: AwsError) -> Self {
        Self(error)
    }
}

impl From<ScanError> for Failed {
    fn from(error: ScanError) -> Self {
        let ScanError::Aws(error) = error else { panic!("{error:?}") };
        Self(error)
    }
}

impl From<UsageFilesError> for Failed {
    fn from(error: UsageFilesError) -> Self {
        let UsageFilesError::Bucket { source, .. } = error else { panic!("{error:?}") };
        Self(*source)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        let StoreError::Io { source: StoreCause::Aws(error), .. } = error else {
            panic!("{error:?}")
        };
        Self(*error)
    }
}

macro_rules! act {
    (|$sessions:ident| $act:expr) => {
        |$sessions: Sessions| Box::pin(async move { told($act) })
    };
}

use act;

impl Row {
    /// One of one call.
    fn of(
        operation: &'static str,
        answer: &Value,
        act: fn(Sessions) -> BoxFuture<'static, Told>,
        expected: &'static str,
    ) -> Self {
        let answers = vec![(operation, answer.to_string())];
        Self { act, answers, expected, empty: None, gone: Vec::new() }
    }

    fn or_empty(mut self, answer: &Value, expected: &'static str) -> Self {
        self.empty = Some((vec![(self.answers[0].0, answer.to_string())], expected));
        self
    }

    fn or_gone(mut self, code: &'static str, expected: Option<&'static str>) -> Self {
        self.gone.push((self.answers[0].0, code, expected));
        self
    }
}

pub(super) fn all() -> Vec<Row> {
    let mut rows = registry::images();
    rows.extend(registry::settings());
    rows.extend([sources::ecs(), sources::lambda()]);
    rows.extend(buckets::buckets());
    rows.extend(state_machine::state_machine());
    rows
}
