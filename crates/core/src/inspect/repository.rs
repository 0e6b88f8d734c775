//! The inspection of one repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Finding, FindingCode, InUse};
use crate::graph::Graph;
use crate::wording::{First, plural};
use crate::{Digest, Evidence, Image, ImageStatus, Place, Policy, Repository, Usage};

/// How many missing children the words of a finding name.
const NAMED_CHILDREN: usize = 3;

/// What is broken in one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryInspection {
    /// What this repository alone tells, sorted.
    pub findings: Vec<Finding>,
    /// The referrers whose subjects are not here. Whether these are anywhere, other repositories
    /// tell.
    pub dangling: Vec<DanglingReferrer>,
}

/// A referrer of which no subject is in its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DanglingReferrer {
    /// What it is, if its subjects are nowhere.
    pub finding: Finding,
    /// The subjects, sorted.
    pub subjects: Vec<Digest>,
}

/// Looks at every image of a repository, and at all that names one.
#[must_use]
pub fn inspect_repository(
    registry: &Place,
    repository: &Repository,
    evidence: &Evidence<'_>,
    policy: &Policy,
) -> RepositoryInspection {
    let looked = Looked {
        registry,
        repository,
        graph: Graph::new(&repository.images),
        used: Used::of(evidence),
        is_seen_whole: evidence.gaps.is_empty()
            && evidence.not_scanned(registry, &repository.allows, policy).next().is_none(),
    };
    let mut inspection = RepositoryInspection::default();
    inspection.findings.extend(missing_images(&looked, evidence));
    for (at, image) in looked.graph.images() {
        inspection.findings.extend(unpullable(&looked, at, image));
        inspection.findings.extend(unread_or_incomplete(&looked, at, image));
        inspection.dangling.extend(dangling(&looked, at, image));
    }
    inspection.findings.sort();
    inspection.dangling.sort_by(|one, other| one.finding.cmp(&other.finding));
    inspection
}

/// What every finding looks at.
struct Looked<'a> {
    registry: &'a Place,
    repository: &'a Repository,
    graph: Graph<'a>,
    used: Used<'a>,
    is_seen_whole: bool,
}

/// The rows that name an image of this very repository, or that their service resolved to one.
struct Used<'a> {
    by_tag: HashMap<&'a str, Vec<&'a Usage>>,
    by_digest: HashMap<Digest, Vec<&'a Usage>>,
}

impl<'a> Used<'a> {
    fn of(evidence: &Evidence<'a>) -> Self {
        let (mut by_tag, mut by_digest) = (HashMap::new(), HashMap::new());
        for named in evidence.named.iter().filter(|named| named.is_here) {
            if let Some(tag) = named.tag {
                by_tag.entry(tag).or_insert_with(Vec::new).push(named.usage);
            }
            for digest in named.digest.into_iter().chain(named.usage.resolved) {
                by_digest.entry(digest).or_insert_with(Vec::new).push(named.usage);
            }
        }
        Self { by_tag, by_digest }
    }

    fn of_image(&self, image: &Image) -> impl Iterator<Item = &'a Usage> {
        let by_tag = image.tags.iter().filter_map(|tag| self.by_tag.get(&**tag));
        by_tag.chain(self.by_digest.get(&image.digest)).flatten().copied()
    }
}

impl<'a> Looked<'a> {
    /// The rows that name an image, or an index that lists it: who pulls the one pulls the other.
    fn used_by(&self, at: usize) -> BTreeSet<&'a Usage> {
        let mut seen = BTreeSet::from([at]);
        let mut open = vec![at];
        let mut rows = BTreeSet::new();
        while let Some(at) = open.pop() {
            rows.extend(self.used.of_image(self.graph.image(at)));
            open.extend(self.graph.listed_by(at).iter().copied().filter(|it| seen.insert(*it)));
        }
        rows
    }

    fn finding(&self, code: FindingCode, at: usize, detail: String) -> Finding {
        let image = self.graph.image(at);
        self.about(code, Some(image.digest), image.tags.clone(), detail, self.used_by(at))
    }

    fn about(
        &self,
        code: FindingCode,
        digest: Option<Digest>,
        mut tags: Vec<Box<str>>,
        detail: String,
        used_by: BTreeSet<&Usage>,
    ) -> Finding {
        tags.sort();
        let in_use = match (used_by.is_empty(), self.is_seen_whole) {
            (false, _) => InUse::Yes,
            (true, false) => InUse::Unknown,
            (true, true) => InUse::No,
        };
        Finding {
            in_use,
            code,
            account: self.registry.account.clone(),
            region: self.registry.region.clone(),
            repository: self.repository.name.clone(),
            digest,
            tags,
            detail: detail.into(),
            used_by: used_by.into_iter().cloned().collect(),
        }
    }
}

