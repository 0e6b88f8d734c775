//! A deployment of an earlier version becomes one of this version, while a run waits for its approval.
//! The templates need no CDK: CloudFormation alone upgrades, and removes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecr_sweep_ministack::FUNCTIONS;
use ecr_sweep_protocol::documents::{Stage as Made, keys};
use regex::Regex;
use serde_json::json;

use crate::organization::{EARLIER, KEEP_ONE, KEPT, REGION, policy};
use crate::stage::{Deployed, Local, RUNTIME, Stage, binaries, stage};

/// The template of the version before, as `plain`, `deletion` and `approval` had it. Where a call that it
/// makes is no longer what a function of this build takes, a later one takes its place.
const TEMPLATE: &str = include_str!("earlier.template.json");

/// Where the archives are put.
const CODE: &str = "code-of-ours";

/// A person with the AWS CLI and a folder.
struct Operator<'a> {
    local: &'a Local,
    folder: &'a Path,
}

impl Operator<'_> {
    fn aws(&self, arguments: &[&str]) {
        self.local.aws(EARLIER, arguments);
    }

    /// Archives of functions that say of which version they are when they start.
    fn archives(&self, version: &str) -> PathBuf {
        let to = self.folder.join(version);
        for name in FUNCTIONS {
            let folder = to.join(name);
            fs::create_dir_all(&folder).unwrap();
            let bootstrap = folder.join("bootstrap");
            let (started, program) = (self.folder.join("started"), binaries().join(name));
            let script = format!(
                "#!/bin/sh\necho {version} {name} >> {}\nexec {}\n",
                started.display(),
                program.display()
            );
            fs::write(&bootstrap, script).unwrap();
            fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o755)).unwrap();
            let archive = to.join(format!("{name}.zip"));
            let mut zip = Command::new("python3");
            zip.args(["-m", "zipfile", "-c"]).arg(archive).arg(bootstrap);
            assert!(zip.status().unwrap().success());
        }
        to
    }

    /// Puts the archives where the template says that they are, and deploys it.
    fn deploy(&self, template: &str, archives: &Path) {
        let keys = Regex::new(r#""(([a-z-]+)-[0-9a-f]{16}\.zip)""#).unwrap();
        let mut put = 0;
        for found in keys.captures_iter(template) {
            let archive = archives.join(format!("{}.zip", &found[2])).display().to_string();
            self.aws(&["s3", "cp", &archive, &format!("s3://{CODE}/{}", &found[1])]);
            put += 1;
        }
        assert_eq!(put, FUNCTIONS.len());
        let file = self.folder.join("EcrSweep.template.json");
        fs::write(&file, template).unwrap();
        self.aws(&[
            "cloudformation",
            "deploy",
            "--stack-name",
            "EcrSweep",
            "--capabilities",
            "CAPABILITY_NAMED_IAM",
            "--template-file",
            &file.display().to_string(),
            "--s3-bucket",
            CODE,
            "--parameter-overrides",
            &format!("CodeBucket={CODE}"),
        ]);
    }

    /// Which functions have started, each as its version and its name.
    fn started(&self) -> Vec<String> {
        let lines = fs::read_to_string(self.folder.join("started")).unwrap();
        lines.lines().map(str::to_owned).collect()
    }
}

/// What the state machine calls.
fn definition(deployed: &Deployed) -> String {
    let describe = deployed.sfn.describe_state_machine().state_machine_arn(&deployed.machine);
    RUNTIME.block_on(describe.send()).unwrap().definition
}

#[test]
fn a_run_that_waits_ends_with_what_it_began_with_though_the_stack_is_upgraded_meanwhile() {
    let stage = stage();
    let folder = tempfile::tempdir().unwrap();
    let operator = Operator { local: &stage.local, folder: folder.path() };
    operator.aws(&["s3", "mb", &format!("s3://{CODE}")]);
    operator.deploy(TEMPLATE, &operator.archives("earlier"));
    let deployed = stage.local.deployed(
        EARLIER,
        format!("arn:aws:states:{REGION}:{EARLIER}:stateMachine:ecr-sweep"),
        format!("s3://ecr-sweep-{EARLIER}-{REGION}"),
    );
    Stage::set_policy(&deployed, &policy(KEEP_ONE));
    let arn = deployed.start("waiting", &json!({ "dryRun": false }));
    deployed.wait_for_the_question("waiting");
    let before = definition(&deployed);

    let today = operator.archives("today");
    let templates = folder.path().join("cdk.out");
    let functions = today.display().to_string();
    let context = [("plain", "true"), ("deletion", "true"), ("approval", "true")];
    stage.local.synth(&templates, &[&context[..], &[("functionsDirectory", &functions)]].concat());
    let template = fs::read_to_string(templates.join("EcrSweep.template.json")).unwrap();
    operator.deploy(&template, &today);
    assert_ne!(definition(&deployed), before);

    let approved = stage.local.ecr_sweep(&deployed, &["approve", "waiting", "--yes"]);
    assert!(approved.status.success(), "{approved:?}");
    deployed.end_of(&arn).assert_succeeded();
    let kept = stage.organization.digests("upgraded/app", &KEPT);
    assert_eq!(stage.images(&deployed, "upgraded/app"), kept);
    let started = operator.started();
    assert!(started.contains(&"earlier delete-batch".to_owned()), "{started:?}");
    assert!(started.iter().all(|it| it.starts_with("earlier ")), "{started:?}");

    // What starts from now on is of this version, and reads what the other has left.
    deployed.run("upgraded", &json!({ "dryRun": true })).assert_succeeded();
    let after = &operator.started()[started.len()..];
    assert!(after.contains(&"today list-repos".to_owned()), "{after:?}");
    assert!(after.iter().all(|it| it.starts_with("today ")), "{after:?}");

    operator.aws(&["cloudformation", "delete-stack", "--stack-name", "EcrSweep"]);
    let gone = ["cloudformation", "wait", "stack-delete-complete", "--stack-name", "EcrSweep"];
    operator.aws(&gone);
    let describe = deployed.sfn.describe_state_machine().state_machine_arn(&deployed.machine);
    assert!(RUNTIME.block_on(describe.send()).is_err());
    for run in ["waiting", "upgraded"] {
        assert!(deployed.has(&keys::summary(&run.parse().unwrap(), Made::Plan)), "{run}");
    }
    assert!(deployed.has("policy.yaml"));
}
