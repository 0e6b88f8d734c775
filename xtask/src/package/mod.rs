//! `cargo xtask package`: what is deployed to AWS: the functions for arm64, templates that
//! `aws cloudformation deploy` takes, and the checksums of all of it, in `target/package`.

mod archive;
mod templates;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use ecr_sweep_ministack::FUNCTIONS;
use miette::{IntoDiagnostic, WrapErr};
use sha2::{Digest, Sha256};

use crate::run::{cargo, root, run, target};

/// The largest that a function's archive should get: it is loaded at every cold start.
const MOST_BYTES: u64 = 3_000_000;

/// The profile of the functions: small and quick to load.
const PROFILE: &str = "release-lambda";

/// The feature of the functions that leaves out the logs that Lambda never shows.
pub(crate) const FEATURE: &str = "info-at-most";

pub(crate) fn package() -> miette::Result<()> {
    let tools = tools::install()?;
    // Where the app takes them from.
    let lambda = target("lambda");
    build(&tools, &lambda)?;
    let package = made_anew(target("package"))?;
    let archives = made_anew(target("package-archives"))?;
    for name in FUNCTIONS {
        println!("packing {name}");
        let archive = archives.join(format!("{name}.zip"));
        archive::pack(&lambda.join(name), &archive)?;
        let bytes = fs::read(&archive).into_diagnostic()?;
        fs::write(package.join(key(name, &bytes)?), bytes)
            .into_diagnostic()
            .wrap_err("cannot write to target/package")?;
    }
    templates::synthesize(&archives, &package)?;
    let sums = checksums(&package)?;
    fs::write(package.join("SHA256SUMS"), sums).into_diagnostic()?;
    show(&package)
}

/// A folder without what an earlier build has left there.
fn made_anew(folder: PathBuf) -> miette::Result<PathBuf> {
    let make = || {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)
    };
    make().into_diagnostic().wrap_err_with(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The key that the templates have for a function's archive (`infra/lib/function-code.ts`).
fn key(name: &str, archive: &[u8]) -> miette::Result<String> {
    let digest = hex(archive)?;
    Ok(format!("{name}-{}.zip", &digest[..16]))
}

/// The SHA-256 of bytes.
fn hex(bytes: &[u8]) -> miette::Result<String> {
    use std::fmt::Write as _;

    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").into_diagnostic()?;
    }
    Ok(hex)
}

/// What makes the functions smaller, beside their profile. All of Lambda's arm64 processors are a
/// Neoverse N1 or later, so that what older ones need is left out; code that the outliner has
/// moved about packs badly, and relocations are a tenth of what is loaded.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>
const SMALL: [&str; 6] = [
    "-C",
    "target-cpu=neoverse-n1",
    "-C",
    "llvm-args=-enable-machine-outliner=never",
    "-C",
    "link-arg=-no-pie",
];

fn build(tools: &tools::Tools, lambda: &Path) -> miette::Result<()> {
    // As `cargo lambda` finds it: a subcommand of cargo, in PATH.
    let mut build = cargo(["lambda", "build", "--arm64", "--locked", "--profile", PROFILE]);
    build
        .args(["--features", FEATURE, "--output-format", "binary"])
        .arg("--lambda-dir")
        .arg(lambda);
    build.env("RUSTFLAGS", SMALL.join(" "));
    for name in FUNCTIONS {
        build.args(["--package", name]);
    }
    run(build.env("PATH", tools.path()?), 0)
}

/// What `sha256sum --check` reads.
fn checksums(package: &Path) -> miette::Result<String> {
    use std::fmt::Write as _;

    let mut sums = String::new();
    for name in files(package)? {
        let bytes = fs::read(package.join(&name)).into_diagnostic()?;
        writeln!(sums, "{}  {name}", hex(&bytes)?).into_diagnostic()?;
    }
    Ok(sums)
}

/// The names of the files, sorted, but for the checksums themselves.
fn files(package: &Path) -> miette::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(package).into_diagnostic()? {
        let name = entry.into_diagnostic()?.file_name().to_string_lossy().into_owned();
        if name != "SHA256SUMS" {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Prints what there is, and which functions got larger than they should.
fn show(package: &Path) -> miette::Result<()> {
    for name in files(package)? {
        let bytes = fs::metadata(package.join(&name)).into_diagnostic()?.len();
        let is_too_large = name.strip_suffix(".zip").is_some() && bytes > MOST_BYTES;
        let note = if is_too_large { format!("  over {MOST_BYTES}") } else { String::new() };
        println!("{bytes:>10} {name}{note}");
    }
    println!("\nAll of it is in {}", package.display());
    println!("Without the CDK: put it into a bucket, and deploy a template (infra/README.md)");
    println!("Or deploy from {}: npx cdk deploy EcrSweep", root().join("infra").display());
    Ok(())
}
