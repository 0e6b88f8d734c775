//! What other repositories of a run say of the images of this one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Reasons};
use crate::{BlockCode, Digest, Place, Reason, ReasonCode, RepositoryId, Unread};

/// What other repositories of a run say of the images of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Of the subjects that are not here ([`Decision::absent_subjects`](crate::Decision)), those
    /// that stay in another repository, or may.
    pub subjects: BTreeMap<Digest, Whereabouts>,
    /// The namesakes to which deletions go.
    pub replicas: Vec<Replica>,
}

impl Elsewhere {
    /// Nothing is said.
    pub const NOTHING: Self = Self { subjects: BTreeMap::new(), replicas: Vec::new() };
}

/// Where an image stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whereabouts {
    /// In this repository.
    In(RepositoryId),
    /// Perhaps in this repository, which could not be asked.
    NotKnown(RepositoryId),
    /// Perhaps in this registry, of which nobody could list the repositories.
    Unlisted(Place),
}

/// What is decided over a repository to which deletions go, by its own rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The repository.
    pub repository: RepositoryId,
    /// What stays there for its own sake.
    pub keeps: BTreeSet<Digest>,
    /// What blocks it, or would if anything were deleted there.
    pub blocks: Vec<(BlockCode, Box<str>)>,
}

impl Replica {
    /// One that no rule takes: it keeps everything.
    #[must_use]
    pub fn untouched(repository: RepositoryId, images: impl IntoIterator<Item = Digest>) -> Self {
        Self { repository, keeps: images.into_iter().collect(), blocks: Vec::new() }
    }

    /// One of a registry of which nobody could list the repositories: what it keeps is not known.
    #[must_use]
    pub fn unlisted(repository: RepositoryId, unread: &Unread) -> Self {
        let detail = unread.in_words(&repository.registry).into();
        let blocks = vec![(BlockCode::RegistryUnreadable, detail)];
        Self { repository, keeps: BTreeSet::new(), blocks }
    }
}

/// Keeps what a repository keeps to which deletions go, and what refers to an image that stays in
/// another repository.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    if *facts.elsewhere == Elsewhere::NOTHING {
        return;
    }
    for (at, image) in facts.graph.images() {
        let digest = image.digest;
        if let Some(replica) =
            facts.elsewhere.replicas.iter().find(|replica| replica.keeps.contains(&digest))
        {
            let detail = format!("{} keeps it, and deletions go there", replica.repository);
            reasons[at].push(Reason::new(ReasonCode::KeptByReplica, detail));
        }
        let subject = facts
            .graph
            .absent_subjects(at)
            .filter_map(|subject| Some((subject, facts.elsewhere.subjects.get(&subject)?)))
            .min();
        if let Some((subject, whereabouts)) = subject {
            let detail = match whereabouts {
                Whereabouts::In(repository) => {
                    format!("it refers to {subject}, which stays in {repository}")
                }
                Whereabouts::NotKnown(repository) => format!(
                    "it refers to {subject}, and whether that is in {repository} is not known"
                ),
                Whereabouts::Unlisted(registry) => {
                    format!(
                        "it refers to {subject}, and whether that is in {registry} is not known"
                    )
                }
            };
            reasons[at].push(Reason::new(ReasonCode::ReferrerOfImageElsewhere, detail));
        }
    }
}

/// Why replicas block, by code.
pub(super) fn blocks(facts: &Facts<'_>, code: BlockCode) -> impl Iterator<Item = String> {
    facts.elsewhere.replicas.iter().flat_map(move |replica| {
        let of_code = replica.blocks.iter().filter(move |(own, _)| *own == code);
        of_code.map(|(_, detail)| format!("{}, where deletions go: {detail}", replica.repository))
    })
}
