//! What files say, beside what was seen.

use ecr_sweep_core::{CoverageRow, CoverageStatus, Policy, Remedy, ScanPlace, Source, Usage};
use ecr_sweep_protocol::ScannedSource;

use super::{FromFile, HandedIn};

impl HandedIn {
    /// Adds what the files say. A source in a place that was not seen whole is complete where a file
    /// says that it saw it whole; what a scan saw or the policy turns off stays as it is.
    pub(crate) fn add_to(
        self,
        policy: &Policy,
        coverage: &mut Vec<CoverageRow>,
        usage: &mut Vec<Usage>,
    ) {
        if let Some(files) = self.row {
            let is_same =
                |it: &CoverageRow| it.scanned() == files.scanned() && it.source == files.source;
            coverage.retain(|row| !is_same(row));
            coverage.push(files);
        }
        for from_file in self.scanned {
            let FromFile { file, scanned } = from_file;
            let (place, source) = (scanned.place(), scanned.source);
            let row = coverage.iter_mut().find(|it| it.scanned() == place && it.source == source);
            match row {
                Some(row) => change(row, &file, &scanned),
                None => coverage.push(row_of(policy, place, &file, &scanned)),
            }
        }
        usage.extend(self.usage);
    }

    /// Adds what was looked at by who wrote the files.
    pub(crate) fn add_looked_at(&self, looked_at: &mut Vec<ScannedSource>) {
        for FromFile { scanned, .. } in &self.scanned {
            let is_same = |it: &&mut ScannedSource| {
                it.place() == scanned.place() && it.source == scanned.source
            };
            match looked_at.iter_mut().find(is_same) {
                Some(known) => {
                    known.complete = if scanned.source.facts().is_handed_in {
                        known.complete && scanned.complete
                    } else {
                        known.complete || scanned.complete
                    };
                    known.reason = known.reason.take().filter(|_| !known.complete);
                    known.found += scanned.found;
                }
                None => looked_at.push(scanned.clone()),
            }
        }
        let failed = self.row.as_ref().filter(|row| row.status == CoverageStatus::Failed);
        if let Some(row) = failed {
            let place = row.scanned();
            let is_same =
                |it: &&mut ScannedSource| it.place() == place && it.source == Source::Files;
            match looked_at.iter_mut().find(is_same) {
                Some(known) => (known.complete, known.reason) = (false, row.reason.clone()),
                None => looked_at.push(not_seen(row)),
            }
        }
    }
}

fn change(row: &mut CoverageRow, file: &str, scanned: &ScannedSource) {
    match (row.status, scanned.complete) {
        // One more file says nothing about another.
        (CoverageStatus::Failed, true) if !row.source.facts().is_handed_in => {
            row.status = CoverageStatus::Complete;
            row.reason = Some(format!("`{file}` says what is there").into());
            row.probed = None;
            row.remedies.clear();
        }
        (CoverageStatus::Complete, false) if row.source.facts().is_handed_in => {
            row.status = CoverageStatus::Failed;
            row.reason = Some(in_words(file, scanned));
            row.remedies = vec![Remedy::HandIn { file: file.into() }];
        }
        _ => {}
    }
}

fn row_of(policy: &Policy, place: ScanPlace, file: &str, scanned: &ScannedSource) -> CoverageRow {
    let off = policy.scope.off_reason(&place, scanned.source);
    let (status, reason, remedies) = match (off, scanned.complete) {
        (Some(off), _) => (CoverageStatus::Off, Some(off.into()), Vec::new()),
        (None, true) => {
            let reason = format!("`{file}` says what is there");
            (CoverageStatus::Complete, Some(reason.into()), Vec::new())
        }
        (None, false) => {
            let remedies = vec![Remedy::HandIn { file: file.into() }];
            (CoverageStatus::Failed, Some(in_words(file, scanned)), remedies)
        }
    };
    let ScanPlace { account, region, cluster } = place;
    let (source, probed) = (scanned.source, None);
    CoverageRow { account, region, cluster, source, status, reason, probed, remedies }
}

/// Why a file does not complete what it is about.
fn in_words(file: &str, scanned: &ScannedSource) -> Box<str> {
    match &scanned.reason {
        Some(reason) => format!("`{file}` says that not everything was seen: {reason}").into(),
        None => format!("`{file}` says that not everything was seen").into(),
    }
}

