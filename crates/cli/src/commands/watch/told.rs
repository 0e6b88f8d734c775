//! What somebody who watches is told: a bar on a terminal, a line a change elsewhere.

use std::cell::Cell;

use ecr_sweep_aws::StateMachine;
use ecr_sweep_steps::{Phase, Position, Progress as _};

use crate::diagnostics;
use crate::progress::Bars;
use crate::render::Count;

/// What was told last.
pub struct Told {
    bars: Bars,
    /// The run.
    run: String,
    state_machine: Option<String>,
    last: Cell<Option<Position>>,
}

impl Told {
    /// Nothing was told yet.
    pub fn new(run: String, execution: Option<&(StateMachine, String)>) -> Self {
        let state_machine = execution.map(|(machine, _)| machine.arn());
        Self { bars: Bars::new(), run, state_machine, last: Cell::new(None) }
    }

    /// Tells how far it is, if that is news. Says whether it is.
    pub fn tell(&self, position: Position) -> bool {
        let last = self.last.replace(Some(position));
        if last == Some(position) {
            return false;
        }
        match position {
            Position::At { phase, done, total } if self.bars.are_drawn() => {
                self.draw(phase, done, total, last);
            }
            Position::At { phase, done, total } => {
                diagnostics::show(&format_args!("{phase}: {} of {}\n", Count(done), Count(total)));
            }
            _ => {
                self.bars.clear();
                diagnostics::note(&self.waiting(position));
            }
        }
        true
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        self.bars.clear();
    }

    fn draw(&self, phase: Phase, done: u64, total: u64, last: Option<Position>) {
        let before = match last {
            Some(Position::At { phase: p, done: d, total: t })
                if p == phase && t == total && d <= done =>
            {
                d
            }
            _ => {
                self.bars.clear();
                self.bars.start(phase, total);
                0
            }
        };
        self.bars.step(phase, done - before);
    }

    fn waiting(&self, position: Position) -> String {
        match position {
            Position::AwaitingApproval => {
                let machine = match &self.state_machine {
                    Some(arn) => format!(" --state-machine {arn}"),
                    None => String::new(),
                };
                format!(
                    "the run waits for approval: `ecr-sweep approve {}{machine}` answers it",
                    self.run
                )
            }
            Position::Planned => "the run has planned, and deletes nothing yet".to_owned(),
            Position::Starting | Position::At { .. } => "the run is starting".to_owned(),
        }
    }
}
