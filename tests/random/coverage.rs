//! Random coverage.

use ecr_sweep_core::{Coverage, CoverageDefault, CoverageRow, CoverageStatus, Source};
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

fn row() -> impl Strategy<Value = CoverageRow> {
    let status =
        select(vec![CoverageStatus::Complete, CoverageStatus::Off, CoverageStatus::Failed]);
    // Half of the rows are Lambda's, the one source that does not pull from everywhere.
    let source = prop_oneof![Just(Source::Lambda), select(&Source::ALL[..])];
    let reason = select(vec![None, Some("AccessDenied")]);
    (place(), source, status, reason).prop_map(|(place, source, status, reason)| CoverageRow {
        account: place.account,
        region: place.region,
        source,
        status,
        reason: reason.map(Into::into),
    })
}
