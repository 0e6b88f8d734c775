//! What people are told, in plain text.

use std::fmt::Write as _;

use ecr_sweep_core::wording::{First, in_a_line};
use ecr_sweep_core::{
    Bytes, Gap, GapGroup, GoesOn, Savings, WarningCode, group_gaps, group_remedies,
};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{
    FindingSummary, RepositorySummary, RunId, RunSummary, RunTotals,
};
use ecr_sweep_protocol::functions::{Caught, Outcome};

/// How many repositories, failures, sources and warnings a message names.
const NAMED: usize = 20;

/// Warnings of what has a section of its own.
const TOLD_ABOVE: [WarningCode; 2] =
    [WarningCode::IncompleteUsage, WarningCode::RegistryUnreadable];

/// A subject and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) text: String,
}

/// What could go or went, in a line, and what that saves.
fn what_went(summary: &RunSummary) -> (String, Option<&Savings>) {
    let RunTotals { plan, outcomes, .. } = &summary.totals;
    if summary.dry_run {
        let freed = Bytes(plan.delete_bytes);
        let archive = apart(plan.archive, "could be archived");
        let (deleted, images) = (plan.deleted(), plan.images);
        let what =
            format!("dry run: {deleted} of {images} images could go, at most {freed}{archive}");
        (what, summary.saves.as_ref())
    } else {
        let freed = Bytes(outcomes.deleted_bytes);
        let archived = if plan.archive > 0 {
            format!(", {} of {} archived", outcomes.archived, plan.archive)
        } else {
            String::new()
        };
        let (deleted, planned) = (outcomes.deleted, plan.deleted());
        let what = format!("{deleted} of {planned} images deleted, at most {freed}{archived}");
        (what, summary.saved.as_ref())
    }
}

/// How a run ended.
pub(super) fn ended(
    summary: &RunSummary,
    outcome: &Outcome,
    report: Option<&str>,
    address: &str,
) -> Message {
    let (what, saves) = what_went(summary);
    let headline = match (&outcome.error, summary.ending) {
        (Some(error), _) => format!("failed with {}: ", in_a_line(error.as_str())),
        (None, Ending::Done) => String::new(),
        (None, _) => "incomplete: ".to_owned(),
    };
    let mut text = format!("{what}\n");
    let mut line = |line: String| text.push_str(&(line + "\n"));
    line(format!("run           {}", summary.run));
    line(format!(
        "repositories  {}, blocked {}",
        summary.totals.repositories, summary.totals.blocked
    ));
    if let Some(saves) = saves {
        line(format!("saves         {saves}"));
    }
    if let Some(in_use) = summary.findings.as_ref().map(FindingSummary::in_use).filter(|it| *it > 0)
    {
        line(format!("broken        {in_use} in use: `ecr-sweep inspect` tells all"));
    }
    if let Some(error) = &outcome.error {
        line(format!("\n{}: {}", in_a_line(error.as_str()), in_a_line(&outcome.cause)));
    }
    let unseen: Vec<Gap> = summary.incomplete.iter().map(Gap::from).collect();
    section(&mut text, "Not seen whole", group_gaps(&unseen).iter().map(GapGroup::with_sources));
    let everywhere = summary.coverage_default_reason.iter().map(ToString::to_string);
    section(&mut text, "Not seen at all", everywhere);
    let remedies = group_remedies(summary.gaps().into_iter().flat_map(|gap| gap.remedies));
    section(&mut text, "What helps", remedies.iter().map(ToString::to_string));
    section(
        &mut text,
        "Failed",
        summary.failed.iter().map(|it| format!("{}: {}: {}", it.id(), it.error, it.message)),
    );
    section(
        &mut text,
        "Registries that could not be read",
        summary.unread_registries.iter().map(|it| it.unread.in_words(&it.place())),
    );
    section(
        &mut text,
        "Blocked",
        summary.repositories.iter().flat_map(|it| {
            it.blocked
                .iter()
                .map(move |block| format!("{}: {}: {}", it.id(), block.code, block.detail))
        }),
    );
    section(
        &mut text,
        "Still there",
        summary.repositories.iter().flat_map(|it| {
            it.not_deleted
                .iter()
                .map(move |row| format!("{}: {} images: {}", it.id(), row.images, row.reason))
        }),
    );
    let mut deleting: Vec<&RepositorySummary> =
        summary.repositories.iter().filter(|it| it.plan.delete > 0).collect();
    deleting.sort_by_key(|it| std::cmp::Reverse(it.plan.delete_bytes));
    let title = if summary.dry_run { "Could go" } else { "Planned" };
    section(
        &mut text,
        title,
        deleting.into_iter().map(|it| {
            let freed = Bytes(it.plan.delete_bytes);
            let archive = apart(it.plan.archive, "archived first");
            let (deleted, images) = (it.plan.deleted(), it.plan.images);
            format!("{}: {deleted} of {images} images, at most {freed}{archive}", it.id())
        }),
    );
    section(&mut text, "Goes on", goes_on(&summary.goes_on));
    section(
        &mut text,
        "Warnings",
        summary
            .warnings
            .iter()
            .filter(|it| !TOLD_ABOVE.contains(&it.code))
            .map(|it| format!("{}: {}", it.code, it.detail)),
    );
    text.push_str(&at_the_end(report, address));
    Message { subject: format!("ecr-sweep: {headline}{what}"), text }
}

