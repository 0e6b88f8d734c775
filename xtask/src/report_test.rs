//! `cargo xtask report-test`: the pages of a report in a browser.

use std::process::Command;

use crate::run::{cargo, root, run, target};

/// Builds what writes the pages, and looks at them in Chromium, which comes with an npm package: nothing has
/// to be there but Node.
pub(crate) fn report_test() -> miette::Result<()> {
    // The same build as that of all tests.
    run(&mut cargo(["build", "--workspace", "--all-targets", "--locked"]), 0)?;
    let pages = target("tmp").join("report-pages");
    run(Command::new(target("debug").join("examples").join("pages")).arg(&pages), 0)?;
    let browser = root().join("crates/report/browser");
    let npm = |arguments: &[&str]| {
        let mut command = Command::new("npm");
        command.current_dir(&browser).args(arguments);
        command
    };
    run(&mut npm(&["ci", "--no-audit", "--no-fund"]), 0)?;
    run(npm(&["test"]).env("ECR_SWEEP_PAGES", &pages), 0)
}
