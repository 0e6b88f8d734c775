//! Runs that are over, or on their way: listed, shown, watched, explained.

use std::fs;

use serde_json::{Value, json};

use super::world::World;
use crate::command::{ecr_sweep, ended};
use crate::documents::is_valid;

/// The names of the runs in the folder, newest first.
fn runs(world: &World) -> Vec<String> {
    let listed = world.run(&["runs", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    is_valid(&listed, "runs");
    let runs = listed["runs"].as_array().unwrap();
    runs.iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn runs_are_listed_newest_first_without_credentials() {
    let world = World::new();
    world.run(&["plan"]);
    world.run(&["run", "--yes"]);
    world.simulator.reset_counts();
    let listed = ended(ecr_sweep(world.path(), &["runs"]));
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let rows: Vec<Vec<&str>> =
        listed.stdout.lines().map(|line| line.split_whitespace().skip(3).collect()).collect();
    assert_eq!(rows[1..], [vec!["sweep", "3", "3", "done"], vec!["dry", "run", "3", "0", "done"]]);
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn what_only_explained_an_image_is_no_run() {
    let world = World::new();
    assert_eq!(world.run(&["explain", "dev/app:v1"]).code, Some(0));
    let listed = world.run(&["runs"]);
    assert_eq!(listed.stdout, "There are no runs here.\n");
    let shown = world.run(&["show", "latest"]);
    assert_eq!(shown.code, Some(2));
    assert!(shown.stderr.contains("there is no run in .ecr-sweep"), "{}", shown.stderr);
}

#[test]
fn a_run_is_named_by_its_first_letters_or_as_the_latest() {
    let world = World::new();
    world.run(&["plan"]);
    world.run(&["plan"]);
    let names = runs(&world);
    let latest = world.run(&["show", "latest"]);
    assert!(latest.stdout.starts_with(&format!("Run {}", names[0])), "{}", latest.stdout);
    let ambiguous = world.run(&["show", "20"]);
    assert_eq!(ambiguous.code, Some(2));
    assert!(ambiguous.stderr.contains("the beginning of 2 runs"), "{}", ambiguous.stderr);
    let first = &names[1][..names[1].len() - 1];
    let shown = world.run(&["show", first]);
    assert!(shown.stdout.starts_with(&format!("Run {}", names[1])), "{}", shown.stderr);
    let nobody = world.run(&["show", "nobody"]);
    assert!(nobody.stderr.contains(&names[0]), "{}", nobody.stderr);
}

#[test]
fn a_run_that_did_not_end_is_shown_as_such() {
    let world = World::new();
    world.run(&["plan"]);
    let [run] = &runs(&world)[..] else { panic!("one run") };
    fs::remove_file(world.path().join(format!(".ecr-sweep/sweeps/{run}/summary.json"))).unwrap();
    let listed = world.run(&["runs"]);
    let row: Vec<&str> = listed.stdout.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[0], run);
    assert_eq!(row[3..], ["dry", "run", "0", "0", "unfinished:", "planning"], "{row:?}");
    let shown = world.run(&["show", run]);
    let lines: Vec<&str> = shown.stdout.lines().take(3).collect();
    let head = format!("Run {run}");
    assert_eq!(lines, [&*head, "  kind     dry run", "  state    unfinished: planning"]);
    let next = format!("`ecr-sweep watch {run}` follows it to its end\n");
    assert!(shown.stderr.ends_with(&next), "{}", shown.stderr);
}

#[test]
fn a_run_that_cannot_be_read_is_told_beside_the_others() {
    let world = World::new();
    world.run(&["plan"]);
    let broken = world.path().join(".ecr-sweep/sweeps/broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("request.json"), r#"{"schema_version": 9}"#).unwrap();
    let listed = world.run(&["runs"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    assert!(listed.stdout.contains("dry run"), "{}", listed.stdout);
    assert!(listed.stdout.contains("Cannot be read\n  broken"), "{}", listed.stdout);
    assert!(listed.stdout.contains("a newer ecr-sweep wrote it"), "{}", listed.stdout);
}

#[test]
fn a_run_is_shown_with_its_plan_and_what_became_of_it() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    let shown = world.run(&["show", "latest"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for part in ["sweep", "done", "Plan of 111122223333/eu-west-1", "Done."] {
        assert!(shown.stdout.contains(part), "`{part}` is not in {}", shown.stdout);
    }
    let document = world.run(&["show", "latest", "--format", "json"]);
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    is_valid(&document, "shown-run");
    assert_eq!(document["stands"]["ending"], "done");
    assert_eq!(document["summary"]["totals"]["outcomes"]["deleted"], 3);
}

#[test]
fn a_run_is_shown_with_who_was_told_and_who_was_not_and_why() {
    let world = World::new();
    world.run(&["plan"]);
    let run = runs(&world).remove(0);
    let notice = |channel: &str, part: Value| {
        json!({
            "schema_version": 1, "run": run, "about": "ended", "channel": channel,
            "at": "2026-11-28T12:00:00Z", "parts": [part], "subject": "s", "text": "t",
        })
    };
    let folder = world.path().join(format!(".ecr-sweep/sweeps/{run}/notices/ended-1"));
    fs::create_dir_all(&folder).unwrap();
    let taken = json!({ "attempts": 1, "delivered_at": "2026-11-28T12:00:01Z" });
    let refused = json!({ "attempts": 4, "error": "it answers 503" });
    for (name, part) in [("topic t", taken), ("teams-webhook w", refused)] {
        let text = notice(name, part).to_string();
        fs::write(folder.join(format!("{}.json", name.len())), text).unwrap();
    }
    let shown = world.run(&["show", "latest"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for line in
        ["told      1 of 2 notices arrived", "not told  teams-webhook w of the end: it answers 503"]
    {
        assert!(shown.stdout.contains(line), "{}", shown.stdout);
    }
    let shown = world.run(&["show", "latest", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    is_valid(&shown, "shown-run");
    assert_eq!(shown["notices"][0]["error"], "it answers 503");
}

#[test]
fn a_repository_is_shown_with_what_goes_and_what_stays_and_why() {
    let world = World::new();
    world.run(&["plan"]);
    let shown = world.run(&["show", "latest", "dev/app"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for part in ["dev/app: to be deleted", "dev/app: kept", "used-by-lambda-version", "newest"] {
        assert!(shown.stdout.contains(part), "`{part}` is not in {}", shown.stdout);
    }
    world.run(&["start", "--plan", "latest", "--delete", "--yes"]);
    let shown = world.run(&["show", "latest", "111122223333/eu-west-1/dev/app"]);
    assert!(shown.stdout.contains("planned for deletion"), "{}", shown.stdout);
    assert_eq!(shown.stdout.matches("  deleted\n").count(), 3, "{}", shown.stdout);
    let document = world.run(&["show", "latest", "dev/app", "--format", "json"]);
    is_valid(&serde_json::from_str(&document.stdout).unwrap(), "shown-repository");
}

#[test]
fn a_repository_that_the_run_does_not_have_is_told_with_the_nearest() {
    let world = World::new();
    world.run(&["plan"]);
    let absent = world.run(&["show", "latest", "dev/ap"]);
    assert_eq!(absent.code, Some(2));
    assert!(absent.stderr.contains("did you mean `dev/app`?"), "{}", absent.stderr);
    let untouched = world.run(&["show", "latest", "other"]);
    assert!(untouched.stderr.contains("no rule of its policy takes it"), "{}", untouched.stderr);
}

#[test]
fn an_image_is_explained_from_the_run_after_it_is_gone() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    let gone = ended(ecr_sweep(world.path(), &["explain", "dev/app:v1", "--run", "latest"]));
    assert_eq!(gone.code, Some(0), "{}", gone.stderr);
    for part in ["Planned at", "delete: nothing uses it", "Checked again at", "Deletion: deleted"] {
        assert!(gone.stdout.contains(part), "`{part}` is not in {}", gone.stdout);
    }
    let kept = world.run(&["explain", "dev/app:v2", "--run", "latest", "--format", "json"]);
    let kept: Value = serde_json::from_str(&kept.stdout).unwrap();
    is_valid(&kept, "run-explanation");
    assert_eq!(kept["plan"]["reasons"][0]["code"], "used-by-lambda-version");
    let absent = world.run(&["explain", "dev/app:v9", "--run", "latest"]);
    assert_eq!(absent.code, Some(2), "{}", absent.stderr);
}

#[test]
fn a_run_that_has_ended_is_watched_to_its_own_exit_code() {
    let world = World::new();
    world.refuse("ecs:ListClusters", "AccessDeniedException");
    assert_eq!(world.run(&["run", "--yes"]).code, Some(4));
    let watched = world.run(&["watch", "latest"]);
    assert_eq!(watched.code, Some(4), "{}", watched.stderr);
    assert!(watched.stdout.contains("Nothing was deleted"), "{}", watched.stdout);
}

#[test]
fn a_run_under_way_is_watched_until_its_summary_is_there() {
    let world = World::new();
    world.run(&["plan"]);
    let [run] = &runs(&world)[..] else { panic!("one run") };
    let summary = world.path().join(format!(".ecr-sweep/sweeps/{run}/summary.json"));
    let aside = world.path().join("summary.json");
    fs::rename(&summary, &aside).unwrap();
    let mut watch = ecr_sweep(world.path(), &["watch", run, "--every", "1"]);
    let watch = watch
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Lines::of(watch);
    assert_eq!(lines.next(), "planning: 1 of 1\n");
    fs::rename(&aside, &summary).unwrap();
    let output = lines.child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with(&format!("Run {run}")));
}

/// What a child says on standard error, while it runs.
struct Lines {
    child: std::process::Child,
    stderr: std::io::BufReader<std::process::ChildStderr>,
}

impl Lines {
    fn of(mut child: std::process::Child) -> Self {
        let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut self.stderr, &mut line).unwrap();
        line
    }
}

#[test]
fn a_price_that_is_given_counts_before_the_policys_and_stays_with_its_run() {
    let world = World::new();
    let saves = |told: &str, price: &str| {
        assert!(told.contains(&format!("saves at most {price} a GB (`--price`)")), "{told}");
    };
    let plan = world.run(&["plan", "--price", "ecr=100"]);
    saves(&plan.stdout, "$14.65 a month, at $100.00");
    saves(&world.run(&["show", "latest"]).stdout, "$14.65 a month, at $100.00");
    let other = world.run(&["show", "latest", "--price", "ecr/eu-west-1=200"]);
    saves(&other.stdout, "$29.30 a month, at $200.00");
    let report = world.run(&["report", "latest", "--format", "json", "--price", "ecr=200"]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    is_valid(&report, "report");
    assert_eq!(report["summary"]["saves"]["at_most_cents"], 2_930);
    saves(&world.run(&["show", "latest"]).stdout, "$14.65 a month, at $100.00");
    let deleted = world.run(&["delete", "latest", "--yes"]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
    let shown = world.run(&["show", "latest", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    is_valid(&shown, "shown-run");
    assert_eq!(shown["summary"]["saved"]["at_most_cents"], 1_465);
    assert_eq!(shown["request"]["prices"], serde_json::json!(["ecr=100.00"]));
}

#[test]
fn a_price_that_is_none_or_would_change_nothing_is_refused() {
    let world = World::new();
    world.run(&["plan"]);
    for (arguments, why) in [
        (&["plan", "--price", "0.08"][..], "expected `ecr=0.08`"),
        (&["show", "latest", "dev/app", "--price", "ecr=1"], "would be ignored"),
        (&["start", "--plan", "latest", "--price", "ecr=1"], "would be ignored"),
        (&["start", "--store", "s3://sweeps", "--price", "ecr=1"], "would be ignored"),
    ] {
        let refused = world.run(arguments);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}
