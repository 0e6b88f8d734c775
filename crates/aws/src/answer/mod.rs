//! Answers: what AWS always sends in them has to be there.
//!
//! An answer without its list is not an empty list: no body, `{}`, `null` and a member that is
//! absent are all the same to the SDKs. So each answer is checked as it came, before anything is
//! read from it, and what an adapter takes from it goes through [`Call::sent`].

mod shape;

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::call::Call;
use crate::{AwsError, UnreadableAnswer};
use shape::Shape;

/// The operations of a service that are called, each with the members that its answers always
/// have: `Organization.Id` is a member of a member, and `tasks[].taskArn` one of every item of a
/// list, which may have none. What is marked as in `failures?[]` may be left out.
pub(crate) type Answers = &'static [(&'static str, &'static [&'static str])];

/// Fails each call whose answer lacks what the operation always sends, and each one of an operation
/// of which nobody has said what that is. For services that speak JSON.
pub(crate) struct WholeAnswers(Vec<(&'static str, Shape)>);

impl WholeAnswers {
    pub(crate) fn new(answers: Answers) -> Self {
        Self(answers.iter().map(|(operation, sent)| (*operation, Shape::of(sent))).collect())
    }

    fn check(&self, operation: &str, body: Option<&[u8]>) -> Result<(), UnreadableAnswer> {
        let unreadable = |problem: String| UnreadableAnswer { problem: problem.into() };
        let Some((_, shape)) = self.0.iter().find(|(name, _)| *name == operation) else {
            return Err(unreadable(format!("nobody has said what answers {operation} gives")));
        };
        if shape.takes_anything() {
            return Ok(());
        }
        match body {
            None | Some([]) => Err(unreadable("it has no body".to_owned())),
            Some(body) => shape.check(body).map_err(|problem| unreadable(problem.to_string())),
        }
    }
}

impl fmt::Debug for WholeAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(operation, _)| operation)).finish()
    }
}

#[dyn_dispatch_hint]
impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        if !answer.status().is_success() {
            return Ok(());
        }
        let operation = config.load::<Metadata>().map_or("this", Metadata::name);
        Ok(self.check(operation, answer.body().bytes())?)
    }
}

impl Call<'_> {
    /// A member that AWS always sends.
    pub(crate) fn sent<T>(&self, member: &str, value: Option<T>) -> Result<T, AwsError> {
        value.ok_or_else(|| self.unreadable(format!("`{member}` is missing")))
    }

    /// A text that AWS always sends, and never an empty one.
    pub(crate) fn sent_text(&self, member: &str, text: Option<&str>) -> Result<Box<str>, AwsError> {
        self.sent(member, text.filter(|text| !text.is_empty()).map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> WholeAnswers {
        WholeAnswers::new(&[("ListTasks", &["taskArns[]"]), ("SendTaskSuccess", &[])])
    }

    #[test]
    fn an_operation_of_which_nothing_is_said_has_no_answer() {
        let problem = answers().check("ListDaemons", Some(b"{}")).unwrap_err();
        assert!(problem.to_string().contains("ListDaemons"), "{problem}");
    }

    #[test]
    fn an_answer_without_a_body_is_no_answer() {
        for body in [None, Some(&b""[..])] {
            assert!(answers().check("ListTasks", body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn nothing_is_asked_of_an_answer_that_says_nothing() {
        assert_eq!(answers().check("SendTaskSuccess", None), Ok(()));
    }
}