/// Where the rest is.
fn at_the_end(report: Option<&str>, address: &str) -> String {
    let report = report.map(|report| format!("\nThe report, for a browser: {report}"));
    format!("{}\nEvery document of this run: {address}\n", report.unwrap_or_default())
}

/// A plan that waits for an answer.
pub(super) fn ask(summary: &RunSummary, report: Option<&str>, address: &str) -> Message {
    let plan = &summary.totals.plan;
    let (run, freed) = (&summary.run, Bytes(plan.delete_bytes));
    let saves = summary.saves.as_ref().map(|it| format!("That saves {it}.\n")).unwrap_or_default();
    Message {
        subject: match (plan.deleted(), plan.archive) {
            (deleted, 0) => format!("ecr-sweep: approve the deletion of {deleted} images?"),
            (0, archive) => format!("ecr-sweep: approve the archiving of {archive} images?"),
            (deleted, archive) => format!(
                "ecr-sweep: approve the deletion of {deleted} images, and the archiving of {archive}?"
            ),
        },
        text: format!(
            "{} of {} images in {} repositories are to be deleted, at most {freed}{}.\n{saves}\n\
             Look at the plan:   ecr-sweep show {run}\n\
             or read it here:    {}\n\n\
             Approve it:         ecr-sweep approve {run}\n\
             Reject it:          ecr-sweep approve {run} --reject\n\n\
             Usage is scanned and the plan is made again before anything is deleted.\n",
            plan.deleted(),
            plan.images,
            summary.totals.repositories,
            apart(plan.archive, "to be archived"),
            report.unwrap_or(address)
        ),
    }
}

/// A run that ended before it could be judged.
pub(super) fn failed(run: &RunId, error: &Caught, address: &str) -> Message {
    Message {
        subject: format!("ecr-sweep: failed with {}", in_a_line(error.error.as_str())),
        text: format!(
            "The run `{run}` failed with {}.\n\n{}\n\nEvery document of this run: {address}\n",
            in_a_line(error.error.as_str()),
            in_a_line(&error.message())
        ),
    }
}

/// An execution that never became a run.
pub(super) fn not_started(execution: &str, error: &Caught) -> Message {
    Message {
        subject: format!("ecr-sweep: not started, {}", in_a_line(error.error.as_str())),
        text: format!(
            "The execution `{}` could not start a run: {}.\n\n{}\n",
            in_a_line(execution),
            in_a_line(error.error.as_str()),
            in_a_line(&error.message())
        ),
    }
}

/// What is archived first, apart from what is deleted.
fn apart(archive: u64, how: &str) -> String {
    if archive > 0 { format!(", {archive} {how}") } else { String::new() }
}

