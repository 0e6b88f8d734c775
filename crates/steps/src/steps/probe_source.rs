//! A first look at what the policy turns off: what is there speaks against it.
//!
//! One call for each list of a source in a place. That nothing was found says nothing for the policy: it says why
//! it is safe not to look. That nobody may look does not speak against it either: who turns off what
//! the caller has no permission for can do no more. Both are said in the row.

use ecr_sweep_aws::sources::{self, Found, Scan, ScanError};
use ecr_sweep_aws::{AwsErrorKind, count_calls};
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{CoverageRow, CoverageStatus, Probed, Remedy, Source};
use ecr_sweep_protocol::ScannedSource;

use super::scan_usage::{SourceScan, TimeIsUp, row};
use crate::Reading;

/// Looks once at a source that is off in a place. A cluster that is off by its name is known to be
/// there, and what is off even if it is used is not looked at.
pub(super) async fn probe_source(
    reading: &Reading,
    scan: &Scan<'_>,
    source: Source,
    reason: &str,
) -> Result<SourceScan, TimeIsUp> {
    let place = scan.place;
    let off = |probed, reason: String| {
        let off = row(place, source, CoverageStatus::Off, Some(reason.into()));
        SourceScan::not_looked_at(CoverageRow { probed, ..off })
    };
    let is_asked =
        place.cluster.is_none() && !reading.policy.scope.is_off_even_if_used(place, source);
    let Some(built) = reading.sources.find(source).filter(|_| is_asked) else {
        return Ok(off(None, reason.to_owned()));
    };
    let (found, calls) = count_calls(sources::probe(built, scan)).await;
    let found = match found {
        Ok(None) => return Ok(off(Some(Probed::Empty), reason.to_owned())),
        Ok(Some(found)) => found,
        Err(ScanError::OutOfTime { .. }) => return Err(TimeIsUp),
        Err(error) => {
            let error_text = with_causes(&error);
            tracing::info!(%place, %source, error = error_text, "not known to be empty");
            let unknown =
                format!("{reason} (whether something is there is not known: {error_text})");
            return Ok(off(Some(probed(&error)), unknown));
        }
    };
    let refused = in_words(&found);
    tracing::info!(%place, %source, reason = refused, "not off");
    let row = CoverageRow {
        probed: Some(Probed::Used),
        remedies: vec![Remedy::LookAtSource { source }],
        ..row(place, source, CoverageStatus::Failed, Some(refused.clone().into()))
    };
    let looked_at = ScannedSource {
        account: place.account.clone(),
        region: place.region.clone(),
        cluster: None,
        source,
        platform: None,
        complete: false,
        reason: Some(refused.into()),
        found: found.count,
        references: 0,
        calls: Some(calls),
        milliseconds: None,
    };
    Ok(SourceScan { row, looked_at: Some(looked_at), scanned: None })
}

fn probed(error: &ScanError) -> Probed {
    match error {
        ScanError::Aws(error) if error.kind == AwsErrorKind::AccessDenied => Probed::Denied,
        _ => Probed::Failed,
    }
}

fn in_words(found: &Found) -> String {
    let Found { count, is_more, example } = found;
    let at_least = if *is_more { "at least " } else { "" };
    let exist = if *count == 1 && !is_more { "exists" } else { "exist" };
    format!(
        "off, but {at_least}{count} {exist}, e.g. {example}; turn it on, or say `even_if_used: true`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_against_an_off_is_told_with_an_example() {
        let found = |count, is_more| in_words(&Found { count, is_more, example: "arn:a".into() });
        let end = "e.g. arn:a; turn it on, or say `even_if_used: true`";
        assert_eq!(found(1, false), format!("off, but 1 exists, {end}"));
        assert_eq!(found(3, false), format!("off, but 3 exist, {end}"));
        assert_eq!(found(100, true), format!("off, but at least 100 exist, {end}"));
    }
}
