use ecr_sweep_protocol::documents::Stage;
use serde_json::{Value, json};

use super::*;

const ADDRESSES: Addresses<'static> = Addresses {
    report: Some("s3://bucket/sweeps/r1/report/index.html"),
    run: "s3://bucket/sweeps/r1/",
    store: "s3://bucket",
};

fn told_after(before: Result<Option<&RunSummary>, &StepError>, summary: &RunSummary) -> String {
    let digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
    let outcome = Outcome::of(summary, Stage::Plan, false, digest);
    ended(summary, &outcome, before, Ok(&[]), &ADDRESSES).text
}

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
    ended(summary, &outcome, Ok(None), Ok(&[]), &ADDRESSES)
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
         Every document of this run: s3://bucket/sweeps/r1/\n\
         \n\
         Next\n  \
         ecr-sweep show r1 --store s3://bucket\n  \
         ecr-sweep report r1 --open --store s3://bucket\n"
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
    let question = |archive| ask(&of(true, archive), &ADDRESSES).subject;
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
    for part in ["Not seen whole", "ecs of 111122223333/eu-west-1: ecs:ListClusters was denied"] {
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
    let Message { subject, text } = ask(&summary(|_| {}), &ADDRESSES);
    assert_eq!(subject, "ecr-sweep: approve the deletion of 4 images?");
    for part in [
        "ecr-sweep show r1 --store s3://bucket\n",
        "ecr-sweep approve r1 --store s3://bucket\n",
        "ecr-sweep approve r1 --reject --store s3://bucket\n",
    ] {
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
    let Message { subject, text } = failed(&run, &error, &ADDRESSES);
    assert_eq!(subject, "ecr-sweep: failed with Conflict");
    assert!(text.contains("another run is deleting") && !text.contains("errorType"), "{text}");
    assert!(text.ends_with("\nNext\n  ecr-sweep show r1 --store s3://bucket\n"), "{text}");
    assert!(not_started("x", &error).text.contains("another run is deleting"));
}

#[test]
fn what_changed_since_the_run_before_comes_first() {
    let row = |name: &str, blocked: bool| {
        let mut row = serde_json::to_value(&summary(|_| {}).repositories[0]).unwrap();
        row["repository"] = name.into();
        if blocked {
            row["blocked"] = json!([{ "code": "manifest-unreadable", "detail": "denied" }]);
        }
        row
    };
    let before = summary(|it| {
        it["run"] = "r0".into();
        it["started_at"] = "2026-11-13T09:00:00Z".into();
        it["totals"]["plan"]["images"] = 8.into();
        it["totals"]["plan"]["delete"] = 5.into();
        it["repositories"] =
            json!([row("dev/app", false), row("dev/left", false), row("dev/mended", true)]);
    });
    let now = summary(|it| {
        it["totals"]["blocked"] = 1.into();
        it["repositories"] =
            json!([row("dev/app", true), row("dev/mended", false), row("dev/new", false)]);
    });
    let text = told_after(Ok(Some(&before)), &now);
    let told = "\nSince r0 (2026-11-13)\n  \
         images: 10, 2 more\n  \
         images planned to go: 4, 1 fewer\n  \
         blocked repositories: 1, 1 more\n  \
         111122223333/eu-west-1/dev/app: blocked now: manifest-unreadable\n  \
         111122223333/eu-west-1/dev/left: planned then, and not now\n  \
         111122223333/eu-west-1/dev/mended: no longer blocked\n  \
         111122223333/eu-west-1/dev/new: new\n\n";
    assert!(text.contains(told), "{text}");
    assert!(text.find("Since r0") < text.find("\nBlocked\n"), "{text}");
}

#[test]
fn where_nothing_changed_the_message_says_so_and_where_there_was_no_run_it_says_nothing() {
    let before = summary(|it| it["run"] = "r0".into());
    let text = told_after(Ok(Some(&before)), &summary(|_| {}));
    assert!(text.contains("\nSince r0 (2026-11-20)\n  nothing has changed\n"), "{text}");
    assert!(!told_after(Ok(None), &summary(|_| {})).contains("Since"));
}

#[test]
fn a_run_before_that_cannot_be_read_is_not_taken_for_none() {
    let error = StepError::Missing { run: "r0".parse().unwrap(), address: "s3://bucket/x".into() };
    let text = told_after(Err(&error), &summary(|_| {}));
    assert!(text.contains("\nSince the run before\n  not known: "), "{text}");
}

#[test]
fn what_mends_a_block_is_one_command_away() {
    let text = message_of(&summary(|it| {
        let block = json!({ "code": "manifest-unreadable", "detail": "denied" });
        it["repositories"][0]["blocked"] = json!([block, block]);
    }))
    .text;
    assert_eq!(text.matches("\n  ecr-sweep help manifest-unreadable\n").count(), 1, "{text}");
}

#[test]
fn a_store_is_one_word_of_a_shell() {
    let addresses = Addresses { store: "s3://bucket/our sweeps", ..ADDRESSES };
    let text = ask(&summary(|_| {}), &addresses).text;
    assert!(text.contains("ecr-sweep show r1 --store 's3://bucket/our sweeps'\n"), "{text}");
}

#[test]
fn a_notice_tells_which_others_did_not_arrive() {
    let digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
    let summary = summary(|_| {});
    let outcome = Outcome::of(&summary, Stage::Plan, false, digest);
    let untold = ["r0, of the end: teams-webhook t: it answers 404".to_owned()];
    let text = ended(&summary, &outcome, Ok(None), Ok(&untold), &ADDRESSES).text;
    let told = format!("\nNotices that did not arrive\n  {}\n", untold[0]);
    assert!(text.contains(&told), "{text}");
}

/// Two repositories of one channel, and one of another.
fn of_channels(change: impl FnOnce(&mut Value)) -> RunSummary {
    summary(|summary| {
        let rows = summary["repositories"].as_array_mut().unwrap();
        let mut second = rows[0].clone();
        second["repository"] = "dev/web".into();
        let mut third = rows[0].clone();
        third["repository"] = "prod/api".into();
        rows[0]["notify"] = json!(["C1"]);
        second["notify"] = json!(["C1"]);
        third["notify"] = json!(["C2"]);
        rows.extend([second, third]);
        change(summary);
    })
}

#[test]
fn a_channel_hears_what_could_go_when_the_rest_does_and_what_blocks() {
    let summary = of_channels(|summary| {
        let rows = summary["repositories"].as_array_mut().unwrap();
        rows[0]["goes_on"] = json!([{ "on": "2026-12-03", "images": 2 }]);
        rows[1]["goes_on"] = json!([{ "on": "2026-12-01", "images": 1 }]);
        rows[1]["blocked"] = json!([{ "code": "incomplete-usage", "detail": "not\nseen" }]);
    });
    let messages = owned(&summary, Owned::Ended, &ADDRESSES);
    let channels: Vec<&str> = messages.keys().map(|it| &**it).collect();
    assert_eq!(channels, ["C1", "C2"]);
    let Message { subject, text } = &messages["C1"];
    assert_eq!(
        subject,
        "ecr-sweep: dry run: 8 images of your repositories could go, at most 8.0 KiB"
    );
    let registry = "111122223333/eu-west-1";
    assert_eq!(
        text,
        &format!(
            "run           r1\n\
             repositories  2, blocked 1\n\
             \n\
             Could go\n  \
             {registry}/dev/app: 4 of 10 images, at most 4.0 KiB\n  \
             {registry}/dev/web: 4 of 10 images, at most 4.0 KiB\n\
             \n\
             Goes on\n  \
             2026-12-01: {registry}/dev/web: 1 images that wait until then\n  \
             2026-12-03: {registry}/dev/app: 2 images that wait until then\n\
             \n\
             Blocked\n  \
             {registry}/dev/web: incomplete-usage: not\\nseen\n\
             \n\
             The report, for a browser: s3://bucket/sweeps/r1/report/index.html\n\
             Every document of this run: s3://bucket/sweeps/r1/\n\
             \n\
             Next\n  \
             ecr-sweep show r1 --store s3://bucket\n"
        )
    );
}

#[test]
fn a_channel_hears_what_went_and_what_is_still_there() {
    let summary = of_channels(|summary| {
        summary["dry_run"] = false.into();
        let rows = summary["repositories"].as_array_mut().unwrap();
        rows[0]["outcomes"]["deleted"] = 3.into();
        rows[0]["outcomes"]["deleted_bytes"] = 2048.into();
        rows[0]["not_deleted"] = json!([{ "reason": "its tag moved", "images": 1 }]);
    });
    let messages = owned(&summary, Owned::Ended, &ADDRESSES);
    // Nothing went of the other one's.
    assert_eq!(messages.len(), 1);
    let Message { subject, text } = &messages["C1"];
    assert_eq!(subject, "ecr-sweep: 3 images of your repositories deleted, at most 2.0 KiB");
    for line in ["dev/app: 3 of 10 images, at most 2.0 KiB", "dev/app: 1 images: its tag moved"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("dev/web:"), "{text}");
}

#[test]
fn a_channel_is_asked_only_where_something_of_its_own_is_to_go() {
    let summary = of_channels(|summary| {
        let rows = summary["repositories"].as_array_mut().unwrap();
        rows[2]["plan"]["delete"] = 0.into();
        rows[2]["blocked"] = json!([{ "code": "incomplete-usage", "detail": "not seen" }]);
    });
    let messages = owned(&summary, Owned::Asked, &ADDRESSES);
    assert_eq!(messages.len(), 1);
    assert!(messages["C1"].subject.contains("8 images of your repositories to be deleted"));
}
