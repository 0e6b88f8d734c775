//! `cargo xtask package`: what is deployed to AWS: the functions, for arm64 unless another architecture
//! is named, templates that `aws cloudformation deploy` takes, and the checksums of all of it, in
//! `target/package`.

mod architecture;
pub(crate) mod archive;
mod templates;
pub(crate) mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use ecr_sweep_ministack::FUNCTIONS;
use miette::{IntoDiagnostic, WrapErr};
use sha2::{Digest, Sha256};

use crate::run::{cargo, root, run, target};
pub(crate) use architecture::Architecture;

/// The largest that a function's archive should get: it is loaded at every cold start.
const MOST_BYTES: u64 = 3_000_000;

/// The profile of the functions: small and quick to load.
const PROFILE: &str = "release-lambda";

/// The feature of the functions that leaves out the logs that Lambda never shows.
pub(crate) const FEATURE: &str = "info-at-most";

/// Makes it all, and gives the folder.
pub(crate) fn package(architecture: Architecture) -> miette::Result<PathBuf> {
    let tools = tools::install(&[architecture.gnu()])?;
    // Where the app takes them from.
    let lambda = target(&architecture.folder("lambda"));
    build(&tools, architecture, &lambda)?;
    let package = made_anew(target(&architecture.folder("package")))?;
    let archives = made_anew(target(&architecture.folder("package-archives")))?;
    for name in FUNCTIONS {
        println!("packing {name}");
        let archive = archives.join(format!("{name}.zip"));
        archive::pack(&lambda.join(name), &archive)?;
        let bytes = fs::read(&archive).into_diagnostic()?;
        fs::write(package.join(key(name, &bytes)?), bytes)
            .into_diagnostic()
            .wrap_err("cannot write to target/package")?;
    }
    templates::synthesize(architecture, &archives, &package)?;
    write_checksums(&package)?;
    show(&package)?;
    Ok(package)
}

/// Writes the checksums of a folder's files beside them.
pub(crate) fn write_checksums(folder: &Path) -> miette::Result<PathBuf> {
    let (sums, path) = (checksums(folder)?, folder.join("SHA256SUMS"));
    fs::write(&path, sums)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// A folder without what an earlier build has left there.
pub(crate) fn made_anew(folder: PathBuf) -> miette::Result<PathBuf> {
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
pub(crate) fn key(name: &str, archive: &[u8]) -> miette::Result<String> {
    let digest = hex(archive)?;
    Ok(format!("{name}-{}.zip", &digest[..16]))
}

/// The SHA-256 of bytes.
pub(crate) fn hex(bytes: &[u8]) -> miette::Result<String> {
    use std::fmt::Write as _;

    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").into_diagnostic()?;
    }
    Ok(hex)
}

fn build(tools: &tools::Tools, architecture: Architecture, lambda: &Path) -> miette::Result<()> {
    // As `cargo lambda` finds it: a subcommand of cargo, in PATH.
    let mut build = cargo(["lambda", "build", "--locked", "--profile", PROFILE]);
    build
        .args(["--target", architecture.gnu(), "--features", FEATURE, "--output-format", "binary"])
        .arg("--lambda-dir")
        .arg(lambda);
    build.env("RUSTFLAGS", architecture.flags().join(" "));
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
