//! Progress on a terminal: one bar for each phase of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal as _;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use ecr_sweep_core::wording::in_a_line;
use ecr_sweep_steps::{Phase, Progress};
use indicatif::{
    HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use crate::diagnostics;

/// Fits into 80 columns, with 100,000 steps ahead.
const TEMPLATE: &str = "{spinner} {msg:<27} {bar:18} {human_pos}/{human_len}  {elapsed}{left}";
const REDRAWN: Duration = Duration::from_millis(120);

/// From when on it can be told how long the rest will take.
const TELLING: Duration = Duration::from_secs(2);

static SCREEN: LazyLock<Option<MultiProgress>> = LazyLock::new(|| {
    let is_seen = std::io::stderr().is_terminal();
    is_seen.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
});

/// What is drawn on standard error; nothing where that is no terminal.
pub fn screen() -> Option<&'static MultiProgress> {
    SCREEN.as_ref()
}

/// Writes to standard error, with nothing drawn meanwhile: a line would run into a bar.
pub fn beside<T>(write: impl FnOnce() -> T) -> T {
    match screen() {
        Some(screen) => screen.suspend(write),
        None => write(),
    }
}

/// A bar on standard error for each phase that is under way.
///
/// Nothing is drawn where standard error is no terminal.
pub struct Bars {
    drawn: Option<&'static MultiProgress>,
    under_way: Mutex<BTreeMap<Phase, ProgressBar>>,
}

impl Bars {
    /// Bars, if there is somebody to see them.
    pub fn new() -> Self {
        Self { drawn: screen(), under_way: Mutex::default() }
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
            .with_key("left", |state: &ProgressState, to: &mut dyn fmt::Write| {
                if let Some(left) = left(state.pos(), state.len(), state.elapsed(), state.eta()) {
                    // A template that cannot be written is drawn as far as it goes.
                    to.write_str(&left).unwrap_or(());
                }
            })
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

/// How long the rest will take, where enough is done to tell.
fn left(done: u64, total: Option<u64>, since: Duration, eta: Duration) -> Option<String> {
    let is_known = done > 0 && total.is_some_and(|total| done < total);
    (is_known && since >= TELLING).then(|| format!(", {:#} left", HumanDuration(eta)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_the_rest_takes_is_told_once_it_can_be() {
        let seconds = Duration::from_secs;
        let told = left(10, Some(40), seconds(20), seconds(180));
        assert_eq!(told.as_deref(), Some(", 3m left"));
        assert_eq!(left(0, Some(40), seconds(20), seconds(180)), None);
        assert_eq!(left(10, Some(40), seconds(1), seconds(180)), None);
        assert_eq!(left(40, Some(40), seconds(20), seconds(0)), None);
    }
}