/// What waits, by the day on which it goes at the earliest.
fn goes_on(days: &[GoesOn]) -> impl Iterator<Item = String> {
    days.iter().map(|GoesOn { on, images }| format!("{on}: {images} images that wait until then"))
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines = First::of(NAMED, lines);
    if lines.told.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}\n");
    for line in lines.lines() {
        let _ = writeln!(text, "  {}", in_a_line(&line));
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_protocol::documents::Stage;
    use serde_json::{Value, json};

    use super::*;

    fn summary(change: impl FnOnce(&mut Value)) -> RunSummary {
        let plan = json!({
            "images": 10, "keep": 6, "delete": 4, "would_delete": 0,
            "keep_bytes": 600, "delete_bytes": 4096,
        });
        let outcomes = json!({
            "deleted": 0, "already_gone": 0, "failed": 0, "skipped": 0, "deleted_bytes": 0,
        });
        let digest = format!("sha256:{}", "a".repeat(64));
        let mut summary = json!({
            "schema_version": 1, "run": "r1", "ending": "done", "dry_run": true,
            "started_at": "2026-11-20T00:00:00Z", "ended_at": "2026-11-20T00:01:00Z",
            "totals": { "repositories": 1, "blocked": 0, "plan": plan, "outcomes": outcomes },
            "coverage_default": "complete", "incomplete": [], "failed": [], "warnings": [],
            "repositories": [{
                "account": "111122223333", "region": "eu-west-1", "repository": "dev/app",
                "plan_digest": digest, "plan": plan, "blocked": [], "outcomes": outcomes,
                "not_deleted": [],
            }],
        });
        change(&mut summary);
        serde_json::from_value(summary).unwrap()
    }

    fn message_of(summary: &RunSummary) -> Message {
        let digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
        let outcome = Outcome::of(summary, Stage::Plan, false, digest);
        ended(
            summary,
            &outcome,
            Some("s3://bucket/sweeps/r1/report/index.html"),
            "s3://bucket/sweeps/r1/",
        )
    }

    #[test]
    fn a_dry_run_says_what_could_go_and_where_to_read_it() {
        let Message { subject, text } = message_of(&summary(|_| {}));
        assert_eq!(subject, "ecr-sweep: dry run: 4 of 10 images could go, at most 4.0 KiB");
        assert_eq!(
            text,
            "dry run: 4 of 10 images could go, at most 4.0 KiB\n\
             run           r1\n\
             repositories  1, blocked 0\n\
             \n\
             Could go\n  \
             111122223333/eu-west-1/dev/app: 4 of 10 images, at most 4.0 KiB\n\
             \n\
             The report, for a browser: s3://bucket/sweeps/r1/report/index.html\n\
             Every document of this run: s3://bucket/sweeps/r1/\n"
        );
    }

    #[test]
    fn what_goes_saves_money_and_the_message_says_how_much_at_most() {
        let saves = json!({ "at_most_cents": 12_345, "price": "$0.10", "of": "AWS, 2026-03" });
        let of = |dry_run: bool, field: &str| {
            message_of(&summary(|summary| {
                summary["dry_run"] = dry_run.into();
                summary[field] = saves.clone();
            }))
            .text
        };
        let told = "saves         at most $123.45 a month, at $0.10 a GB (AWS, 2026-03)\n";
        for (dry_run, field) in [(true, "saves"), (false, "saved")] {
            assert!(of(dry_run, field).contains(told), "{}", of(dry_run, field));
        }
        assert!(!of(false, "saves").contains("saves  "), "what was not deleted saves nothing");
    }

    #[test]
    fn what_is_archived_first_is_told_apart_from_what_is_deleted() {
        let of = |dry_run: bool, archive: u64| {
            summary(|summary| {
                summary["dry_run"] = dry_run.into();
                summary["totals"]["plan"]["archive"] = archive.into();
                summary["totals"]["outcomes"]["archived"] = 2.into();
            })
        };
        let subject = |dry_run, archive| message_of(&of(dry_run, archive)).subject;
        assert!(subject(true, 3).contains("1 of 10 images could go"), "{}", subject(true, 3));
        assert!(subject(true, 3).ends_with(", 3 could be archived"), "{}", subject(true, 3));
        assert!(subject(false, 3).ends_with(", 2 of 3 archived"), "{}", subject(false, 3));
        let question = |archive| ask(&of(true, archive), None, "s3://bucket/sweeps/r1/").subject;
        assert_eq!(question(0), "ecr-sweep: approve the deletion of 4 images?");
        assert_eq!(question(4), "ecr-sweep: approve the archiving of 4 images?");
        let both = "ecr-sweep: approve the deletion of 1 images, and the archiving of 3?";
        assert_eq!(question(3), both);
    }

    #[test]
    fn what_waits_is_told_by_the_day_on_which_it_goes() {
        let Message { text, .. } = message_of(&summary(|summary| {
            summary["goes_on"] = json!([{ "on": "2026-11-27", "images": 3 }]);
        }));
        let line = "\nGoes on\n  2026-11-27: 3 images that wait until then\n";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn what_is_in_use_and_broken_is_counted_at_the_top() {
        let broken = |in_use: &str| {
            message_of(&summary(|summary| {
                let count = json!({ "in_use": in_use, "code": "missing-image", "findings": 2 });
                summary["findings"] = json!({ "counts": [count], "worst": [] });
            }))
            .text
        };
        let line = "\nbroken        2 in use: `ecr-sweep inspect` tells all\n";
        assert!(broken("yes").contains(line), "{}", broken("yes"));
        assert!(!broken("no").contains("inspect"), "{}", broken("no"));
    }

    #[test]
    fn a_sweep_that_deleted_nothing_says_what_was_not_seen() {
        let Message { subject, text } = message_of(&summary(|summary| {
            summary["dry_run"] = false.into();
            summary["ending"] = "nothing-deleted".into();
            summary["incomplete"] = json!([{
                "account": "111122223333", "region": "eu-west-1", "source": "ecs",
                "status": "failed", "reason": "ecs:ListClusters was denied",
            }]);
        }));
        assert!(subject.starts_with("ecr-sweep: failed with IncompleteUsage: "), "{subject}");
        for part in ["Not seen whole", "ecs of 111122223333/eu-west-1: ecs:ListClusters was denied"]
        {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_long_list_names_its_first_rows_and_counts_the_others() {
        let Message { text, .. } = message_of(&summary(|summary| {
            let repository = summary["repositories"][0].clone();
            summary["repositories"] = vec![repository; 25].into();
        }));
        assert_eq!(text.matches("dev/app").count(), NAMED);
        assert!(text.contains("and 5 more"), "{text}");
    }

    #[test]
    fn what_helps_in_many_places_is_told_once() {
        let Message { text, .. } = message_of(&summary(|summary| {
            let row = |account: u64| {
                json!({
                    "account": format!("{account:012}"), "region": "eu-west-1", "source": "ecs",
                    "status": "failed", "reason": "denied",
                    "remedies": [
                        { "do": "allow", "action": "ecs:ListClusters", "account": format!("{account:012}") },
                        { "do": "switch-off-account", "account": format!("{account:012}") },
                    ],
                })
            };
            summary["incomplete"] = (1..=30).map(row).collect();
        }));
        let helps = text.split("What helps\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let lines: Vec<&str> = helps.lines().collect();
        let [allow, off] = &lines[..] else { panic!("{text}") };
        assert!(allow.contains("the same of 29 more accounts: 000000000002"), "{allow}");
        assert_eq!(off.matches("\"0000000000").count(), 30, "{off}");
    }

    #[test]
    fn who_is_asked_is_told_how_to_look_and_how_to_answer() {
        let Message { subject, text } = ask(&summary(|_| {}), None, "s3://bucket/sweeps/r1/");
        assert_eq!(subject, "ecr-sweep: approve the deletion of 4 images?");
        for part in ["ecr-sweep show r1", "ecr-sweep approve r1", "ecr-sweep approve r1 --reject"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_failure_is_told_with_its_message_and_not_with_its_json() {
        let error = Caught {
            error: "Conflict".into(),
            cause: r#"{"errorType":"Conflict","errorMessage":"another run is deleting"}"#.into(),
        };
        let run: RunId = "r1".parse().unwrap();
        let Message { subject, text } = failed(&run, &error, "s3://bucket/sweeps/r1/");
        assert_eq!(subject, "ecr-sweep: failed with Conflict");
        assert!(text.contains("another run is deleting") && !text.contains("errorType"), "{text}");
        assert!(not_started("x", &error).text.contains("another run is deleting"));
    }
}
