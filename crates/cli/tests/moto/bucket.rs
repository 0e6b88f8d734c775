//! Sweeps whose runs are in a bucket of moto's: killed, and two at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use crate::scripts::script;
use crate::server::Moto;
use crate::{command, digests_of, ecr_sweep, texts};

const BUCKET: &str = "sweeps";
const STORE: &str = "s3://sweeps";
const SWEEP: &[&str] = &["run", "--yes"];

/// How many times a sweep is killed, each time later.
const KILLS: u32 = 6;

/// The images as they were seeded, and nothing else.
fn seeded(moto: &Moto) -> Value {
    script(moto, "fresh.py", &[BUCKET]);
    script(moto, "seed.py", &[])
}

fn left(moto: &Moto, repository: &str) -> BTreeSet<String> {
    texts(&script(moto, "remaining.py", &[repository]))
}

/// What is used and kept is there, and nothing else.
fn assert_swept(moto: &Moto, digests: &Value, when: &str) {
    let app = ["task", "service", "elsewhere", "tagged", "kept-index", "amd64", "arm64"];
    assert_eq!(left(moto, "app"), digests_of(digests, app), "{when}");
    assert_eq!(left(moto, "functions"), digests_of(digests, ["function"]), "{when}");
    assert_eq!(left(moto, "untouched"), digests_of(digests, ["left-alone"]), "{when}");
}

/// The runs of the bucket by their names.
fn runs(moto: &Moto) -> Vec<String> {
    let listed = command(moto, Path::new(STORE), &["runs", "--format", "json"]).output();
    let listed: Value = serde_json::from_slice(&listed.expect("it starts").stdout).expect("JSON");
    let runs = listed["runs"].as_array().expect("runs");
    runs.iter().map(|run| run["run"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_sweep_that_is_killed_at_whatever_time_is_gone_on_with_by_the_next() {
    let moto = Moto::start();
    let digests = seeded(&moto);
    let began = Instant::now();
    let swept = ecr_sweep(&moto, Path::new(STORE), SWEEP);
    let takes = began.elapsed();
    assert_eq!(swept.status.code(), Some(0), "{}", String::from_utf8_lossy(&swept.stderr));
    assert_swept(&moto, &digests, "undisturbed");

    for kill in 1..=KILLS {
        let digests = seeded(&moto);
        let mut killed = command(&moto, Path::new(STORE), SWEEP);
        killed.arg("--policy").arg(crate::policy()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut killed = killed.spawn().expect("the command starts");
        std::thread::sleep(takes * kill / (KILLS + 1));
        killed.kill().expect("it can be killed");
        killed.wait().expect("it ends");
        // Nobody waits a quarter of an hour for its lock.
        for run in runs(&moto) {
            let given_back = command(&moto, Path::new(STORE), &["unlock", &run]).output();
            given_back.expect("the command starts");
        }
        let next = ecr_sweep(&moto, Path::new(STORE), SWEEP);
        let problem = String::from_utf8_lossy(&next.stderr);
        assert_eq!(next.status.code(), Some(0), "kill {kill}: {problem}");
        assert_swept(&moto, &digests, &format!("kill {kill}"));
    }
}

#[test]
fn of_two_sweeps_at_once_one_deletes_and_the_other_finds_the_lock_or_nothing_left() {
    let moto = Moto::start();
    let digests = seeded(&moto);
    let sweeps = [(); 2].map(|()| {
        let mut sweep = command(&moto, Path::new(STORE), SWEEP);
        sweep.arg("--policy").arg(crate::policy()).stdout(Stdio::null()).stderr(Stdio::piped());
        sweep.spawn().expect("the command starts")
    });
    let ended = sweeps.map(|sweep| sweep.wait_with_output().expect("it ends"));
    let mut codes = ended.each_ref().map(|ended| ended.status.code().expect("a code"));
    codes.sort_unstable();
    let told = ended.map(|ended| String::from_utf8_lossy(&ended.stderr).into_owned());
    assert!(matches!(codes, [0, 0 | 6]), "{codes:?} {told:?}");
    assert_swept(&moto, &digests, "two at once");
}
