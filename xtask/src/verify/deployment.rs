//! What is deployed for it, and how all of it goes again.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::{Value, json};

use super::account::{Account, is_ours};
use super::aws::Aws;

const STACK: &str = "EcrSweepVerify";

/// The template that can delete, and asks first.
const TEMPLATE: &str = "EcrSweep-deletion.template.json";

/// What one sweep of these images needs: no age keeps them, and nothing is off but what nobody has.
const POLICY: &str = "\
schema_version: 1
minimum_age: 0d
minimum_idle: 0d
repositories:
  - match: { name: [\"ecr-sweep-verify/*\"] }
    keep: { newest: 1 }
";

pub(super) struct Deployment<'a> {
    aws: &'a Aws,
    account: String,
    code: String,
    store: String,
    /// Rows of the policy's `scope.off`, beside that of usage files.
    off: String,
}

impl<'a> Deployment<'a> {
    pub(super) fn of(aws: &'a Aws, Account { id }: &Account) -> Self {
        let region = &aws.region;
        Self {
            aws,
            account: id.clone(),
            code: format!("ecr-sweep-verify-{id}-{region}"),
            store: format!("ecr-sweep-{id}-{region}"),
            off: String::new(),
        }
    }

    /// With a policy that turns off more: what an emulator does not have.
    #[cfg(test)]
    pub(super) fn with_off(self, rows: &str) -> Self {
        Self { off: rows.to_owned(), ..self }
    }

    /// The address of the run store.
    pub(super) fn store(&self) -> String {
        format!("s3://{}", self.store)
    }

    pub(super) fn machine(&self) -> String {
        format!("arn:aws:states:{}:{}:stateMachine:ecr-sweep", self.aws.region, self.account)
    }

    pub(super) fn execution(&self, run: &str) -> String {
        self.machine().replace(":stateMachine:", ":execution:") + ":" + run
    }

    /// Deploys the package, and puts the policy where it is looked for.
    pub(super) fn make(&self, package: &Path) -> miette::Result<()> {
        let Self { aws, code, .. } = self;
        let there = aws.list(
            &[
                "cloudformation",
                "list-stacks",
                "--stack-status-filter",
                "CREATE_COMPLETE",
                "UPDATE_COMPLETE",
                "ROLLBACK_COMPLETE",
                "DELETE_FAILED",
            ],
            "/StackSummaries",
        )?;
        if let Some(stack) =
            there.iter().find(|it| ["EcrSweep", STACK].iter().any(|name| it["StackName"] == *name))
        {
            return Err(miette!("the account has the stack {} already", stack["StackName"])
                .context("one of an earlier call goes by `--tear-down`"));
        }
        let mut create = vec!["s3api", "create-bucket", "--bucket", code];
        let constraint = format!("LocationConstraint={}", aws.region);
        if aws.region != "us-east-1" {
            create.extend(["--create-bucket-configuration", &constraint]);
        }
        aws.call(&create)?;
        let (folder, to) = (package.display().to_string(), format!("s3://{code}/"));
        aws.call(&["s3", "cp", "--recursive", "--only-show-errors", &folder, &to])?;
        let template = package.join(TEMPLATE).display().to_string();
        let bucket = format!("CodeBucket={code}");
        aws.call(&[
            "cloudformation",
            "deploy",
            "--stack-name",
            STACK,
            "--capabilities",
            "CAPABILITY_NAMED_IAM",
            "--template-file",
            &template,
            "--s3-bucket",
            code,
            "--parameter-overrides",
            &bucket,
            "CodePrefix=",
        ])
        .wrap_err("the template is not deployed")?;
        let policy =
            std::env::temp_dir().join(format!("ecr-sweep-verify-{}.yaml", std::process::id()));
        std::fs::write(&policy, self.policy()).into_diagnostic()?;
        let (from, to) = (policy.display().to_string(), format!("{}/policy.yaml", self.store()));
        let put = aws.call(&["s3", "cp", "--only-show-errors", &from, &to]);
        std::fs::remove_file(&policy).into_diagnostic()?;
        put.map(drop)
    }

    /// Only this Region is swept, and looked at.
    fn policy(&self) -> String {
        let scope = format!(
            "scope:\n  registries: {{ accounts: [\"{}\"], regions: [{region}] }}\n  consumers: {{ regions: [{region}] }}\n  off:\n    - {{ source: files, reason: \"nobody writes usage files here\" }}\n{}",
            self.account,
            self.off,
            region = self.aws.region,
        );
        let (version, rest) = POLICY.split_once('\n').unwrap_or((POLICY, ""));
        format!("{version}\n{scope}{rest}")
    }

    /// Removes everything that this makes. What it did not make stays.
    pub(super) fn remove(&self) -> miette::Result<()> {
        let aws = self.aws;
        let repositories = aws.list(&["ecr", "describe-repositories"], "/repositories")?;
        for repository in &repositories {
            if is_ours(aws, repository)?
                && let Some(name) = repository["repositoryName"].as_str()
            {
                aws.call(&["ecr", "delete-repository", "--force", "--repository-name", name])?;
            }
        }
        aws.call(&["cloudformation", "delete-stack", "--stack-name", STACK])?;
        aws.call(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK])
            .wrap_err(
                "the stack has not gone: look at it in the console, then use `--tear-down`",
            )?;
        for bucket in [&self.store, &self.code] {
            self.remove_bucket(bucket)?;
        }
        println!(
            "removed: {} repositories at most, the stack, and both buckets",
            repositories.len()
        );
        Ok(())
    }

    fn remove_bucket(&self, bucket: &str) -> miette::Result<()> {
        let buckets = self.aws.list(&["s3api", "list-buckets"], "/Buckets")?;
        if !buckets.iter().any(|it| it["Name"] == bucket) {
            return Ok(());
        }
        loop {
            let listed = self.aws.call(&[
                "s3api",
                "list-object-versions",
                "--bucket",
                bucket,
                "--max-items",
                "500",
            ])?;
            let all = ["Versions", "DeleteMarkers"]
                .iter()
                .flat_map(|kind| listed[kind].as_array().into_iter().flatten());
            let objects: Vec<Value> =
                all.map(|it| json!({ "Key": it["Key"], "VersionId": it["VersionId"] })).collect();
            if objects.is_empty() {
                break;
            }
            let delete = json!({ "Objects": objects, "Quiet": true }).to_string();
            let deleted = self.aws.call(&[
                "s3api",
                "delete-objects",
                "--bucket",
                bucket,
                "--delete",
                &delete,
            ])?;
            if let Some(errors) = deleted["Errors"].as_array().filter(|it| !it.is_empty()) {
                return Err(miette!("{bucket} is not emptied: {}", errors[0]));
            }
        }
        self.aws.call(&["s3api", "delete-bucket", "--bucket", bucket]).map(drop)
    }
}
