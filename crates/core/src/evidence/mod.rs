//! The evidence: what is known to use images, and how much of that was seen.

mod gap;
mod grouped;
mod read;
mod under;

pub use gap::Gap;
pub use grouped::{GapGroup, group_gaps};
pub use read::ReadUsage;
pub use under::CoverageUnder;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cache_rules::upstreams;
use crate::{
    Account, Admitted, CacheRules, Coverage, Digest, Place, Policy, RepositoryId, Unread,
    UnreadPart, Usage, Warning, WarningCode,
};

/// All usage of an organization, resolved once to repositories and digests.
///
/// The evidence over one repository is the same whether the index holds every row, or only those
/// that name the repository ([`Self::rows_naming`]) and those with a digest
/// ([`Self::rows_with_digest`]); so a fan-out can hand on just these.
#[derive(Debug)]
pub struct UsageIndex {
    rows: Vec<Arc<ReadUsage>>,
    named: BTreeMap<RepositoryId, Vec<NamedRow>>,
    /// The rows that may name a repository of any registry, by the last component of its name.
    named_anywhere: BTreeMap<Box<str>, Vec<(Place, NamedRow)>>,
    by_digest: BTreeMap<Digest, Vec<usize>>,
    replication: BTreeMap<Place, Vec<Place>>,
    cache_rules: Arc<[CacheRules]>,
    coverage: Arc<CoverageUnder>,
    unreadable: Vec<Gap>,
    accounts: BTreeSet<Account>,
    organization: bool,
    unread: BTreeMap<Place, Unread>,
}

#[derive(Debug, Clone)]
struct NamedRow {
    tag: Option<Box<str>>,
    digest: Option<Digest>,
    row: usize,
    /// Whether it names a cache of the repository, and not the repository.
    is_through_cache: bool,
}

/// What is known of the use of one repository.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The references that name the repository, its namesake where its deletions go, or a
    /// pull-through cache of either.
    pub named: Vec<Named<'a>>,
    /// What was not seen and could have named images of the repository, or of a replica of it. What
    /// pulls from its own Region alone, a function, pulls nothing through a cache.
    pub gaps: Vec<&'a Gap>,
    /// What could not be read of its registry.
    pub unread: Option<&'a Unread>,
    /// Where its deletions go, too.
    reached: &'a [Place],
    index: &'a UsageIndex,
}

/// Who may pull what a deletion would take, and was not looked at.
#[derive(Debug)]
pub(crate) enum NotScanned<'a> {
    /// A resource policy admits it.
    Admitted(&'a Admitted),
    /// Deletions go to a registry of this account: what is in it can always pull from there.
    Reached(&'a Account),
}

/// One reference that names the repository.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The tag that it names, `latest` where it says neither tag nor digest.
    pub tag: Option<&'a str>,
    /// The digest that it names.
    pub digest: Option<Digest>,
    /// Whether it names the repository in this very registry, not a replica or a cache of it.
    pub is_here: bool,
    /// The row.
    pub usage: &'a Usage,
}

impl UsageIndex {
    /// Reads and resolves all rows. `replication` says where deletions in a registry go, too.
    ///
    /// A reference that looks like one to ECR and cannot be read makes its source failed.
    #[must_use]
    pub fn new(
        rows: Vec<Usage>,
        coverage: &Coverage,
        policy: &Policy,
        replication: BTreeMap<Place, Vec<Place>>,
    ) -> Self {
        let read = |usage| Arc::new(ReadUsage::new(usage, &policy.usage.aliases));
        let rows = rows.into_iter().map(read).collect();
        Self::of_read(rows, Arc::new(coverage.under(policy)), policy, replication)
    }

    /// The same of rows that have been read, and of coverage that has been worked out.
    #[must_use]
    pub fn of_read(
        mut rows: Vec<Arc<ReadUsage>>,
        coverage: Arc<CoverageUnder>,
        policy: &Policy,
        replication: BTreeMap<Place, Vec<Place>>,
    ) -> Self {
        rows.sort_by(|one, other| one.usage.cmp(&other.usage));
        rows.dedup();
        let mut named: BTreeMap<RepositoryId, Vec<NamedRow>> = BTreeMap::new();
        let mut by_digest: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
        for (row, read) in rows.iter().enumerate() {
            if let Some(image) = read.image() {
                let id = RepositoryId {
                    registry: image.registry.clone(),
                    name: image.repository.clone(),
                };
                let (tag, digest) = (image.tag.clone(), image.digest);
                let row = NamedRow { tag, digest, row, is_through_cache: false };
                named.entry(id).or_default().push(row);
            }
            for digest in read.digests() {
                by_digest.entry(digest).or_default().push(row);
            }
        }
        let unreadable = rows.iter().filter_map(|read| read.gap(policy)).collect();
        let accounts = rows.iter().map(|read| read.usage.account.clone()).collect();
        Self {
            rows,
            named,
            named_anywhere: BTreeMap::new(),
            by_digest,
            replication,
            cache_rules: Arc::default(),
            coverage,
            unreadable,
            accounts,
            organization: false,
            unread: BTreeMap::new(),
        }
    }

