//! What a source calls: as IAM spells it, and what for.
//!
//! `infra/lib/permissions/sources.json` and the table of `docs/permissions.md` are written from it.

/// Calls that one statement of a policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// On what.
    pub resource: PermittedOn,
    /// Why it is not on less.
    pub because: &'static str,
    /// The calls.
    pub calls: &'static [PermittedCalls],
}

/// Calls with one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermittedCalls {
    /// As IAM spells them, such as `ecs:ListTasks`.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    pub actions: &'static [&'static str],
    /// What they tell, in words.
    pub purpose: &'static str,
}

/// On what a call is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermittedOn {
    /// On everything: IAM knows no resource for the call, or there is none that could be left out.
    Everything,
    /// On resources of the account, in every Region.
    InAccount {
        /// The service, as ARNs spell it.
        service: &'static str,
        /// What follows the account in their ARNs, such as `function:*`.
        resources: &'static str,
    },
}

/// Why calls are allowed on everything of which IAM knows no resource.
pub const NO_RESOURCE: &str = "IAM knows no resource for these calls; they read, in this account.";

impl Permission {
    /// The calls of the statement, in its order.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.calls.iter().flat_map(|calls| calls.actions).copied()
    }
}

impl PermittedOn {
    /// The resource as a policy spells it, of a partition and an account.
    #[must_use]
    pub fn in_words(&self, partition: &str, account: &str) -> String {
        match self {
            Self::Everything => "*".to_owned(),
            Self::InAccount { service, resources } => {
                format!("arn:{partition}:{service}:*:{account}:{resources}")
            }
        }
    }
}
