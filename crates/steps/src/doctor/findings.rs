//! What is wrong, gathered: the same thing in many places is one finding.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_core::Account;
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorFinding, DoctorPart};

use super::fixes::{allow, reader_in};
use crate::Reading;

/// What is wrong in one part.
#[derive(Debug, Default)]
pub(super) struct Findings(BTreeMap<Kind, BTreeSet<Box<str>>>);

/// What two findings have in common that are one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    code: DoctorCode,
    problem: Box<str>,
    fix: Box<str>,
}

impl Findings {
    /// Something is wrong with an object.
    pub(super) fn add(
        &mut self,
        code: DoctorCode,
        object: &(impl ToString + ?Sized),
        problem: impl Into<Box<str>>,
        fix: impl Into<Box<str>>,
    ) {
        let kind = Kind { code, problem: problem.into(), fix: fix.into() };
        self.0.entry(kind).or_default().insert(object.to_string().into());
    }

    /// A call failed that a run makes, too.
    pub(super) fn add_failed(
        &mut self,
        reading: &Reading,
        account: &Account,
        object: &(impl ToString + ?Sized),
        error: &AwsError,
    ) {
        if error.is_denied_by_organization() {
            let problem = format!("a policy of the organization denies `{}`", action(error));
            let fix = "let the organization's policy except the role, or take the Region out of the policy's `scope`";
            self.add(DoctorCode::RegionDenied, object, problem, fix);
        } else if error.operation == "AssumeRole" {
            self.add(DoctorCode::RoleNotAssumable, object, in_words(error), remedy(error));
        } else if error.kind == AwsErrorKind::AccessDenied {
            let action = action(error);
            let problem = format!("`{action}` is denied");
            let fix = allow(&reader_in(reading, account), &[&action], "*");
            self.add(DoctorCode::CallDenied, object, problem, fix);
        } else {
            self.add(DoctorCode::NotRead, object, in_words(error), remedy(error));
        }
    }

    /// A call failed that only the doctor makes: whether `what` is well is not known.
    pub(super) fn add_not_checked(
        &mut self,
        reader: &str,
        object: &(impl ToString + ?Sized),
        what: &str,
        error: &AwsError,
    ) {
        self.add_not_checked_as(&action(error), reader, object, what, error);
    }

    /// The same of a call that IAM spells otherwise.
    pub(super) fn add_not_checked_as(
        &mut self,
        action: &str,
        reader: &str,
        object: &(impl ToString + ?Sized),
        what: &str,
        error: &AwsError,
    ) {
        if error.kind == AwsErrorKind::AccessDenied {
            let problem = format!("cannot check {what}: `{action}` is denied");
            let fix = allow(reader, &[action], "*");
            self.add(DoctorCode::NotChecked, object, problem, fix);
        } else {
            let problem = format!("cannot check {what}: {}", in_words(error));
            self.add(DoctorCode::NotChecked, object, problem, remedy(error));
        }
    }

    /// Adds those of another look.
    pub(super) fn merge(&mut self, other: Self) {
        for (kind, objects) in other.0 {
            self.0.entry(kind).or_default().extend(objects);
        }
    }

    /// The findings of a part.
    pub(super) fn of(self, part: DoctorPart) -> impl Iterator<Item = DoctorFinding> {
        self.0.into_iter().map(move |(Kind { code, problem, fix }, objects)| DoctorFinding {
            severity: code.severity(),
            code,
            part,
            problem,
            why: code.sentence().into(),
            fix,
            objects: objects.into_iter().collect(),
        })
    }
}

/// The call that failed, as IAM spells it.
fn action(error: &AwsError) -> String {
    format!("{}:{}", error.service, error.operation)
}

fn in_words(error: &AwsError) -> String {
    with_causes(error)
}

/// What mends an error, where that is known.
fn remedy(error: &AwsError) -> String {
    match error.remedy() {
        Some(remedy) => remedy.to_string(),
        None => "mend what the message names, then look again".to_owned(),
    }
}
