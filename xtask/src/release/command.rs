//! The command: one static program for each architecture, with its manual and what shells complete.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use miette::{IntoDiagnostic, WrapErr, miette};

use super::files;
use crate::package::{Architecture, made_anew, tools::Tools};
use crate::run::{cargo, root, run, target};

const PROFILE: &str = "release-command";

/// The largest that the program should get.
const MOST_BYTES: u64 = 12_000_000;

/// The shells that completions are written for.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// What goes along.
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

pub(super) fn make(
    tools: &Tools,
    architecture: Architecture,
    version: &str,
    folder: &Path,
) -> miette::Result<()> {
    let triple = architecture.musl();
    let mut build = cargo(["zigbuild", "--locked", "--profile", PROFILE, "--target", triple]);
    build.args(["--package", "ecr-sweep-cli"]).env("PATH", tools.path()?);
    run(build.env("ECR_SWEEP_COMMIT", commit()?), 0)?;
    let program = target(triple).join(PROFILE).join("ecr-sweep");
    let bytes = fs::metadata(&program).into_diagnostic()?.len();
    let note = if bytes > MOST_BYTES { format!("  over {MOST_BYTES}") } else { String::new() };
    println!("{bytes:>10} ecr-sweep for {triple}{note}");

    let name = format!("ecr-sweep-{version}-{}-linux", architecture.processor());
    let staging = made_anew(target("release-staging").join(&name))?;
    copy(&program, &staging.join("ecr-sweep"))?;
    for text in TEXTS {
        copy(&root().join(text), &staging.join(text))?;
    }
    accompany(&runnable(architecture, &program)?, &staging)?;
    files::archive(&staging, &name, folder)?;
    // As the container image's build file takes it.
    let image = target("image");
    fs::create_dir_all(&image).into_diagnostic()?;
    let of_docker = match architecture {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "amd64",
    };
    copy(&program, &image.join(format!("ecr-sweep-{of_docker}")))
}

/// The commit that is built, and whether there is more than it.
fn commit() -> miette::Result<String> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]);
    let said = git.output().into_diagnostic().wrap_err("cannot ask git for the commit")?;
    if said.status.success() {
        return Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned());
    }
    Err(miette!("git knows no commit: {}", String::from_utf8_lossy(&said.stderr)))
}

/// A program of the same command that runs here: this one, or that of this machine's build.
fn runnable(architecture: Architecture, program: &Path) -> miette::Result<std::path::PathBuf> {
    if architecture.processor() == std::env::consts::ARCH {
        return Ok(program.to_owned());
    }
    run(&mut cargo(["build", "--quiet", "--workspace", "--locked"]), 0)?;
    Ok(target("debug").join("ecr-sweep"))
}

/// Writes the manual and the completions.
fn accompany(program: &Path, staging: &Path) -> miette::Result<()> {
    run(Command::new(program).args(["man", "-o"]).arg(staging.join("man/man1")), 0)?;
    let completions = staging.join("completions");
    fs::create_dir(&completions).into_diagnostic()?;
    for shell in SHELLS {
        let file =
            File::create(completions.join(format!("ecr-sweep.{shell}"))).into_diagnostic()?;
        run(Command::new(program).args(["completions", shell]).stdout(Stdio::from(file)), 0)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> miette::Result<()> {
    fs::copy(from, to)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}
