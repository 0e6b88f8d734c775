//! `cargo xtask test`: everything that CI runs.

use std::time::Instant;

use miette::WrapErr;

use crate::run::{cargo, run};

/// One build serves all tests; clippy needs its own, without code.
const STEPS: [(&str, &[&str]); 4] = [
    ("formatting (repair with `cargo fmt --all`)", &["fmt", "--all", "--check"]),
    ("clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]),
    ("build", &["build", "--workspace", "--all-targets", "--locked"]),
    ("tests", &["test", "--workspace", "--locked", "--no-fail-fast"]),
];

pub(crate) fn test() -> miette::Result<()> {
    let start = Instant::now();
    for (name, arguments) in STEPS {
        eprintln!("== {name}");
        let step = Instant::now();
        run(&mut cargo(arguments), 0).wrap_err_with(|| format!("{name} failed"))?;
        eprintln!("== {name}: {:.0} s", step.elapsed().as_secs_f64());
    }
    eprintln!("== all passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
