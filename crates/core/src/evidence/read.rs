//! Usage of which the reference has been read.

use std::collections::BTreeSet;

use super::Gap;
use crate::{
    Aliases, Digest, ImageReference, NotAReference, Policy, Reference, Remedy, Role, Usage,
    Warning, WarningCode,
};

/// One row of usage, and what its reference names: read once, however many repositories ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadUsage {
    /// The row.
    pub usage: Usage,
    reference: Result<Reference, NotAReference>,
}

impl ReadUsage {
    /// Reads the reference of a row. Aliases are hosts that the policy gives registries.
    #[must_use]
    pub fn new(usage: Usage, aliases: &Aliases) -> Self {
        let reference = Reference::parse(&usage.reference, aliases);
        Self { usage, reference }
    }

    /// The digests that the row names, or that its service resolved it to.
    #[must_use]
    pub fn digests(&self) -> BTreeSet<Digest> {
        let named = self.reference.as_ref().ok().and_then(Reference::digest);
        named.into_iter().chain(self.usage.resolved).collect()
    }

    /// The image of a private registry that it names.
    pub(super) const fn image(&self) -> Option<&ImageReference> {
        match &self.reference {
            Ok(Reference::Ecr(image)) => Some(image),
            _ => None,
        }
    }

    /// What the reader should know of a reference that cannot be read.
    pub(super) fn warning(&self) -> Option<Warning> {
        let problem = self.reference.as_ref().err()?;
        let Usage { kind: source, arn, .. } = &self.usage;
        Some(Warning {
            code: WarningCode::UnreadableReference,
            detail: format!("{problem} ({source} of {arn})").into(),
        })
    }

    /// The gap that a reference makes that cannot be read: anything may be behind it.
    pub(super) fn gap(&self, policy: &Policy) -> Option<Gap> {
        let problem = self.reference.as_ref().err()?;
        let (place, source) = (self.usage.seen_in(), self.usage.kind.source());
        policy.scope.off_reason(&place, source).is_none().then(|| Gap {
            place: Some(place),
            source,
            reason: problem.to_string().into(),
            remedies: self.remedies(problem),
        })
    }

    /// Never that its source is not looked at: it names other images, too.
    fn remedies(&self, problem: &NotAReference) -> Vec<Remedy> {
        let arn = self.usage.arn.clone();
        let of_the_resource = match self.usage.kind.role() {
            Role::Defines => Remedy::Deregister { arn },
            Role::Runs | Role::Deploys => Remedy::ChangeResource { arn },
        };
        let host = problem.unknown_host();
        let alias = host.map(|host| Remedy::AddAlias { host: host.into() });
        alias.into_iter().chain([of_the_resource]).collect()
    }
}
