//! Usage: whether every source, cluster and usage file can be read whole. They are read as a run
//! reads them, for a source tells only then what it is denied.

use std::collections::BTreeSet;

use ecr_sweep_aws::sources::{Permission, ScanCache, UsageSource};
use ecr_sweep_core::{CoverageRow, CoverageStatus, Remedy};
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use futures::{StreamExt, TryStreamExt, stream};

use super::Examined;
use super::accounts::Entered;
use super::findings::Findings;
use super::fixes::{reader_in, statement};
use crate::steps::remedies::Circumstances;
use crate::steps::scan_usage::{PLACES_AT_ONCE, scan_scope};
use crate::steps::usage_files::look_at_usage_files;
use crate::{Phase, Reading, StepError};

/// Looks at every source in every place that can be entered.
pub(super) async fn examine(reading: &Reading, entered: &Entered) -> Result<Examined, StepError> {
    reading.progress.start(Phase::ScanUsage, entered.scopes.len() as u64);
    let rows: Vec<Vec<CoverageRow>> = stream::iter(&entered.scopes)
        .map(async |place| {
            let cache = ScanCache::unchanged(reading.store.clone());
            let scan = scan_scope(reading, place, &cache).await?;
            reading.progress.step(Phase::ScanUsage, 1);
            Ok::<_, StepError>(scan.coverage)
        })
        .buffer_unordered(PLACES_AT_ONCE)
        .try_collect()
        .await?;
    let mut rows = rows.concat();
    let (files, _) = look_at_usage_files(reading).await?;
    files.add_to(&reading.policy, &mut rows, &mut Vec::new());
    let home = reading.sessions.home();
    Circumstances { home }.add_about_regions(&mut rows);
    let mut findings = Findings::default();
    for row in rows.iter().filter(|row| row.status == CoverageStatus::Failed) {
        add(reading, row, &mut findings);
    }
    let looked_at = rows.iter().filter(|row| row.status != CoverageStatus::Off).count();
    Ok(Examined::new(DoctorPart::Usage, looked_at as u64, findings))
}

/// A source that was not seen whole.
fn add(reading: &Reading, row: &CoverageRow, findings: &mut Findings) {
    let place = &row.scanned();
    let source = row.source;
    let reason = row.reason.as_deref().unwrap_or("no reason is told");
    for remedy in first_of_each(&row.remedies) {
        let said = remedy.to_string();
        match remedy {
            Remedy::Allow { action, .. } => {
                let problem = format!("{source}: `{action}` is denied");
                findings.add(
                    DoctorCode::CallDenied,
                    place,
                    problem,
                    allowing(reading, row, action),
                );
            }
            Remedy::EnableRegion { .. } => {
                findings.add(DoctorCode::RegionDisabled, place, reason, said);
            }
            Remedy::AllowRole { .. } => {
                findings.add(DoctorCode::RoleNotAssumable, place, reason, said);
            }
            Remedy::SwitchOffRegion { .. } | Remedy::NameRegions {} => {
                let problem = if row.remedies.iter().any(|it| matches!(it, Remedy::Allow { .. })) {
                    "everything is denied in the Region, and not elsewhere in the account: a policy of the organization may do that"
                } else {
                    "a policy of the organization denies what is read in the Region"
                };
                findings.add(DoctorCode::RegionDenied, place, problem, said);
            }
            Remedy::AdmitToCluster { .. } => {
                let problem = "the cluster does not know the caller";
                findings.add(DoctorCode::ClusterClosed, place, problem, said);
            }
            Remedy::AllowInCluster { group, resource, .. } => {
                let problem = format!("listing `{resource}` of the API group `{group}` is denied");
                findings.add(DoctorCode::ClusterCallDenied, place, problem, said);
            }
            Remedy::ReachCluster { .. } => {
                findings.add(DoctorCode::ClusterNotReached, place, reason, said);
            }
            Remedy::HandIn { file } => {
                findings.add(DoctorCode::UsageFileRefused, file, reason, said);
            }
            _ => findings.add(DoctorCode::NotRead, place, format!("{source}: {reason}"), said),
        }
    }
    if row.remedies.is_empty() {
        let fix = "mend what the message names, then look again";
        findings.add(DoctorCode::NotRead, place, format!("{source}: {reason}"), fix);
    }
}

/// What mends it first: that one could as well not look there is told by the others. Each file, and
/// each resource of a cluster, has to be mended by itself.
fn first_of_each(remedies: &[Remedy]) -> impl Iterator<Item = &Remedy> {
    let is_one_of_many =
        |it: &Remedy| matches!(it, Remedy::HandIn { .. } | Remedy::AllowInCluster { .. });
    let are_many = remedies.iter().all(is_one_of_many);
    let is_closed = remedies.iter().any(|remedy| matches!(remedy, Remedy::SwitchOffRegion { .. }));
    let told = if are_many { remedies.len() } else { 1 };
    let chosen = remedies
        .iter()
        .filter(move |remedy| !is_closed || matches!(remedy, Remedy::SwitchOffRegion { .. }));
    chosen.take(told)
}

/// What allows all that a source reads: whoever mends one call after another comes again for each.
fn allowing(reading: &Reading, row: &CoverageRow, action: &str) -> String {
    let reader = reader_in(reading, &row.account);
    let partition = reading.sessions.caller_arn().split(':').nth(1).unwrap_or("aws");
    let permissions = reading.sources.find(row.source).map(UsageSource::permissions);
    let permissions = permissions.unwrap_or_default();
    let mut statements: Vec<String> = permissions
        .iter()
        .map(|permission| {
            let actions: Vec<&str> = permission.actions().collect();
            statement(&actions, &permission.resource.in_words(partition, "*"))
        })
        .collect();
    let known: BTreeSet<&str> = permissions.iter().flat_map(Permission::actions).collect();
    if !known.contains(action) {
        statements.push(statement(&[action], "*"));
    }
    format!("add to the policy of {reader}: {}", statements.join(", "))
}
