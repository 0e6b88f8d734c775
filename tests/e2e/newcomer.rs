//! Somebody who has a clone and nothing else: no home, no settings of AWS, no policy. What the README shows,
//! in its order, in a fresh clone of what is committed here.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions, reseal};
use ecr_sweep_ministack::Cdk;
use ecr_sweep_protocol::snapshot;
use ecr_sweep_test_world::changing_calls;

use crate::organization::{ACCOUNT, REGION};
use crate::stage::{RUNTIME, binaries, cache};

/// Where somebody starts: an empty home, the clone, and the command where a shell finds it.
struct Newcomer {
    folder: tempfile::TempDir,
}

impl Newcomer {
    fn new() -> Self {
        let newcomer = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["home", "bin"] {
            fs::create_dir(newcomer.path(folder)).unwrap();
        }
        symlink(binaries().join("ecr-sweep"), newcomer.path("bin").join("ecr-sweep")).unwrap();
        let mut git = newcomer.command("git", &newcomer.path("home"));
        git.args(["-c", "safe.directory=*", "clone", "--quiet", "--local"]);
        end(git.arg(root()).arg(newcomer.path("clone")), 0);
        newcomer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program, with nothing set that somebody has set up once.
    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut path: OsString = self.path("bin").into();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).env_clear();
        command.env("PATH", path).env("HOME", self.path("home"));
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("CDK_DISABLE_CLI_TELEMETRY", "true");
        command
    }
}

/// Runs a command to its end, and gives what it said.
fn end(command: &mut Command, code: i32) -> (String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The organization of the examples, with images whose digests are true.
fn simulator() -> Simulator {
    let example = fs::read(root().join("examples/organization/snapshot.json")).unwrap();
    let organization = reseal(snapshot::read("the example", &example).unwrap()).snapshot;
    let options = SimulatorOptions { snapshot: Some(organization), ..SimulatorOptions::default() };
    RUNTIME.block_on(Simulator::start(options)).unwrap()
}

#[test]
fn who_has_a_clone_alone_comes_from_the_first_policy_to_a_template() {
    let newcomer = Newcomer::new();
    let clone = newcomer.path("clone");
    let simulator = simulator();
    let ecr_sweep = |arguments: &[&str], code| {
        let mut command = newcomer.command("ecr-sweep", &clone);
        command.args(arguments).env("AWS_ENDPOINT_URL", simulator.endpoint());
        command.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_SECRET_ACCESS_KEY", "test");
        end(command.env("AWS_REGION", REGION), code)
    };

    // Before there is a policy, one is asked for by what writes it.
    let (_, stderr) = ecr_sweep(&["plan"], 2);
    assert!(stderr.contains("`ecr-sweep init` writes a first one"), "{stderr}");

    let (_, stderr) = ecr_sweep(&["init"], 0);
    assert!(stderr.contains("`ecr-sweep plan --policy policy.yaml`"), "{stderr}");
    let policy = fs::read_to_string(clone.join("policy.yaml")).unwrap();
    let (stdout, _) = ecr_sweep(&["check", "policy.yaml", "--live"], 0);
    assert!(stdout.contains("Every pattern matches something."), "{stdout}");
    ecr_sweep(&["doctor"], 0);
    let (stdout, _) = ecr_sweep(&["plan", "--policy", "policy.yaml"], 0);
    assert!(stdout.contains("Nothing of 113 images goes."), "{stdout}");
    ecr_sweep(&["report", "latest", "-o", "report"], 0);
    assert!(fs::read_to_string(clone.join("report/index.html")).unwrap().contains("What would go"));
    assert_eq!(changing_calls(&simulator.counts()), std::collections::BTreeMap::new());

    // The packages and the functions are those of this build; all else is of the clone.
    let cdk = Cdk::install(&root().join("infra"), cache()).unwrap();
    symlink(root().join("infra/node_modules"), clone.join("infra/node_modules")).unwrap();
    fs::create_dir(clone.join("target")).unwrap();
    symlink(cdk.lay_out(&binaries()).unwrap(), clone.join("target/lambda")).unwrap();
    fs::copy(clone.join("examples/ecr-sweep.yaml"), clone.join("ecr-sweep.yaml")).unwrap();
    let mut synth = newcomer.command("npx", &clone.join("infra"));
    end(synth.args(["cdk", "synth", "--quiet"]), 0);

    let assembly = clone.join("infra/cdk.out");
    let template = fs::read_to_string(assembly.join("EcrSweep.template.json")).unwrap();
    assert!(template.contains("platform@example.com"), "the configuration is not in the template");
    let files = fs::read_dir(&assembly).unwrap().map(|entry| entry.unwrap().path());
    let mut assets = files.filter(|path| path.extension().is_some_and(|it| it == "yaml"));
    let is_deployed = |path: PathBuf| fs::read_to_string(path).unwrap() == policy;
    assert!(assets.any(is_deployed), "the policy is not deployed");
}

#[test]
fn the_demo_ends_well_where_nothing_is_set_up() {
    let newcomer = Newcomer::new();
    let program = binaries().join("xtask");
    let mut demo = newcomer.command(program.to_str().unwrap(), &newcomer.path("clone"));
    let (stdout, stderr) = end(demo.arg("demo"), 0);
    assert!(stderr.contains("# What is left:"), "{stderr}");
    assert!(stdout.contains("prod/payments"), "{stdout}");
}
