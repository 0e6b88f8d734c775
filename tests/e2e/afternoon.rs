//! `docs/deploy.md`: every block of the page, in its order, by the AWS CLI and the CDK CLI.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_core::Place;
use ecr_sweep_ministack::{Cdk, MiniStack, MiniStackOptions, aws_cli};
use ecr_sweep_test_world::off_but_emulated;
use jiff::Timestamp;

use crate::execution::wait_for;
use crate::organization::{ACCOUNT, KEPT, Organization, REGION, place};
use crate::stage::{RUNTIME, binaries, cache, home};

const PAGE: &str = include_str!("../../docs/deploy.md");

/// What is left out of the page's commands: how they start, and why.
const LEFT_OUT: [(&str, &str); 6] = [
    ("cargo xtask package", "the functions are those of this build"),
    ("cargo build", "and so is the command"),
    ("npm ci", "the packages are there"),
    ("aws organizations ", "MiniStack does not know the operation"),
    ("aws cloudformation deploy --stack-name EcrSweepMembers", "MiniStack has no StackSets"),
    ("aws cloudformation delete-stack --stack-name EcrSweepMembers", "nor have they been made"),
];

/// The account whose registry is swept on the page; here that is home's.
const SWEPT: &str = "444455556666";

/// A block of the page.
#[derive(Debug, PartialEq)]
struct Block<'a> {
    language: &'a str,
    text: String,
}

/// The blocks, without what they are indented by.
fn blocks() -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let text = lines.by_ref().take_while(|it| it.trim() != "```");
        let text = text.map(|it| it.get(indent..).unwrap_or_default()).collect::<Vec<_>>();
        blocks.push(Block { language, text: text.join("\n") + "\n" });
    }
    blocks
}

/// A person at a shell, in a clone, whose AWS is MiniStack.
struct Person {
    clone: PathBuf,
    shell: PathBuf,
    ministack: MiniStack,
    simulator: Simulator,
    organization: Organization,
    _folder: tempfile::TempDir,
}

impl Person {
    fn new() -> Self {
        let organization = Organization::new(Timestamp::now());
        let snapshot = Some(organization.snapshot.clone());
        let options = SimulatorOptions { snapshot, ..SimulatorOptions::default() };
        let simulator = RUNTIME.block_on(Simulator::start(options)).unwrap();
        let ministack = MiniStack::start(&MiniStackOptions {
            cache: cache(),
            home: home(ACCOUNT),
            simulator: Some(&simulator.endpoint()),
            enforce_iam: false,
            bucket_latency: Duration::ZERO,
            functions_at_once: None,
        })
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clone = folder.path().join("clone");
        copy_of_the_repository(&clone);
        let shell = folder.path().join("shell");
        let person = Self { clone, shell, ministack, simulator, organization, _folder: folder };
        person.prepare();
        person
    }

