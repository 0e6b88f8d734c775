//! `ecr-sweep schema`: the JSON Schema of a file that ecr-sweep reads or writes.

use ecr_sweep_protocol::{ExitCode, schema};

use crate::args::SchemaArguments;
use crate::failure::Failure;
use crate::render;

/// Prints the schema.
pub fn run(arguments: &SchemaArguments) -> Result<ExitCode, Failure> {
    render::print(&format_args!("{:#}\n", schema::of(arguments.name)))?;
    Ok(ExitCode::Done)
}
