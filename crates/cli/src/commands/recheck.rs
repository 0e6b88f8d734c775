//! What of a stored plan still holds, however it was checked.

use ecr_sweep_protocol::recheck::Recheck;

use super::next_step;
use crate::args::Format;
use crate::failure::Failure;
use crate::render::recheck::Rechecked;
use crate::{diagnostics, render};

/// Prints it; to people, with the command that deletes what still goes.
pub fn print(rechecked: &Recheck, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => render::json::write(rechecked)?,
        Format::Table => {
            render::print(&Rechecked(&render::plain::document(rechecked.clone())))?;
            if rechecked.repositories.iter().any(|it| it.still > 0) {
                next_step::blank();
                diagnostics::next(&format!(
                    "`ecr-sweep start --plan {} --delete` deletes it, after it has asked",
                    rechecked.run,
                ));
            }
        }
    }
    Ok(())
}
