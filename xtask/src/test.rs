//! `cargo xtask test`: everything that CI runs.

use std::process::Command;
use std::time::Instant;

use ecr_sweep_api_server::build;
use miette::WrapErr;

use crate::deny::deny;
use crate::report_test::report_test;
use crate::run::{cargo, root, run, target};

/// One build serves all tests; clippy needs its own, without code.
const RUST: [(&str, &[&str]); 3] = [
    ("formatting (repair with `cargo fmt --all`)", &["fmt", "--all", "--check"]),
    ("clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]),
    ("build", &["build", "--workspace", "--all-targets", "--locked"]),
];

const TESTS: (&str, &[&str]) = ("tests", &["test", "--workspace", "--locked", "--no-fail-fast"]);

/// In `infra/`: the types, the assertions on the template, and what lints it.
const INFRA: [(&str, &[&str]); 5] = [
    ("infrastructure: tests", &["test"]),
    ("infrastructure: lint", &["run", "lint"]),
    ("infrastructure: the npm package", &["run", "test:packed"]),
    ("infrastructure: the plain template", &["run", "test:deployed"]),
    ("infrastructure: the Terraform module", &["run", "test:terraform"]),
];

pub(crate) fn test() -> miette::Result<()> {
    let start = Instant::now();
    if !has_current_modules() {
        step("infrastructure: packages", &mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    for (name, arguments) in INFRA {
        step(name, &mut npm(arguments))?;
    }
    for (name, arguments) in RUST {
        step(name, &mut cargo(arguments))?;
    }
    // Some tests need it, and would build it: so its time is told by itself.
    timed("Kubernetes: its API server", || {
        build(&target("tmp"));
        Ok(())
    })?;
    let (name, arguments) = TESTS;
    step(name, &mut cargo(arguments))?;
    timed("the report in a browser", report_test)?;
    timed("dependencies", deny)?;
    eprintln!("== all passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn step(name: &str, command: &mut Command) -> miette::Result<()> {
    timed(name, || run(command, 0))
}

fn timed(name: &str, act: impl FnOnce() -> miette::Result<()>) -> miette::Result<()> {
    eprintln!("== {name}");
    let start = Instant::now();
    act().wrap_err_with(|| format!("{name} failed"))?;
    eprintln!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(root().join("infra")).args(arguments);
    command
}

/// Whether the packages that are there were installed from today's lock file.
fn has_current_modules() -> bool {
    let infra = root().join("infra");
    let changed = |path: &str| infra.join(path).metadata().and_then(|it| it.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    installed.zip(changed("package-lock.json")).is_some_and(|(is, wanted)| is >= wanted)
}