fn not_seen(row: &CoverageRow) -> ScannedSource {
    ScannedSource {
        account: row.account.clone(),
        region: row.region.clone(),
        cluster: row.cluster.clone(),
        source: row.source,
        platform: None,
        complete: false,
        reason: row.reason.clone(),
        found: 0,
        references: 0,
        calls: None,
        milliseconds: None,
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::policy::Off;
    use ecr_sweep_core::{Account, ClusterName, Region};

    use super::*;

    fn place(cluster: Option<&str>) -> ScanPlace {
        ScanPlace {
            account: Account::try_from("111122223333".to_owned()).unwrap(),
            region: Region::try_from("eu-west-1".to_owned()).unwrap(),
            cluster: cluster.map(|name| ClusterName::try_from(name.to_owned()).unwrap()),
        }
    }

    fn row(place: ScanPlace, source: Source, status: CoverageStatus) -> CoverageRow {
        let ScanPlace { account, region, cluster } = place;
        let reason = Some("it said so".into());
        let (probed, remedies) = (None, Vec::new());
        CoverageRow { account, region, cluster, source, status, reason, probed, remedies }
    }

    fn from_file(place: ScanPlace, source: Source, complete: bool) -> FromFile {
        let status = CoverageStatus::Failed;
        let scanned =
            ScannedSource { complete, reason: None, ..not_seen(&row(place, source, status)) };
        FromFile { file: "f.json".into(), scanned }
    }

    fn merged(
        policy: &Policy,
        row: Option<CoverageRow>,
        seen: &[CoverageRow],
        said: FromFile,
    ) -> Vec<CoverageStatus> {
        let handed_in = HandedIn { row, scanned: vec![said], ..HandedIn::default() };
        let mut coverage = seen.to_vec();
        handed_in.add_to(policy, &mut coverage, &mut Vec::new());
        coverage.into_iter().map(|row| row.status).collect()
    }

    #[test]
    fn only_what_failed_and_a_file_saw_whole_becomes_complete() {
        use CoverageStatus::{Complete, Failed, Off};
        let blue = || place(Some("blue"));
        for (seen, complete, expected) in [
            (Failed, true, Complete),
            (Failed, false, Failed),
            (Complete, false, Complete),
            (Complete, true, Complete),
            (Off, true, Off),
            (Off, false, Off),
        ] {
            let row = row(blue(), Source::Kubernetes, seen);
            let said = from_file(blue(), Source::Kubernetes, complete);
            let after = merged(&Policy::default(), None, &[row], said);
            assert_eq!(after, [expected], "{seen:?} {complete}");
        }
    }

    #[test]
    fn a_file_completes_what_it_is_about_and_nothing_else() {
        use CoverageStatus::{Complete, Failed};
        let seen = [
            row(place(None), Source::Kubernetes, Failed),
            row(place(Some("green")), Source::Kubernetes, Failed),
            row(place(None), Source::Ecs, Failed),
        ];
        let said = from_file(place(Some("blue")), Source::Kubernetes, true);
        let after = merged(&Policy::default(), None, &seen, said);
        assert_eq!(after, [Failed, Failed, Failed, Complete]);
    }

    #[test]
    fn what_nothing_else_is_known_of_is_as_the_file_says_or_off() {
        let said = || from_file(place(Some("blue")), Source::Kubernetes, false);
        assert_eq!(merged(&Policy::default(), None, &[], said()), [CoverageStatus::Failed]);
        let mut policy = Policy::default();
        policy.scope.off.push(Off {
            source: Some(Source::Kubernetes),
            accounts: Vec::new(),
            regions: [].into(),
            clusters: ["blue".into()].into(),
            reason: "it is the lab".into(),
            even_if_used: false,
        });
        assert_eq!(merged(&policy, None, &[], said()), [CoverageStatus::Off]);
    }

    #[test]
    fn a_good_file_does_not_complete_a_bad_one() {
        use CoverageStatus::{Complete, Failed};
        for (files, complete, expected) in
            [(Failed, true, Failed), (Complete, false, Failed), (Complete, true, Complete)]
        {
            let row = row(place(None), Source::Files, files);
            let said = from_file(place(None), Source::Files, complete);
            let after = merged(&Policy::default(), Some(row), &[], said);
            assert_eq!(after, [expected], "{files:?} {complete}");
        }
    }
}
