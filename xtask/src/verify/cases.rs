//! What is tried, one function each.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::{Value, json};

use super::Check;
use super::aws::Aws;
use super::deployment::Deployment;
use super::images::{IMAGES, names};

/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// What each check needs.
pub(super) struct Cases<'a> {
    pub(super) aws: &'a Aws,
    pub(super) deployment: &'a Deployment<'a>,
    pub(super) command: &'a Path,
}

/// In their order: the last one deletes.
pub(super) const ALL: [Check; 7] = [
    Check::Definition,
    Check::Empty,
    Check::DryRun,
    Check::Concurrency,
    Check::Redrive,
    Check::Timeout,
    Check::Sweep,
];

impl Cases<'_> {
    pub(super) fn try_one(&self, check: Check) -> miette::Result<()> {
        match check {
            Check::Policies => super::policies::validate(self.aws),
            Check::Definition => self.definition(),
            Check::Empty => self.empty(),
            Check::DryRun => self.dry_run(),
            Check::Concurrency => self.concurrency(),
            Check::Redrive => self.redrive(),
            Check::Timeout => self.timeout(),
            Check::Sweep => self.sweep(),
        }
    }

    /// The definition as it is deployed, its placeholders filled in.
    fn deployed(&self) -> miette::Result<String> {
        let machine = self.deployment.machine();
        self.aws.text(
            &["stepfunctions", "describe-state-machine", "--state-machine-arn", &machine],
            "/definition",
        )
    }

    fn definition(&self) -> miette::Result<()> {
        let definition = self.deployed()?;
        let answer = self.aws.call(&[
            "stepfunctions",
            "validate-state-machine-definition",
            "--definition",
            &definition,
        ])?;
        if answer["result"] == "OK" { Ok(()) } else { Err(miette!("{answer}")) }
    }

    fn start(&self, run: &str, input: &Value) -> miette::Result<String> {
        let (machine, input) = (self.deployment.machine(), input.to_string());
        // Another call may have left an execution of the same name, which stays for 90 days.
        let at = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .into_diagnostic()?
            .as_secs();
        let run = format!("{run}-{at}");
        self.aws.call(&[
            "stepfunctions",
            "start-execution",
            "--state-machine-arn",
            &machine,
            "--name",
            &run,
            "--input",
            &input,
        ])?;
        Ok(run)
    }

    fn status(&self, run: &str) -> miette::Result<Value> {
        let execution = self.deployment.execution(run);
        self.aws.call(&["stepfunctions", "describe-execution", "--execution-arn", &execution])
    }

    /// Waits for an end, which has to be this one.
    fn ends(&self, run: &str, status: &str, error: Option<&str>) -> miette::Result<()> {
        let start = Instant::now();
        loop {
            let is = self.status(run)?;
            if is["status"] != "RUNNING" && is["status"] != "PENDING_REDRIVE" {
                let as_expected =
                    is["status"] == status && error.is_none_or(|error| is["error"] == error);
                return if as_expected { Ok(()) } else { Err(miette!("{run} ended so: {is}")) };
            }
            if start.elapsed() > PATIENCE {
                return Err(miette!(
                    "{run} has not ended after {} minutes",
                    PATIENCE.as_secs() / 60
                ));
            }
            std::thread::sleep(Duration::from_secs(2));
        }
    }

    /// An array in S3 that has nothing is never handed to a Map.
    fn empty(&self) -> miette::Result<()> {
        let run = self.start("empty", &json!({ "repositories": ["nothing-is-called-so/*"] }))?;
        self.ends(&run, "SUCCEEDED", None)
    }

    fn dry_run(&self) -> miette::Result<()> {
        let run = self.start("dry", &json!({}))?;
        self.ends(&run, "SUCCEEDED", None)
    }

    /// All repositories at once, of which one function plans at a time.
    fn concurrency(&self) -> miette::Result<()> {
        let function = ["--function-name", "ecr-sweep-plan-repo"];
        let limit = [
            &["lambda", "put-function-concurrency", "--reserved-concurrent-executions", "1"][..],
            &function,
        ];
        // Where the account has too few to reserve one, it has too few for this by itself.
        let reserved = self.aws.call(&limit.concat());
        let settings = self.aws.call(&["lambda", "get-account-settings"])?;
        println!("functions at once: {}", settings["AccountLimit"]["ConcurrentExecutions"]);
        let ended = self.dry_run();
        if reserved.is_ok() {
            self.aws.call(&[&["lambda", "delete-function-concurrency"][..], &function].concat())?;
        }
        ended
    }

    /// A run that somebody stopped goes on where it was.
    fn redrive(&self) -> miette::Result<()> {
        let run = self.start("redriven", &json!({}))?;
        let execution = self.deployment.execution(&run);
        let execution = ["--execution-arn", &execution];
        self.aws.call(&[&["stepfunctions", "stop-execution"][..], &execution].concat())?;
        self.ends(&run, "ABORTED", None)?;
        self.aws.call(&[&["stepfunctions", "redrive-execution"][..], &execution].concat())?;
        self.ends(&run, "SUCCEEDED", None)
    }

    /// Nobody approves, for a minute.
    fn timeout(&self) -> miette::Result<()> {
        let definition = self.deployed()?;
        let mut hurried: Value = serde_json::from_str(&definition).into_diagnostic()?;
        let timeout = hurried.pointer_mut("/States/Approve/TimeoutSeconds");
        *timeout.ok_or_else(|| miette!("the definition has no Approve that runs out of time"))? =
            60.into();
        self.define(&hurried.to_string())?;
        let ended = self
            .start("timeout", &json!({ "dryRun": false }))
            .and_then(|run| self.ends(&run, "FAILED", Some("Rejected")));
        self.define(&definition)?;
        ended?;
        self.images(IMAGES)
    }

    fn define(&self, definition: &str) -> miette::Result<()> {
        let machine = self.deployment.machine();
        self.aws.call(&[
            "stepfunctions",
            "update-state-machine",
            "--state-machine-arn",
            &machine,
            "--definition",
            definition,
        ])?;
        Ok(())
    }

    /// What is approved is deleted, and nothing else.
    fn sweep(&self) -> miette::Result<()> {
        let run = self.start("sweep", &json!({ "dryRun": false }))?;
        let start = Instant::now();
        while !self.ecr_sweep(&["approve", &run, "--yes"])? {
            if self.status(&run)?["status"] != "RUNNING" || start.elapsed() > PATIENCE {
                return Err(miette!("{run} has not asked for an approval: {}", self.status(&run)?));
            }
            std::thread::sleep(Duration::from_secs(2));
        }
        self.ends(&run, "SUCCEEDED", None)?;
        self.images(1)
    }

    fn ecr_sweep(&self, arguments: &[&str]) -> miette::Result<bool> {
        let mut command = Command::new(self.command);
        command.args(arguments).args(["--store", &self.deployment.store()]).envs(self.aws.caller());
        let ended = command.output().into_diagnostic().wrap_err("cannot start ecr-sweep")?;
        Ok(ended.status.success())
    }

    /// Each repository has so many images.
    fn images(&self, expected: u32) -> miette::Result<()> {
        for name in names() {
            let images = self
                .aws
                .list(&["ecr", "describe-images", "--repository-name", &name], "/imageDetails")?;
            if images.len() != expected as usize {
                return Err(miette!(
                    "{name} has {} images, and should have {expected}",
                    images.len()
                ));
            }
        }
        Ok(())
    }
}
