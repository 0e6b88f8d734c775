//! `cargo xtask models`: whether AWS's newest models still are as the sources' rows say.

use miette::WrapErr;

use crate::run::{cargo, run};

pub(crate) fn models() -> miette::Result<()> {
    let mut command = cargo(["test", "--package", "ecr-sweep-tests", "--test", "all", "models"]);
    run(command.env("ECR_SWEEP_MODELS", "newest"), 0)
        .wrap_err("a row is not as the newest models say, or an image has none")
}
