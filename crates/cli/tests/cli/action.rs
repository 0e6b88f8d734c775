//! The GitHub Action: what `action.yml` runs, on a pull request's checkout.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A checkout whose policy was changed since the base branch, and what a job gives a step.
struct Job {
    folder: tempfile::TempDir,
}

const BEFORE: &str = "schema_version: 1\nrepositories:\n  - keep: { newest: 3 }\n";
const AFTER: &str = "schema_version: 1\nrepositories:\n  - keep: { newest: 1 }\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Job {
    fn new() -> Self {
        let job = Self { folder: tempfile::tempdir().unwrap() };
        let (origin, checkout) = (job.path("origin"), job.path("checkout"));
        std::fs::create_dir(&origin).unwrap();
        std::fs::write(origin.join("policy.yaml"), BEFORE).unwrap();
        git(&origin, &["init", "--quiet", "--initial-branch", "main"]);
        git(&origin, &["add", "policy.yaml"]);
        git(&origin, &["commit", "--quiet", "--message", "A policy"]);
        git(job.folder.path(), &["clone", "--quiet", origin.to_str().unwrap(), "checkout"]);
        std::fs::write(checkout.join("policy.yaml"), AFTER).unwrap();
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, command: &str, policy: &str) -> Output {
        Command::new(root().join(".github/action/run.sh"))
            .current_dir(self.path("checkout"))
            .envs([("INPUT_COMMAND", command), ("INPUT_POLICY", policy), ("INPUT_VERSION", "")])
            .env("INPUT_SNAPSHOT", root().join("examples/organization/snapshot.json"))
            .env("INPUT_PROGRAM", env!("CARGO_BIN_EXE_ecr-sweep"))
            .env("GITHUB_BASE_REF", "main")
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .output()
            .unwrap()
    }

    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
    assert!(git.args(arguments).status().unwrap().success(), "{arguments:?}");
}

#[test]
fn a_pull_request_is_told_which_verdicts_its_policy_changes() {
    let job = Job::new();
    let ended = job.run("diff", "policy.yaml");
    assert!(ended.status.success(), "{ended:?}");
    let summary = job.said("summary");
    assert!(summary.contains("### ecr-sweep diff"), "{summary}");
    assert!(summary.contains("was kept by newest"), "{summary}");
    assert_eq!(job.said("output"), "exit-code=0\n");
}

#[test]
fn a_pull_request_is_told_what_its_policy_deletes() {
    let job = Job::new();
    let ended = job.run("plan", "policy.yaml");
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        job.said("summary").contains("Plan of 111122223333/eu-west-1"),
        "{}",
        job.said("summary")
    );
}

#[test]
fn a_policy_that_is_wrong_fails_the_job_with_what_is_wrong() {
    let job = Job::new();
    std::fs::write(job.path("checkout/policy.yaml"), "schema_version: 1\nkeeps: 1\n").unwrap();
    let ended = job.run("plan", "policy.yaml");
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(job.said("summary").contains("keeps"), "{}", job.said("summary"));
}

#[test]
fn nothing_but_plan_and_diff_is_run() {
    let job = Job::new();
    for (command, policy) in [("run", "policy.yaml"), ("plan", "nowhere.yaml")] {
        let ended = job.run(command, policy);
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(!job.path("summary").exists());
    }
}
