//! Random coverage.

use ecr_sweep_core::{
    Coverage, CoverageDefault, CoverageRow, CoverageStatus, Probed, Reach, Source,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::pools::place;

pub(super) fn coverage() -> impl Strategy<Value = Coverage> {
    let default =
        prop_oneof![9 => Just(CoverageDefault::Complete), 1 => Just(CoverageDefault::Failed)];
    prop_oneof![
        6 => Just(Coverage::COMPLETE),
        4 => (default, vec(row(), 0..4))
            .prop_map(|(default, except)| Coverage { default, except }),
    ]
}

/// A source; most often one of those that are not like the others: that pull from their own Region
/// alone, or that have clusters.
pub(super) fn special_source() -> impl Strategy<Value = Source> {
    let of = |is_so: fn(Source) -> bool| {
        Source::ALL.into_iter().filter(|source| is_so(*source)).collect::<Vec<_>>()
    };
    prop_oneof![
        2 => select(of(|source| source.facts().reach == Reach::OwnRegion)),
        1 => select(of(|source| source.facts().has_clusters)),
        2 => select(&Source::ALL[..]),
    ]
}

fn row() -> impl Strategy<Value = CoverageRow> {
    let status =
        select(vec![CoverageStatus::Complete, CoverageStatus::Off, CoverageStatus::Failed]);
    let source = special_source();
    let reason = select(vec![None, Some("AccessDenied")]);
    let cluster = select(vec![None, Some("lab"), Some("blue")]);
    let probed = select(vec![None, None, Some(Probed::Used), Some(Probed::Denied)]);
    (place(), source, cluster, status, reason, probed).prop_map(
        |(place, source, cluster, status, reason, probed)| CoverageRow {
            account: place.account,
            region: place.region,
            cluster: cluster
                .filter(|_| source.facts().has_clusters)
                .map(|name| name.parse().unwrap()),
            source,
            status,
            reason: reason.map(Into::into),
            probed,
            remedies: Vec::new(),
        },
    )
}