/// Images that something names and that are not there, each once.
fn missing_images(looked: &Looked<'_>, evidence: &Evidence<'_>) -> Vec<Finding> {
    let tags: BTreeSet<&str> =
        looked.graph.images().flat_map(|(_, image)| &image.tags).map(|tag| &**tag).collect();
    let mut missing: BTreeMap<(Option<Digest>, Option<&str>), BTreeSet<&Usage>> = BTreeMap::new();
    for named in evidence.named.iter().filter(|named| named.is_here) {
        if let Some(digest) = named.digest.filter(|it| looked.graph.find(*it).is_none()) {
            missing.entry((Some(digest), None)).or_default().insert(named.usage);
        }
        if let Some(tag) = named.tag.filter(|tag| !tags.contains(tag)) {
            missing.entry((None, Some(tag))).or_default().insert(named.usage);
        }
    }
    let name = &looked.repository.name;
    missing
        .into_iter()
        .map(|((digest, tag), used_by)| {
            let detail = match (digest, tag) {
                (Some(digest), _) => format!("{name} has no image {digest}"),
                (None, tag) => {
                    format!("no image of {name} has the tag {}", tag.unwrap_or("latest"))
                }
            };
            let tags = tag.map(Into::into).into_iter().collect();
            looked.about(FindingCode::MissingImage, digest, tags, detail, used_by)
        })
        .collect()
}

fn unpullable(looked: &Looked<'_>, at: usize, image: &Image) -> Option<Finding> {
    let detail = match image.status {
        ImageStatus::Active => return None,
        ImageStatus::Archived => "it is archived: nobody can pull it until it is restored",
        ImageStatus::Activating => "it is being restored: nobody can pull it yet",
    };
    Some(looked.finding(FindingCode::UnpullableImage, at, detail.to_owned()))
}

fn unread_or_incomplete(looked: &Looked<'_>, at: usize, image: &Image) -> Option<Finding> {
    if image.is_unreadable() {
        let detail = format!("what it lists is not known ({})", image.media_type.as_str());
        return Some(looked.finding(FindingCode::UnreadIndex, at, detail));
    }
    let children: BTreeSet<Digest> = image.known_children().iter().copied().collect();
    let missing: Vec<Digest> =
        children.iter().copied().filter(|it| looked.graph.find(*it).is_none()).collect();
    if missing.is_empty() {
        return None;
    }
    let (listed, gone) = (children.len() as u64, missing.len());
    let detail = format!(
        "of the {listed} {} that it lists, {gone} {} not there: {}",
        plural(listed, "image"),
        if gone == 1 { "is" } else { "are" },
        First::of(NAMED_CHILDREN, missing).in_one_line()
    );
    Some(looked.finding(FindingCode::IncompleteIndex, at, detail))
}

/// An image with a tag of its own is something by itself, whatever its other tags say.
fn dangling(looked: &Looked<'_>, at: usize, image: &Image) -> Option<DanglingReferrer> {
    let by_tag = image.fallback_subjects().filter(|_| !image.is_tagged());
    let subjects: BTreeSet<Digest> =
        image.subject.into_iter().chain(by_tag).filter(|it| *it != image.digest).collect();
    if subjects.is_empty() || subjects.iter().any(|it| looked.graph.find(*it).is_some()) {
        return None;
    }
    let subjects: Vec<Digest> = subjects.into_iter().collect();
    let named = First::of(1, &subjects).in_one_line();
    let detail = format!("it refers to {named}, which is in no repository that was read");
    let finding = looked.finding(FindingCode::ReferrerWithoutSubject, at, detail);
    Some(DanglingReferrer { finding, subjects })
}
