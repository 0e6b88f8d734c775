//! `ecr-sweep`: finds the container images in Amazon ECR that nothing uses, and deletes exactly
//! those.
//!
//! Arguments in, one command run, one exit code out. What is decided is decided elsewhere.

mod args;
mod commands;
mod confirm;
mod diagnostics;
mod ended;
mod failure;
mod failure_document;
mod files;
mod image_name;
mod interrupt;
mod logging;
mod offline;
mod progress;
mod render;
mod waiting;

fn main() -> std::process::ExitCode {
    let arguments = args::parse();
    arguments.output.color.write_global();
    logging::start(&arguments.output);
    let exit_code = match commands::run(arguments.command) {
        Ok(ended) => ended.exit_code(),
        Err(failure) => diagnostics::report(&failure),
    };
    exit_code.into()
}
