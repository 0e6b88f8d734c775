//! A second witness against what the policy turns off: AWS Resource Explorer. It speaks against an `off`
//! alone: that it knows of nothing says nothing.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::Indexed;
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{Account, CoverageRow, CoverageStatus, Probed, Remedy};
use futures::{StreamExt, stream};

use crate::Reading;

/// Refuses the rows of sources that are off and of which Resource Explorer knows something in the same
/// account and Region: those that were looked at and found empty, or that nobody could look at. One
/// search an account; where nobody may ask, or it is not turned on, the rows stay as they are.
pub(crate) async fn refuse_what_is_indexed(reading: &Reading, rows: &mut [CoverageRow]) {
    let mut types: BTreeMap<Account, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_asked(row)) {
        let of_source = row.source.facts().resource_types;
        types.entry(row.account.clone()).or_default().extend(of_source);
    }
    types.retain(|_, types| !types.is_empty());
    let found: Vec<(Account, Vec<Indexed>)> = stream::iter(types)
        .map(async |(account, types)| {
            let found = reading.sessions.search_resources(&account, &types).await;
            let found = found.unwrap_or_else(|error| {
                let error = with_causes(&error);
                tracing::info!(%account, error, "Resource Explorer was not asked");
                Vec::new()
            });
            (account, found)
        })
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let found: BTreeMap<Account, Vec<Indexed>> = found.into_iter().collect();
    for row in rows.iter_mut().filter(|row| is_asked(row)) {
        let types = row.source.facts().resource_types;
        let indexed = found.get(&row.account).into_iter().flatten();
        let here: Vec<&Indexed> = indexed
            .filter(|it| it.region == row.region && types.contains(&&*it.resource_type))
            .collect();
        if let Some(first) = here.first() {
            refuse(row, here.len(), &first.arn);
        }
    }
}

/// What is off even if it is used, or by the name of its cluster, was not looked at.
fn is_asked(row: &CoverageRow) -> bool {
    row.status == CoverageStatus::Off
        && row.cluster.is_none()
        && row.probed.is_some_and(|probed| probed != Probed::Used)
}

fn refuse(row: &mut CoverageRow, count: usize, example: &str) {
    let reason = format!(
        "off, but Resource Explorer knows {count}, e.g. {example}; turn it on, or say `even_if_used: true`"
    );
    tracing::info!(place = %row.scanned(), source = %row.source, reason, "not off");
    row.status = CoverageStatus::Failed;
    row.probed = Some(Probed::Used);
    row.reason = Some(reason.into());
    row.remedies = vec![Remedy::LookAtSource { source: row.source }];
}
