//! What can be done about what was not seen: the cause, in the light of where the caller is.

use std::collections::BTreeSet;

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::sources::ScanError;
use ecr_sweep_core::{Account, CoverageRow, CoverageStatus, Place, Remedy};

/// What a place that was not seen stands in.
pub(crate) struct Circumstances<'a> {
    /// The caller's account, and the Region to start from.
    pub(crate) home: &'a Place,
}

impl Circumstances<'_> {
    /// About a source that could not be scanned in a place.
    pub(crate) fn about_scan(&self, place: &Place, error: &ScanError) -> Vec<Remedy> {
        match error {
            ScanError::Aws(error) if error.is_denied_by_organization() => self.about_region(place),
            ScanError::Aws(error) => self.about_call(&place.account, error),
            ScanError::Store(error) => error.remedy().into_iter().collect(),
            ScanError::Unreadable { resource, .. } => {
                vec![Remedy::ChangeResource { arn: resource.clone() }]
            }
            ScanError::Kubernetes { cluster, error } => error.remedies(cluster),
            ScanError::OutOfTime { .. } => Vec::new(),
        }
    }

    /// About the Regions of an account that could not be listed.
    pub(crate) fn about_listing(
        &self,
        account: &Account,
        is_active: bool,
        error: &AwsError,
    ) -> Vec<Remedy> {
        if !is_active {
            return self.without_account(account);
        }
        let mut remedies = self.about_call(account, error);
        if matches!(error.remedy(), Some(Remedy::Allow { .. })) {
            remedies.push(Remedy::NameRegions {});
        }
        remedies
    }

    /// About a Region of which nothing may be read, though the caller has what it takes elsewhere.
    pub(crate) fn about_region(&self, place: &Place) -> Vec<Remedy> {
        if place.region == self.home.region {
            return Vec::new();
        }
        let off = Remedy::SwitchOffRegion { region: place.region.clone() };
        vec![Remedy::NameRegions {}, off]
    }

    /// Adds what can be done about Regions in which every source was denied, where the same account
    /// could be read elsewhere: that is hardly for want of a permission.
    pub(crate) fn add_about_regions(&self, rows: &mut [CoverageRow]) {
        let is_seen = |row: &&CoverageRow| {
            row.status == CoverageStatus::Complete && !row.source.facts().is_handed_in
        };
        let seen: BTreeSet<Place> = rows.iter().filter(is_seen).map(CoverageRow::place).collect();
        for row in rows {
            let place = row.place();
            let is_read_elsewhere = seen.iter().any(|other| other.account == place.account);
            if is_denied(row) && !seen.contains(&place) && is_read_elsewhere {
                row.remedies.extend(self.about_region(&place));
            }
        }
    }

    /// About a call that failed in an account: one that cannot be entered may have nothing in it.
    fn about_call(&self, account: &Account, error: &AwsError) -> Vec<Remedy> {
        let remedy = error.remedy();
        let is_closed = matches!(remedy, Some(Remedy::AllowRole { .. }));
        let mut remedies: Vec<Remedy> = remedy.into_iter().collect();
        if is_closed {
            remedies.extend(self.without_account(account));
        }
        remedies
    }

    /// The caller's own account is always looked at.
    fn without_account(&self, account: &Account) -> Vec<Remedy> {
        let is_home = *account == self.home.account;
        let off = (!is_home).then(|| Remedy::SwitchOffAccount { account: account.clone() });
        off.into_iter().collect()
    }
}

fn is_denied(row: &CoverageRow) -> bool {
    row.remedies.iter().any(|remedy| matches!(remedy, Remedy::Allow { .. }))
}
