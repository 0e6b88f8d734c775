//! Writes reports of made-up runs into a folder, for the tests in a browser: `pages FOLDER`.
//!
//! Each is one of the sizes that pages are held to, with texts from outside that are not kind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ecr_sweep_core::{
    Block, BlockCode, CoverageDefault, Finding, FindingCode, GoesOn, InUse, Remedy, Source,
    Warning, WarningCode,
};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{BlockSummary, FindingSummary, RunSummary};
use ecr_sweep_protocol::report::PastRun;
use ecr_sweep_report::{INDEX, RepositoryRecord, Survey, index_page, repository_pages};
use jiff::SignedDuration;

#[path = "../src/testing.rs"]
mod testing;

use testing::{record, summary};

/// A text that wants to be more than a text.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)> \u{202e}gnp.exe \u{7}";

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: pages FOLDER");
        std::process::exit(2);
    };
    let folder = Path::new(&folder);
    write(&folder.join("small"), &some(), odd)?;
    write(&folder.join("images-10"), &[record("dev/app", 10)], |_| {})?;
    write(&folder.join("images-1000"), &[record("dev/app", 1_000)], |_| {})?;
    write(&folder.join("images-20000"), &[record("dev/app", 20_000)], |_| {})?;
    let many: Vec<RepositoryRecord> = (0..3_000)
        .map(|number| record(&format!("team-{}/app-{number:04}", number % 40), 4))
        .collect();
    write(&folder.join("repositories-3000"), &many, |_| {})?;
    // As many as the list has, with names as long as there are.
    let longest: Vec<RepositoryRecord> =
        (0..8_000).map(|number| record(&format!("{number:0>256}"), 1)).collect();
    write_first(&folder.join("repositories-8000"), &longest, |_| {})
}

/// A few repositories in which everything happens that a report tells.
fn some() -> Vec<RepositoryRecord> {
    let mut records: Vec<RepositoryRecord> = ["dev/app", "prod/web", "team/worker", "base/image"]
        .iter()
        .zip([60, 35, 20, 12])
        .map(|(name, images)| record(name, images))
        .collect();
    records[1].plan.plan.account = "444455556666".parse().expect("an account");
    // What one waits for.
    let waiting = &mut records[2].plan.plan.keep[3];
    waiting.reasons =
        vec![testing::reason("in-grace", "planned since 2026-11-19, and goes after 7d")];
    waiting.goes_at = Some("2026-11-26T12:00:00Z".parse().expect("a moment"));
    // What is blocked.
    let blocked = &mut records[3].plan.plan;
    let would_delete: Vec<_> =
        std::mem::take(&mut blocked.delete).into_iter().map(|it| it.digest).collect();
    blocked.summary.would_delete = std::mem::take(&mut blocked.summary.delete);
    blocked.summary.delete_bytes = 0;
    let detail = "ecs in 444455556666/eu-west-1 was not seen: AccessDenied".into();
    blocked.blocked.push(Block { code: BlockCode::IncompleteUsage, detail, would_delete });
    // What is not kind, and what is long.
    let hostile = &mut records[0].plan.plan;
    hostile.delete[0].tags = vec![HOSTILE.into(), "x".repeat(128).into()];
    hostile.keep[1].reasons[0].detail = HOSTILE.into();
    hostile.keep[2].tags = (0..40).map(|number| format!("build-{number}").into()).collect();
    records
}

/// What else a run tells.
fn odd(summary: &mut RunSummary) {
    summary.ending = Ending::Incomplete;
    summary.coverage_default = CoverageDefault::Failed;
    summary.coverage_default_reason = Some("the organization could not be listed".into());
    summary.coverage_default_sources = Some(vec![Source::Ecs, Source::Lambda]);
    summary.coverage_default_remedies = vec![
        Remedy::AllowInOrganization { action: "organizations:ListAccounts".into() },
        Remedy::NameConsumers {},
    ];
    let detail: Box<str> = "ecs in 444455556666/eu-west-1 was not seen: AccessDenied".into();
    summary.repositories[3].blocked =
        vec![BlockSummary { code: BlockCode::IncompleteUsage, detail }];
    summary.totals.blocked = 1;
    summary.totals.plan.would_delete = 6;
    summary.goes_on = vec![GoesOn { on: "2026-11-26".parse().expect("a day"), images: 1 }];
    summary.repositories[2].goes_on.clone_from(&summary.goes_on);
    summary.warnings = vec![
        Warning { code: WarningCode::MissingImage, detail: HOSTILE.into() },
        Warning {
            code: WarningCode::OldRevisionsOnly,
            detail: "12 images of `dev/app` are kept by old revisions alone".into(),
        },
    ];
    summary.findings = FindingSummary::of(vec![Finding {
        in_use: InUse::Yes,
        code: FindingCode::MissingImage,
        account: "111122223333".parse().expect("an account"),
        region: "eu-west-1".parse().expect("a Region"),
        repository: "prod/web".into(),
        digest: None,
        tags: vec!["v1".into()],
        detail: "no image has the tag `v1`".into(),
        used_by: Vec::new(),
    }]);
}

fn write(
    folder: &Path,
    records: &[RepositoryRecord],
    change: impl FnOnce(&mut RunSummary),
) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for record in records {
        for (name, page) in repository_pages(record) {
            fs::write(folder.join(name), page)?;
        }
    }
    write_first(folder, records, change)
}

/// The first page alone.
fn write_first(
    folder: &Path,
    records: &[RepositoryRecord],
    change: impl FnOnce(&mut RunSummary),
) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let (mut survey, mut pages) = (Survey::default(), BTreeSet::new());
    for record in records {
        survey.add(Survey::of(record));
        pages.insert(record.id());
    }
    let mut summary = summary(records);
    change(&mut summary);
    let past = past(&summary);
    let report = survey.into_report(summary, past);
    fs::write(folder.join(INDEX), index_page(&report, &pages))
}

/// Runs of the weeks before.
fn past(summary: &RunSummary) -> Vec<PastRun> {
    let before = |weeks: i64| {
        let mut totals = summary.totals;
        let part = |bytes: u64| bytes / 20 * (20 - weeks.unsigned_abs());
        totals.plan.keep_bytes = part(totals.plan.keep_bytes);
        totals.plan.delete_bytes = part(totals.plan.delete_bytes);
        PastRun {
            run: format!("r-{weeks}").parse().expect("a run"),
            started_at: summary.started_at - SignedDuration::from_hours(7 * 24 * weeks),
            dry_run: true,
            totals,
        }
    };
    (0..12).rev().map(before).collect()
}
