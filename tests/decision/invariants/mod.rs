//! What must hold of every plan, whatever the organization. The numbers are those of the safety
//! argument.

mod archive;
mod evidence;
mod grace;
mod limits;
mod more;
mod output;
mod used;
mod waves;

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image, Repository, RepositoryPlan, fallback_subject};
use ecr_sweep_protocol::Snapshot;

/// Cases of each of these properties.
const CASES: u32 = 2_000;

/// What goes, or would go were nothing in the way.
fn going(plan: &RepositoryPlan) -> BTreeSet<Digest> {
    let would = plan.blocked.iter().flat_map(|block| &block.would_delete).copied();
    plan.delete.iter().map(|deletion| deletion.digest).chain(would).collect()
}

fn repository<'a>(snapshot: &'a Snapshot, plan: &RepositoryPlan) -> &'a Repository {
    let registry = snapshot.registries.iter().find(|it| it.place() == plan.place()).unwrap();
    registry.repositories.iter().find(|it| it.name == plan.repository).unwrap()
}

fn lists(index: &Image, image: &Image) -> bool {
    index.known_children().contains(&image.digest)
}

fn refers_to(referrer: &Image, image: &Image) -> bool {
    referrer.subject == Some(image.digest)
        || referrer.digest != image.digest
            && referrer.tags.iter().any(|tag| fallback_subject(tag) == Some(image.digest))
}
