//! `cargo xtask release`: what is released, in `target/release-files`: the command for two
//! architectures, what is deployed for both, the construct, what all of it is made of, and checksums.
//! `.github/workflows/release.yml` puts it where people find it.

mod command;
mod components;
mod files;
mod signature;

use std::fs;
use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic, WrapErr};

use crate::package::{Architecture, made_anew, package, tools, write_checksums};
use crate::run::{root, run, target};

/// What is made, and how it is signed.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Only these parts; all without it
    #[arg(long = "only", value_enum)]
    parts: Vec<Part>,
    /// Only for this architecture; for both without it
    #[arg(long, value_enum)]
    architecture: Option<Architecture>,
    /// The private key of SSH that signs the checksums
    #[arg(long, value_name = "FILE", env = "ECR_SWEEP_SIGNING_KEY")]
    key: Option<PathBuf>,
}

/// A part of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The command, with its manual, completions, and what an image is built of
    Command,
    /// The functions and the templates
    Deployment,
    /// The npm package
    Construct,
    /// The lists of components
    Components,
}

pub(crate) fn release(release: &Release) -> miette::Result<()> {
    let folder = made_anew(target("release-files"))?;
    let architectures = release.architecture.map_or(Architecture::ALL.to_vec(), |it| vec![it]);
    let is_made = |part| release.parts.is_empty() || release.parts.contains(&part);
    let version = env!("CARGO_PKG_VERSION");
    if is_made(Part::Command) {
        let targets: Vec<&str> = architectures.iter().map(|it| it.musl()).collect();
        let tools = tools::install(&targets)?;
        for architecture in &architectures {
            command::make(&tools, *architecture, version, &folder)?;
        }
    }
    if is_made(Part::Deployment) {
        for architecture in &architectures {
            let name = format!("ecr-sweep-{version}-deployment-{}", architecture.name());
            files::archive(&package(*architecture)?, &name, &folder)?;
        }
    }
    if is_made(Part::Construct) {
        construct(&folder)?;
    }
    if is_made(Part::Components) {
        components::list(version, &folder)?;
    }
    let sums = write_checksums(&folder)?;
    if let Some(key) = &release.key {
        signature::sign(&sums, key)?;
    }
    println!("\nAll of it is in {}", folder.display());
    Ok(())
}

/// The npm package, with the functions that `package` has built.
fn construct(folder: &std::path::Path) -> miette::Result<()> {
    let staging = target("npm-release");
    let mut npm = std::process::Command::new("npm");
    npm.current_dir(root().join("infra")).args(["run", "--silent", "pack", "--"]);
    run(npm.arg(&staging).arg(target("package-archives")), 0)
        .wrap_err("the functions have to be there: `cargo xtask package` makes them")?;
    for entry in fs::read_dir(&staging).into_diagnostic()? {
        let path = entry.into_diagnostic()?.path();
        if let Some(name) =
            path.file_name().filter(|_| path.extension().is_some_and(|it| it == "tgz"))
        {
            fs::copy(&path, folder.join(name)).into_diagnostic()?;
        }
    }
    Ok(())
}