    /// Programs that do less than theirs, and then the shell's beginning.
    fn prepare(&self) {
        let programs = self.shell.join("bin");
        fs::create_dir_all(&programs).unwrap();
        symlink(binaries().join("ecr-sweep"), programs.join("ecr-sweep")).unwrap();
        let aws = aws_cli(cache()).unwrap();
        for (name, real) in [("cargo", None), ("npm", None), ("aws", Some(aws))] {
            let mut script = "#!/usr/bin/env bash\n".to_owned();
            for (start, _) in LEFT_OUT.iter().filter(|(it, _)| it.starts_with(&format!("{name} ")))
            {
                writeln!(script, "[[ \"{name} $*\" == {start:?}* ]] && exit 0").unwrap();
            }
            script += &real.map_or_else(
                || format!("echo \"{name} $*: what is that?\" >&2; exit 1\n"),
                |real| format!("exec {} \"$@\"\n", real.display()),
            );
            let program = programs.join(name);
            fs::write(&program, script).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(self.state(), "").unwrap();
    }

    /// What the shell remembers from one block to the next.
    fn state(&self) -> PathBuf {
        self.shell.join("state")
    }

    /// Runs a block where the last one ended; says how it failed, if it did.
    fn run(&self, text: &str) -> Result<(), String> {
        let state = self.state();
        let script = format!(
            "set -euo pipefail\nsource {state}\n{text}\n{{ declare -px; echo cd \"$PWD\"; }} > {state}\n",
            state = state.display()
        );
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(&self.clone)
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", format!("{}:{path}", self.shell.join("bin").display()))
            .env("HOME", &self.shell)
            .env("CDK_DISABLE_CLI_TELEMETRY", "true")
            // Where there is no terminal to ask on.
            .env("ECR_SWEEP_YES", "true")
            .envs(self.ministack.client_environment(&home(ACCOUNT)))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{text}{}\n{said}\n{}", output.status, self.ministack.log()))
    }

    /// Writes a file of the clone, or adds to it where the text is not all of it.
    fn write(&self, name: &str, text: &str) {
        let file = self.clone.join(name);
        let is_all = text.starts_with("schema_version");
        let before = if is_all { String::new() } else { fs::read_to_string(&file).unwrap() };
        fs::write(file, before + text).unwrap();
    }

    fn images(&self) -> usize {
        let place: Place = place(ACCOUNT);
        self.simulator.images(&place, "swept/app").unwrap().len()
    }
}

/// What the app is made of; the packages and the functions are those of this build.
fn copy_of_the_repository(clone: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cdk = Cdk::install(&root.join("infra"), cache()).unwrap();
    let functions = cdk.lay_out(&binaries()).unwrap();
    for folder in ["infra/bin", "infra/lib", "statemachine", "examples"] {
        copy(&root.join(folder), &clone.join(folder));
    }
    for file in ["cdk.json", "package.json", "tsconfig.json", "ecr-sweep.schema.json"] {
        fs::copy(root.join("infra").join(file), clone.join("infra").join(file)).unwrap();
    }
    symlink(root.join("infra/node_modules"), clone.join("infra/node_modules")).unwrap();
    fs::create_dir(clone.join("target")).unwrap();
    symlink(functions, clone.join("target/lambda")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (is, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if is.is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn every_block_of_the_page_does_what_it_says() {
    let person = Person::new();
    let all = person.images();
    for Block { language, text } in blocks() {
        eprintln!("{text}");
        match language {
            "yaml" if text.starts_with("scope:") => {
                let (scope, off) = text.split_once("  off:\n").unwrap();
                assert_eq!(off.lines().count(), 2, "{off}");
                let (scope, off) = (scope.replace(SWEPT, ACCOUNT), off_but_emulated());
                let rules = "  - match: { name: [\"swept/*\"] }\n    keep: { newest: 1 }\n";
                let policy =
                    format!("schema_version: 1\n{scope}  off:\n{off}repositories:\n{rules}");
                person.write("policy.yaml", &policy);
            }
            "yaml" => person.write("ecr-sweep.yaml", &text),
            "sh" if text.starts_with("ecr-sweep approve ") => {
                // Until then it does not ask, and what is deployed meanwhile does not change it.
                assert_eq!(person.images(), all);
                person.write("ecr-sweep.yaml", "scopesAtOnce: 3\nrepositoriesAtOnce: 3\n");
                person.run("npx cdk deploy EcrSweep --require-approval never").unwrap();
                wait_for("the question", || person.run("ecr-sweep approve latest").ok());
                person.run(&text.replace("ecr-sweep approve latest\n", "")).unwrap();
                assert_eq!(person.images(), KEPT.len());
            }
            "sh" => person.run(&text).unwrap_or_else(|error| panic!("{error}")),
            other => panic!("what is a block of {other:?}?"),
        }
    }
    let kept = person.organization.digests("swept/app", &KEPT);
    let left = person.simulator.images(&place(ACCOUNT), "swept/app").unwrap();
    assert_eq!(
        left.into_iter().map(|it| it.digest).collect::<std::collections::BTreeSet<_>>(),
        kept
    );
}

#[test]
fn what_is_left_out_of_the_page_is_on_it() {
    // As a shell reads them: what ends with a backslash goes on.
    let page = PAGE.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    for (start, why) in LEFT_OUT {
        assert!(page.contains(start), "{start}: {why}");
    }
    assert!(page.contains(ACCOUNT) && page.contains(REGION));
}
