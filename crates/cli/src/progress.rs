//! Progress on a terminal: one bar for each phase of a run.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ecr_sweep_core::wording::in_a_line;
use ecr_sweep_steps::{Phase, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diagnostics;

const TEMPLATE: &str = "{spinner} {msg:<28} {bar:30} {human_pos}/{human_len}  {elapsed}";
const REDRAWN: Duration = Duration::from_millis(120);

/// A bar on standard error for each phase that is under way.
///
/// Nothing is drawn where standard error is no terminal, or where logs would run into the bars.
pub struct Bars {
    drawn: Option<MultiProgress>,
    under_way: Mutex<BTreeMap<Phase, ProgressBar>>,
}

impl Bars {
    /// Bars, if there is somebody to see them.
    pub fn new() -> Self {
        let is_seen = std::io::stderr().is_terminal() && !tracing::enabled!(tracing::Level::INFO);
        let drawn = is_seen.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { drawn, under_way: Mutex::default() }
    }

    /// Whether there is somebody to see them.
    pub const fn are_drawn(&self) -> bool {
        self.drawn.is_some()
    }

    /// Takes all bars away: something else is to be read now.
    pub fn clear(&self) {
        for (_, bar) in std::mem::take(&mut *self.bars()) {
            bar.finish_and_clear();
        }
    }

    fn bars(&self) -> std::sync::MutexGuard<'_, BTreeMap<Phase, ProgressBar>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn start(&self, phase: Phase, total: u64) {
        let Some(drawn) = &self.drawn else { return };
        let style = ProgressStyle::with_template(TEMPLATE)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ ");
        let bar = drawn.add(ProgressBar::new(total)).with_style(style);
        bar.set_message(phase.to_string());
        bar.enable_steady_tick(REDRAWN);
        if let Some(before) = self.bars().insert(phase, bar) {
            before.finish_and_clear();
        }
    }

    fn step(&self, phase: Phase, steps: u64) {
        let mut bars = self.bars();
        let Some(bar) = bars.get(&phase) else { return };
        bar.inc(steps);
        if bar.length().is_some_and(|length| bar.position() >= length)
            && let Some(done) = bars.remove(&phase)
        {
            done.finish_and_clear();
        }
    }

    fn note(&self, text: &str) {
        match &self.drawn {
            // A terminal that is gone has no reader either.
            Some(drawn) => drop(drawn.println(format!("note: {}", in_a_line(text)))),
            None => diagnostics::note(text),
        }
    }
}
