//! What the tests of this crate share.

use ecr_sweep_core::{
    CoverageDefault, Deletion, Digest, Image, Kept, Place, Reason, Repository, RepositoryId,
    RepositoryPlan, Summary,
};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{
    OutcomeCounts, RepositorySummary, RunImages, RunSummary, RunTotals, StoredPlan, V1, sha256,
};
use jiff::{SignedDuration, Timestamp};

use crate::RepositoryRecord;

pub(crate) fn digest(of: &str) -> Digest {
    sha256(of.as_bytes())
}

pub(crate) fn reason(code: &str, detail: &str) -> Reason {
    let evidence: Vec<ecr_sweep_core::Usage> = Vec::new();
    Reason { code: code.parse().expect("it is one"), detail: detail.into(), evidence }
}

fn used() -> Reason {
    let usage = serde_json::json!({
        "reference": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/dev/app:v1",
        "source": "ecs-service", "arn": "arn:aws:ecs:eu-west-1:111122223333:service/web/web",
        "account": "111122223333", "region": "eu-west-1", "seen_at": "2026-11-20T10:00:00Z",
    });
    let evidence = vec![serde_json::from_value(usage).expect("it is one")];
    Reason { evidence, ..reason("used-by-ecs-service", "web runs it") }
}

/// A repository of so many images: the first half goes, one of the others is used.
pub(crate) fn record(name: &str, images: u32) -> RepositoryRecord {
    let place = Place {
        account: "111122223333".parse().expect("it is one"),
        region: "eu-west-1".parse().expect("it is one"),
    };
    let id = RepositoryId::new(&place, name);
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("it is one");
    let found: Vec<Image> = (0..images)
        .map(|number| {
            let mut image = Image::new(digest(&format!("{name}{number}")));
            image.tags = vec![format!("v{number}").into()];
            image.size_bytes = Some(1_000_000 * u64::from(number + 1));
            image.pushed_at =
                Some(now - SignedDuration::from_hours(24 * i64::from(images - number)));
            image
        })
        .collect();
    let half = images as usize / 2;
    let delete: Vec<Deletion> = found[..half]
        .iter()
        .map(|image| Deletion {
            digest: image.digest,
            tags: image.tags.clone(),
            size_bytes: image.size_bytes,
            pushed_at: image.pushed_at,
            archive: false,
        })
        .collect();
    let keep: Vec<Kept> = found[half..]
        .iter()
        .enumerate()
        .map(|(place, image)| Kept {
            digest: image.digest,
            tags: image.tags.clone(),
            reasons: vec![if place == 0 {
                used()
            } else {
                reason("newest", &format!("number {place} of the newest 10000 tagged images"))
            }],
            goes_at: None,
        })
        .collect();
    let bytes = |some: &[Image]| some.iter().filter_map(|image| image.size_bytes).sum();
    let summary = Summary {
        images: u64::from(images),
        keep: keep.len() as u64,
        delete: delete.len() as u64,
        would_delete: 0,
        would_delete_bytes: 0,
        keep_bytes: bytes(&found[half..]),
        delete_bytes: bytes(&found[..half]),
        ..Summary::default()
    };
    let plan = RepositoryPlan {
        account: place.account.clone(),
        region: place.region.clone(),
        repository: name.into(),
        summary,
        goes_on: Vec::new(),
        blocked: Vec::new(),
        delete,
        keep,
    };
    let repository = Repository {
        name: name.into(),
        tags: std::collections::BTreeMap::new(),
        allows: Vec::new(),
        use_history: None,
        images: found,
    };
    let run = "r1".parse().expect("it is one");
    let images = Some(RunImages::of(&run, &id, now, &repository));
    let plan = StoredPlan {
        schema_version: V1,
        run,
        planned_at: now,
        policy_digest: digest("policy"),
        evidence_at: now,
        allows: Vec::new(),
        absent_subjects: std::collections::BTreeSet::new(),
        awaits: None,
        unlisted: Vec::new(),
        findings: None,
        read_alone: None,
        plan,
        waves: Vec::new(),
        warnings: Vec::new(),
        sought_in_vain: std::collections::BTreeSet::new(),
    };
    RepositoryRecord { plan, images, receipts: None }
}

/// The summary of a dry run over these.
pub(crate) fn summary(records: &[RepositoryRecord]) -> RunSummary {
    let at: Timestamp = "2026-11-20T12:00:00Z".parse().expect("it is one");
    let mut totals = RunTotals { repositories: records.len() as u64, ..RunTotals::default() };
    let repositories = records.iter().map(|record| {
        let plan = &record.plan.plan;
        totals.plan.images += plan.summary.images;
        totals.plan.keep += plan.summary.keep;
        totals.plan.delete += plan.summary.delete;
        totals.plan.keep_bytes += plan.summary.keep_bytes;
        totals.plan.delete_bytes += plan.summary.delete_bytes;
        RepositorySummary {
            account: plan.account.clone(),
            region: plan.region.clone(),
            repository: plan.repository.clone(),
            plan_digest: digest("plan"),
            plan: plan.summary,
            goes_on: Vec::new(),
            blocked: Vec::new(),
            outcomes: OutcomeCounts::default(),
            not_deleted: Vec::new(),
            to_vault: None,
            notify: Vec::new(),
        }
    });
    let repositories = repositories.collect();
    RunSummary {
        schema_version: V1,
        run: "r1".parse().expect("it is one"),
        ending: Ending::Done,
        stopped: None,
        dry_run: true,
        started_at: at,
        ended_at: at,
        totals,
        coverage_default: CoverageDefault::Complete,
        coverage_default_reason: None,
        coverage_default_sources: None,
        coverage_default_remedies: Vec::new(),
        incomplete: Vec::new(),
        failed: Vec::new(),
        unread_registries: Vec::new(),
        warnings: Vec::new(),
        findings: None,
        goes_on: Vec::new(),
        saves: None,
        saved: None,
        untouched: Vec::new(),
        off: Vec::new(),
        repositories,
    }
}
