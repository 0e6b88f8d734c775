//! Random usage of services that have no workloads in a snapshot.

use ecr_sweep_core::{Digest, Registry, Usage};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::usage::{ReferenceDraft, reference, resolved};
use super::{PLACES, arn, plain_row};

/// A resource that names an image, before it is known which images there are.
#[derive(Debug, Clone)]
pub(super) struct OtherDraft {
    kind: &'static str,
    cluster: &'static str,
    place: usize,
    image: ReferenceDraft,
    resolved: Option<Digest>,
}

pub(super) fn draft(kinds: &'static [&'static str]) -> impl Strategy<Value = OtherDraft> {
    let kind = prop_oneof![
        5 => select(kinds),
        1 => select(vec!["kubernetes-pod", "kubernetes-replica-set", "files"]),
    ];
    let cluster = select(vec!["blue", "lab"]);
    (kind, cluster, 0usize..PLACES, reference(), resolved()).prop_map(
        |(kind, cluster, place, image, resolved)| OtherDraft {
            kind,
            cluster,
            place,
            image,
            resolved,
        },
    )
}

impl OtherDraft {
    pub(super) fn finish(self, number: usize, registries: &[Registry]) -> Usage {
        let own_arn = arn("other", self.place, &number.to_string());
        let reference = self.image.finish(registries);
        let row = plain_row(self.kind, &own_arn, self.place, &reference);
        let has_clusters = row.kind.source().facts().has_clusters;
        let cluster = has_clusters.then(|| self.cluster.parse().unwrap());
        Usage { resolved: self.resolved, cluster, ..row }
    }
}
