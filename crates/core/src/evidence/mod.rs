//! The evidence: what is known to use images, and how much of that was seen.

mod gap;
mod scanned;

pub use gap::Gap;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Account, Coverage, Digest, ImageReference, Place, Policy, Reference, RepositoryId, Usage,
    Warning, WarningCode,
};
use scanned::Scanned;

/// All usage of an organization, resolved once to repositories and digests.
///
/// The evidence over one repository is the same whether the index holds every row, or only those
/// that name the repository ([`Self::rows_naming`]) and those with a digest
/// ([`Self::rows_with_digest`]); so a fan-out can hand on just these.
#[derive(Debug)]
pub struct UsageIndex {
    rows: Vec<Usage>,
    named: BTreeMap<RepositoryId, Vec<NamedRow>>,
    by_digest: BTreeMap<Digest, Vec<usize>>,
    replication: BTreeMap<Place, Vec<Place>>,
    gaps: Vec<Gap>,
    warnings: Vec<Warning>,
    scanned: Scanned,
}

#[derive(Debug)]
struct NamedRow {
    tag: Option<Box<str>>,
    digest: Option<Digest>,
    row: usize,
}

/// What is known of the use of one repository.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The references that name the repository, or its namesake where its deletions go.
    pub named: Vec<Named<'a>>,
    /// What was not seen and could have named images of the repository, or of a replica of it.
    pub gaps: Vec<&'a Gap>,
    index: &'a UsageIndex,
}

/// One reference that names the repository.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The tag that it names, `latest` where it says neither tag nor digest.
    pub tag: Option<&'a str>,
    /// The digest that it names.
    pub digest: Option<Digest>,
    /// Whether it names the repository in this very registry, not a replica of it.
    pub is_here: bool,
    /// The row.
    pub usage: &'a Usage,
}

impl UsageIndex {
    /// Resolves all rows. `replication` says where deletions in a registry go, too.
    ///
    /// A reference that looks like one to ECR and cannot be read makes its source failed.
    #[must_use]
    pub fn new(
        mut rows: Vec<Usage>,
        coverage: &Coverage,
        policy: &Policy,
        replication: BTreeMap<Place, Vec<Place>>,
    ) -> Self {
        rows.sort();
        rows.dedup();
        let mut named: BTreeMap<RepositoryId, Vec<NamedRow>> = BTreeMap::new();
        let mut by_digest: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
        let mut gaps = gap::from_coverage(coverage, policy);
        let mut warnings = Vec::new();
        for (row, usage) in rows.iter().enumerate() {
            let reference = Reference::parse(&usage.reference, &policy.usage.aliases);
            let mut digests = BTreeSet::from_iter(usage.resolved);
            match reference {
                Ok(reference) => {
                    digests.extend(reference.digest());
                    if let Reference::Ecr(ImageReference { registry, repository, tag, digest }) =
                        reference
                    {
                        let row = NamedRow { tag, digest, row };
                        let id = RepositoryId { registry, name: repository };
                        named.entry(id).or_default().push(row);
                    }
                }
                Err(problem) => {
                    warnings.push(Warning {
                        code: WarningCode::UnreadableReference,
                        detail: format!("{problem} ({} of {})", usage.source, usage.arn).into(),
                    });
                    gaps.extend(gap::from_unreadable(usage, &problem, policy));
                }
            }
            for digest in digests {
                by_digest.entry(digest).or_default().push(row);
            }
        }
        gaps.sort();
        gaps.dedup();
        warnings.extend(gaps.iter().map(|gap| Warning {
            code: WarningCode::IncompleteUsage,
            detail: gap.to_string().into(),
        }));
        warnings.sort();
        warnings.dedup();
        let scanned = Scanned::of(&rows, coverage);
        Self { rows, named, by_digest, replication, gaps, warnings, scanned }
    }

    /// Counts more accounts as looked at, whether anything was seen in them or not.
    #[must_use]
    pub fn with_scanned_accounts(mut self, accounts: impl IntoIterator<Item = Account>) -> Self {
        self.scanned.accounts.extend(accounts);
        self
    }

    /// Counts every account of the organization as looked at.
    #[must_use]
    pub const fn with_scanned_organization(mut self) -> Self {
        self.scanned.organization = true;
        self
    }

    /// What is known of the use of one repository.
    #[must_use]
    pub fn evidence_for(&self, repository: &RepositoryId) -> Evidence<'_> {
        Evidence {
            named: self
                .named_rows(repository)
                .into_iter()
                .map(|(named, is_here)| Named {
                    tag: named.tag.as_deref(),
                    digest: named.digest,
                    is_here,
                    usage: &self.rows[named.row],
                })
                .collect(),
            gaps: self.gaps_of(&repository.registry),
            index: self,
        }
    }

    /// The rows that name a repository, or its namesake where its deletions go.
    pub fn rows_naming<'a>(
        &'a self,
        repository: &RepositoryId,
    ) -> impl Iterator<Item = &'a Usage> + use<'a> {
        self.named_rows(repository).into_iter().map(|(named, _)| &self.rows[named.row])
    }

    /// The rows that carry a digest: a used digest is kept in every repository.
    pub fn rows_with_digest(&self) -> impl Iterator<Item = &Usage> {
        let rows: BTreeSet<usize> = self.by_digest.values().flatten().copied().collect();
        rows.into_iter().map(|row| &self.rows[row])
    }

    /// The repositories of a registry that something names.
    pub fn repositories_named_in(&self, registry: &Place) -> impl Iterator<Item = &str> {
        self.named
            .keys()
            .filter(move |repository| repository.registry == *registry)
            .map(|repository| &*repository.name)
    }

    /// What was not seen.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether everything was seen.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// What the reader of a plan should know: gaps, and references that cannot be read.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What was not seen and could pull from a registry, or from where its deletions go.
    fn gaps_of(&self, registry: &Place) -> Vec<&Gap> {
        let places = self.places_of(registry);
        let concerns = |gap: &&Gap| places.iter().any(|place| gap.concerns(place));
        self.gaps.iter().filter(concerns).collect()
    }

    /// A registry, and where its deletions go.
    fn places_of<'a>(&'a self, registry: &'a Place) -> BTreeSet<&'a Place> {
        let destinations = self.replication.get(registry).into_iter().flatten();
        destinations.chain([registry]).collect()
    }

    /// The rows that name a repository, and whether they name it in this very registry.
    fn named_rows(&self, repository: &RepositoryId) -> Vec<(&NamedRow, bool)> {
        let RepositoryId { registry, name } = repository;
        let rows_in = |place: &Place| self.named.get(&RepositoryId::new(place, name));
        self.places_of(registry)
            .into_iter()
            .filter_map(|place| Some((rows_in(place)?, place == registry)))
            .flat_map(|(rows, is_here)| rows.iter().map(move |row| (row, is_here)))
            .collect()
    }
}

impl<'a> Evidence<'a> {
    /// The rows that name a digest, in any repository.
    pub(crate) fn of_digest(&self, digest: Digest) -> impl Iterator<Item = &'a Usage> {
        let index = self.index;
        index.by_digest.get(&digest).into_iter().flatten().map(move |row| &index.rows[*row])
    }

    /// Whether somebody whom a resource policy admits was looked at.
    pub(crate) fn is_scanned(&self, admitted: &crate::Admitted) -> bool {
        self.index.scanned.contains(admitted)
    }
}

#[cfg(test)]
mod tests;