    /// Counts more accounts as looked at, whether anything was seen in them or not.
    #[must_use]
    pub fn with_scanned_accounts(mut self, accounts: impl IntoIterator<Item = Account>) -> Self {
        self.accounts.extend(accounts);
        self
    }

    /// Counts every account of the organization as looked at.
    #[must_use]
    pub const fn with_scanned_organization(mut self) -> Self {
        self.organization = true;
        self
    }

    /// Adds what could not be read of registries.
    #[must_use]
    pub fn with_unread_registries(mut self, unread: BTreeMap<Place, Unread>) -> Self {
        self.unread.extend(unread);
        self
    }

    /// Counts what names a cache as a use of what is upstream of it. Where the rules of a registry are
    /// not known, what names an image there may use any repository with the same last component.
    ///
    /// The registry keeps what it has cached as long as it likes, and asks upstream for a tag once a
    /// day and for whatever it has no more.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working-pulling.html>
    #[must_use]
    pub fn with_cache_rules(mut self, rules: impl Into<Arc<[CacheRules]>>) -> Self {
        self.cache_rules = rules.into();
        let mut through: Vec<(RepositoryId, Vec<NamedRow>)> = Vec::new();
        for (named, rows) in &self.named {
            let (upstreams, unknown) = upstreams(&self.cache_rules, named);
            let rows = || rows.iter().map(|row| NamedRow { is_through_cache: true, ..row.clone() });
            through.extend(upstreams.into_iter().map(|upstream| (upstream, rows().collect())));
            for id in unknown {
                let anywhere =
                    self.named_anywhere.entry(last_component(&id.name).into()).or_default();
                anywhere.extend(rows().map(|row| (id.registry.clone(), row)));
            }
        }
        for (upstream, rows) in through {
            self.named.entry(upstream).or_default().extend(rows);
        }
        self
    }

    /// The registries that something names.
    #[must_use]
    pub fn named_registries(&self) -> BTreeSet<&Place> {
        self.named.keys().map(|named| &named.registry).collect()
    }

