//! What mends a finding, as it can be copied: statements for IAM.

use ecr_sweep_core::Account;
use serde_json::json;

use crate::Reading;

/// Who reads in an account: the caller at home, elsewhere the role that the policy names.
pub(super) fn reader_in(reading: &Reading, account: &Account) -> String {
    match &reading.policy.scope.role {
        Some(role) if *account != reading.sessions.home().account => format!("the role `{role}`"),
        _ => caller(reading),
    }
}

/// Who calls at home.
pub(super) fn caller(reading: &Reading) -> String {
    format!("`{}`", reading.sessions.caller_arn())
}

/// What allows somebody these calls.
pub(super) fn allow(whom: &str, actions: &[&str], resource: &str) -> String {
    format!("add to the policy of {whom}: {}", statement(actions, resource))
}

/// One statement of a policy.
pub(super) fn statement(actions: &[&str], resource: &str) -> String {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource }).to_string()
}
