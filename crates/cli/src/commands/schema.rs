//! `ecr-sweep schema`: the JSON Schema of a file that ecr-sweep reads or writes.

use ecr_sweep_protocol::schema;

use crate::args::SchemaArguments;
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render;

/// Prints the schema.
pub fn run(arguments: &SchemaArguments) -> Result<Ended, Failure> {
    render::print(&format_args!("{:#}\n", schema::of(arguments.name)))?;
    Ok(Ended::WELL)
}
