//! `ecr-sweep backtest`: what a policy would have deleted, and what of it somebody needed later.

use ecr_sweep_policy::Use;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_steps::backtest;

use super::next_step;
use super::open_store::{self, OpenStore};
use crate::args::{BacktestArguments, Format};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::backtest::BacktestView;
use crate::render::counted;
use crate::{diagnostics, files, render};

/// Judges a policy by the runs of a store.
pub fn run(arguments: &BacktestArguments) -> Result<Ended, Failure> {
    let (file, text) = files::policy(&arguments.policy.policy, Use::Live)?;
    let since = arguments.since.map(|since| since.moment(open_store::now()));
    let open = OpenStore::open(&arguments.live)?;
    let judged = open.run(backtest(&*open.store, &file.policy, &text, since))?;
    match arguments.form.format {
        Format::Json => render::json::write(&judged)?,
        Format::Table => {
            render::print(&BacktestView(&render::plain::document(judged.clone())))?;
        }
    }
    let next = match judged.needed_again.first() {
        Some(needed) => format!(
            "`ecr-sweep show {} {}` shows what the run saw that found one needed",
            needed.seen_in, needed.repository
        ),
        None if judged.runs.is_empty() => {
            "`ecr-sweep plan` makes a run; `--store` names another run store".to_owned()
        }
        None => "the more runs there are, the more it says: let one plan every week".to_owned(),
    };
    let code = judged.exit_code();
    if code != ExitCode::Done {
        let why = match judged.needed {
            0 => "no run could be judged".to_owned(),
            needed => format!("of what would have gone, {} needed later", were(needed)),
        };
        return Ok(Ended::short(code, why, Next::Step(next)));
    }
    if arguments.form.format == Format::Table {
        next_step::blank();
        diagnostics::next(&next);
    }
    Ok(Ended::WELL)
}

fn were(images: u64) -> String {
    let were = if images == 1 { "was" } else { "were" };
    format!("{} {were}", counted(images, "image"))
}
