//! What the whole report tells of many repositories, taken from one after the other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ecr_sweep_core::{ReasonCode, RepositoryId};
use ecr_sweep_protocol::documents::{RunSummary, V1};
use ecr_sweep_protocol::report::{KeptFor, NeverPulled, NotRead, PastRun, Report, ReportedImage};

use crate::RepositoryRecord;
use crate::fate::Fate;
use crate::rows::{Row, rows};

/// How many images each list names.
const NAMED: usize = 10;

/// What was seen of repositories so far. The order in which they come changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    kept_for: BTreeMap<ReasonCode, u64>,
    biggest: Vec<ReportedImage>,
    oldest: Vec<ReportedImage>,
    never_pulled: NeverPulled,
    without_images: u64,
    not_read: Vec<NotRead>,
}

impl Survey {
    /// What one repository adds.
    #[must_use]
    pub fn of(record: &RepositoryRecord) -> Self {
        let mut survey =
            Self { without_images: u64::from(record.images.is_none()), ..Self::default() };
        for row in rows(record) {
            if row.fate.is_going() {
                survey.biggest.push(reported(record, &row));
            }
            for code in row.reasons.iter().map(|reason| &reason.code) {
                *survey.kept_for.entry(code.clone()).or_default() += 1;
            }
            let is_pulled = row.pulled_at().is_some();
            if row.fate == Fate::Keep && row.is_used() && row.found.is_some() && !is_pulled {
                survey.never_pulled.images += 1;
                survey.never_pulled.biggest.push(reported(record, &row));
            }
        }
        survey.oldest.clone_from(&survey.biggest);
        survey.bound();
        survey
    }

    /// What a repository adds whose documents cannot be read.
    #[must_use]
    pub fn unread(id: &RepositoryId, reason: &str) -> Self {
        let not_read = NotRead {
            account: id.registry.account.clone(),
            region: id.registry.region.clone(),
            repository: id.name.clone(),
            reason: reason.into(),
        };
        Self { not_read: vec![not_read], ..Self::default() }
    }

    /// This and what others add.
    pub fn add(&mut self, other: Self) {
        for (code, images) in other.kept_for {
            *self.kept_for.entry(code).or_default() += images;
        }
        self.biggest.extend(other.biggest);
        self.oldest.extend(other.oldest);
        self.never_pulled.images += other.never_pulled.images;
        self.never_pulled.biggest.extend(other.never_pulled.biggest);
        self.without_images += other.without_images;
        self.not_read.extend(other.not_read);
        self.bound();
    }

    fn bound(&mut self) {
        for by_size in [&mut self.biggest, &mut self.never_pulled.biggest] {
            by_size.sort_by(|one, other| {
                let key = |it: &ReportedImage| Reverse(it.size_bytes);
                key(one).cmp(&key(other)).then_with(|| name(one).cmp(&name(other)))
            });
            by_size.truncate(NAMED);
        }
        self.oldest.retain(|image| image.pushed_at.is_some());
        self.oldest.sort_by(|one, other| {
            one.pushed_at.cmp(&other.pushed_at).then_with(|| name(one).cmp(&name(other)))
        });
        self.oldest.truncate(NAMED);
    }

    /// The report of a run of which every repository was added.
    #[must_use]
    pub fn into_report(self, summary: RunSummary, past: Vec<PastRun>) -> Report {
        let Self { kept_for, biggest, oldest, never_pulled, without_images, mut not_read } = self;
        let mut kept_for: Vec<KeptFor> =
            kept_for.into_iter().map(|(code, images)| KeptFor { code, images }).collect();
        kept_for.sort_by(|one, other| {
            (Reverse(one.images), &one.code).cmp(&(Reverse(other.images), &other.code))
        });
        not_read.sort();
        Report {
            schema_version: V1,
            summary,
            past,
            kept_for,
            biggest,
            oldest,
            never_pulled,
            backtest: None,
            without_images,
            not_read,
        }
    }
}

fn name(image: &ReportedImage) -> (RepositoryId, ecr_sweep_core::Digest) {
    (image.repository_id(), image.digest)
}

fn reported(record: &RepositoryRecord, row: &Row<'_>) -> ReportedImage {
    let plan = &record.plan.plan;
    ReportedImage {
        account: plan.account.clone(),
        region: plan.region.clone(),
        repository: plan.repository.clone(),
        digest: row.digest,
        tags: row.tags.to_vec(),
        size_bytes: row.size_bytes,
        pushed_at: row.pushed_at,
        pulled_at: row.pulled_at(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{record, summary};

    #[test]
    fn the_order_of_repositories_changes_nothing_and_the_lists_are_bounded() {
        let records: Vec<RepositoryRecord> =
            (0..30).map(|number| record(&format!("app-{number:02}"), 40)).collect();
        let add = |records: &mut dyn Iterator<Item = &RepositoryRecord>| {
            let mut all = Survey::default();
            records.for_each(|record| all.add(Survey::of(record)));
            all
        };
        let survey = add(&mut records.iter());
        assert_eq!(survey, add(&mut records.iter().rev()));
        let report = survey.into_report(summary(&records), Vec::new());
        assert_eq!((report.biggest.len(), report.oldest.len()), (NAMED, NAMED));
        assert!(report.biggest.is_sorted_by_key(|image| Reverse(image.size_bytes)));
        assert!(report.oldest.is_sorted_by_key(|image| image.pushed_at));
        assert_eq!(report.never_pulled.images, 30);
        assert!(report.kept_for.is_sorted_by_key(|it| Reverse(it.images)));
    }

    #[test]
    fn what_is_not_known_to_be_pulled_never_is_not_told_so() {
        let mut record = record("app", 10);
        assert_eq!(Survey::of(&record).never_pulled.images, 1);
        record.images = None;
        let survey = Survey::of(&record);
        assert_eq!((survey.never_pulled.images, survey.without_images), (0, 1));
    }
}