    /// What is known of the use of one repository.
    #[must_use]
    pub fn evidence_for(&self, repository: &RepositoryId) -> Evidence<'_> {
        let reached = self.replication.get(&repository.registry).map_or(&[][..], Vec::as_slice);
        Evidence { reached, ..self.evidence_in(repository, &self.places_of(&repository.registry)) }
    }

    /// The same without what is known of where its deletions go.
    #[must_use]
    pub fn evidence_alone(&self, repository: &RepositoryId) -> Evidence<'_> {
        self.evidence_in(repository, &BTreeSet::from([&repository.registry]))
    }

    fn evidence_in(&self, repository: &RepositoryId, places: &BTreeSet<&Place>) -> Evidence<'_> {
        Evidence {
            named: self
                .named_rows(repository, places)
                .into_iter()
                .map(|(named, is_here)| Named {
                    tag: named.tag.as_deref(),
                    digest: named.digest,
                    is_here,
                    usage: &self.rows[named.row].usage,
                })
                .collect(),
            gaps: self.gaps_of(places),
            unread: self.unread.get(&repository.registry),
            reached: &[],
            index: self,
        }
    }

    /// The rows that name a repository, or its namesake where its deletions go.
    pub fn rows_naming<'a>(
        &'a self,
        repository: &RepositoryId,
    ) -> impl Iterator<Item = &'a Usage> + use<'a> {
        let places = self.places_of(&repository.registry);
        let rows = self.named_rows(repository, &places).into_iter();
        rows.map(|(named, _)| &self.rows[named.row].usage)
    }

    /// The rows that carry a digest: a used digest is kept in every repository.
    pub fn rows_with_digest(&self) -> impl Iterator<Item = &Usage> {
        let rows: BTreeSet<usize> = self.by_digest.values().flatten().copied().collect();
        rows.into_iter().map(|row| &self.rows[row].usage)
    }

    /// The repositories of a registry that something names.
    pub fn repositories_named_in(&self, registry: &Place) -> impl Iterator<Item = &str> {
        self.named
            .keys()
            .filter(move |repository| repository.registry == *registry)
            .map(|repository| &*repository.name)
    }

    /// What was not seen, each gap once, sorted.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let gaps: BTreeSet<&Gap> = self.all_gaps().collect();
        gaps.into_iter().collect()
    }

    /// Whether everything was seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.all_gaps().next().is_none() && self.unread.is_empty()
    }

    /// What the reader of a plan should know: gaps, references that cannot be read, and registries
    /// of which something is not known. Sorted.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let unreadable = self.rows.iter().filter_map(|read| read.warning());
        let gaps = self.all_gaps().map(|gap| Warning {
            code: WarningCode::IncompleteUsage,
            detail: gap.to_string().into(),
        });
        let of_caches = self.cache_rules.iter().filter_map(|cache| {
            let (what, reason) = (UnreadPart::Settings, cache.unread.clone()?);
            Some((cache.place(), Unread { what, reason }))
        });
        // A registry that is swept says the same of its settings as a whole.
        let mut unread: BTreeMap<Place, Unread> = of_caches.collect();
        unread.extend(self.unread.clone());
        let registries = unread.iter().map(|(registry, unread)| Warning {
            code: WarningCode::RegistryUnreadable,
            detail: unread.in_words(registry).into(),
        });
        let warnings: BTreeSet<Warning> = unreadable.chain(gaps).chain(registries).collect();
        warnings.into_iter().collect()
    }

    fn all_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.coverage.gaps.iter().chain(&self.unreadable)
    }

    /// What was not seen and could pull from one of some registries.
    fn gaps_of(&self, places: &BTreeSet<&Place>) -> Vec<&Gap> {
        let concerns = |gap: &&Gap| places.iter().any(|place| gap.concerns(place));
        let gaps: BTreeSet<&Gap> = self.all_gaps().filter(concerns).collect();
        gaps.into_iter().collect()
    }

    /// A registry, and where its deletions go.
    fn places_of<'a>(&'a self, registry: &'a Place) -> BTreeSet<&'a Place> {
        let destinations = self.replication.get(registry).into_iter().flatten();
        destinations.chain([registry]).collect()
    }

    /// The rows that name a repository in some registries, or a cache of it, and whether they name it
    /// in its own.
    fn named_rows(
        &self,
        repository: &RepositoryId,
        places: &BTreeSet<&Place>,
    ) -> Vec<(&NamedRow, bool)> {
        let RepositoryId { registry, name } = repository;
        let rows_in = |place: &Place| self.named.get(&RepositoryId::new(place, name));
        let anywhere = self.named_anywhere.get(last_component(name)).into_iter().flatten();
        let elsewhere =
            anywhere.filter(|(cache, _)| cache != registry).map(|(_, row)| (row, false));
        places
            .iter()
            .filter_map(|place| Some((rows_in(place)?, *place == registry)))
            .flat_map(|(rows, is_own)| {
                rows.iter().map(move |row| (row, is_own && !row.is_through_cache))
            })
            .chain(elsewhere)
            .collect()
    }
}

fn last_component(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl<'a> Evidence<'a> {
    /// The rows that name a digest, in any repository.
    pub(crate) fn of_digest(&self, digest: Digest) -> impl Iterator<Item = &'a Usage> {
        let index = self.index;
        let rows = index.by_digest.get(&digest).into_iter().flatten();
        rows.map(move |row| &index.rows[*row].usage)
    }

    /// Those whom a repository's policy admits, or who own a registry where its deletions go, who
    /// were not looked at, and whom the policy does not name as off.
    pub(crate) fn not_scanned<'b>(
        &'b self,
        registry: &Place,
        admitted: &'b [Admitted],
        policy: &'b Policy,
    ) -> impl Iterator<Item = NotScanned<'b>> + use<'a, 'b> {
        let own = registry.account.clone();
        let is_missed = move |admitted: &Admitted| {
            !matches!(admitted, Admitted::Account(account) if *account == own)
                && !self.is_scanned(admitted)
                && !policy.scope.off.iter().any(|off| off.names(admitted))
        };
        let missed = is_missed.clone();
        let admitted = admitted.iter().filter(move |it| missed(it)).map(NotScanned::Admitted);
        let reached = self.reached.iter().map(|place| &place.account);
        let reached = reached.filter(move |it| is_missed(&Admitted::Account((*it).clone())));
        admitted.chain(reached.map(NotScanned::Reached))
    }

    /// Whether somebody who may pull was looked at.
    fn is_scanned(&self, admitted: &Admitted) -> bool {
        let index = self.index;
        match admitted {
            Admitted::Account(account) => {
                index.accounts.contains(account) || index.coverage.accounts.contains(account)
            }
            Admitted::Organization => index.organization,
            Admitted::Public => false,
        }
    }
}

#[cfg(test)]
mod tests;
