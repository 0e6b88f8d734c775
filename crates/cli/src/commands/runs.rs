//! `ecr-sweep runs`: every run of a store.

use ecr_sweep_steps::list_runs;

use super::next_step;
use super::open_store::{self, OpenStore};
use crate::args::{Format, RunsArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::runs::Listed;
use crate::{diagnostics, render};

/// Lists, newest first.
pub fn run(arguments: &RunsArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let list = open.run(list_runs(&*open.store, open_store::now()))?;
    match arguments.form.format {
        Format::Json => render::json::write(&list)?,
        Format::Table => {
            render::print(&Listed(&render::plain::document(list.clone())))?;
            next_step::blank();
            diagnostics::next(&if list.runs.is_empty() {
                "`ecr-sweep plan` makes a run; `--store` names another run store".to_owned()
            } else {
                "`ecr-sweep show latest` shows the newest".to_owned()
            });
        }
    }
    Ok(Ended::WELL)
}
