//! What is built in, as `CycloneDX` lists it: of the command and each function, and of the construct.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use ecr_sweep_ministack::FUNCTIONS;
use miette::{IntoDiagnostic, WrapErr};

use crate::package::Architecture;
use crate::run::{root, run};
use crate::tools::installed;

/// The version of cargo-cyclonedx that is run.
const VERSION: &str = "0.5.9";

/// What it writes beside each crate of the workspace.
const FILE: &str = "ecr-sweep-release";

pub(super) fn list(version: &str, folder: &Path) -> miette::Result<()> {
    let mut cyclonedx = Command::new(installed("cargo-cyclonedx", VERSION)?);
    cyclonedx.current_dir(root()).args(["cyclonedx", "--quiet", "--format", "json"]);
    cyclonedx.args(["--spec-version", "1.5", "--no-build-deps", "--override-filename", FILE]);
    let listed = run(cyclonedx.args(["--target", Architecture::Arm64.gnu()]), 0);
    let kept = listed.and_then(|()| keep(version, folder));
    remove()?;
    kept?;

    let construct = folder.join(format!("ecr-sweep-{version}-construct.cdx.json"));
    let mut npm = Command::new("npm");
    npm.current_dir(root().join("infra")).args(["sbom", "--sbom-format", "cyclonedx"]);
    npm.args(["--package-lock-only"])
        .stdout(Stdio::from(File::create(&construct).into_diagnostic()?));
    run(&mut npm, 0)
}

/// The lists of what is released.
fn keep(version: &str, folder: &Path) -> miette::Result<()> {
    let released = std::iter::once(("command", "crates/cli".to_owned()));
    let functions = FUNCTIONS.map(|name| (name, format!("functions/{name}")));
    for (name, path) in released.chain(functions) {
        let list = root().join(path).join(format!("{FILE}.json"));
        fs::copy(&list, folder.join(format!("ecr-sweep-{version}-{name}.cdx.json")))
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot copy {}", list.display()))?;
    }
    Ok(())
}

/// Takes away what was written beside the crates.
fn remove() -> miette::Result<()> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["clean", "--quiet", "--force", "--"]);
    run(git.arg(format!(":(glob)**/{FILE}.json")), 0)
}
