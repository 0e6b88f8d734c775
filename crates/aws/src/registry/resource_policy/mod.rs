//! Whom the resource policy of a repository or a registry lets pull.
//!
//! The reading is the widest one: `Deny` statements, `Resource` and conditions that are not known
//! to bind the requester's account or organization only narrow, so they are passed over. Who is
//! not understood is everybody.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>

mod condition;
mod one_or_more;
mod principal;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ecr_sweep_core::Admitted;
use serde::Deserialize;

use one_or_more::OneOrMore;
use statement::Statement;

/// A text that is not a resource policy, or one that says what this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("the resource policy cannot be read")]
pub struct NotAResourcePolicy(#[from] serde_json::Error);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ResourcePolicy {
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMore<Statement>,
}

/// Whom a resource policy lets pull an image, its own account among them if it is named.
///
/// `organization` is the id of the organization whose accounts are looked at: the members of
/// another one may be anybody. Without it, whatever organization is named is the organization.
///
/// Who gets an error knows nothing, and has to take everybody as admitted.
pub fn admitted(
    policy: &str,
    organization: Option<&str>,
) -> Result<BTreeSet<Admitted>, NotAResourcePolicy> {
    let policy: ResourcePolicy = serde_json::from_str(policy)?;
    Ok(policy.statement.into_iter().flat_map(|it| it.admitted(organization)).collect())
}
