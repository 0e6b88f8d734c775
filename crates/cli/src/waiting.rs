//! What a command waits for, said while it says nothing else.
//!
//! On a terminal it is a line that counts the seconds and goes away, within a second of the first. Elsewhere every
//! line stays, and most are read by nobody: there is one after a minute, which only what hangs takes, and one each
//! time it has taken twice as long. Who asks for a log is told there after five seconds already.

use std::time::Duration;

use ecr_sweep_aws::longest_call;
use indicatif::ProgressBar;

use crate::diagnostics;
use crate::progress;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// From when on it is said on a terminal: within a second, with the time between two looks.
const SOON: Duration = Duration::from_millis(700);

/// From when on it is said elsewhere.
const SPARSE: Duration = Duration::from_mins(1);

/// From when on it is logged there, if anything is.
const LOGGED: Duration = Duration::from_secs(5);

/// Does something, and says which call is waited for, if one takes long.
pub async fn told<T>(act: impl Future<Output = T>) -> T {
    said(None, act).await
}

/// The same; where no call is under way, this is waited for.
pub async fn told_or<T>(otherwise: &str, act: impl Future<Output = T>) -> T {
    said(Some(otherwise), act).await
}

async fn said<T>(otherwise: Option<&str>, act: impl Future<Output = T>) -> T {
    let mut act = std::pin::pin!(act);
    let begun = tokio::time::Instant::now();
    let is_logged = tracing::enabled!(tracing::Level::INFO);
    let after = if is_logged { LOGGED } else { SPARSE };
    let mut line = Line { drawn: None, is_logged, after };
    loop {
        if let Ok(done) = tokio::time::timeout(EVERY, &mut act).await {
            line.clear();
            return done;
        }
        let call = longest_call().map(|(call, since)| (call.to_string(), since));
        match call.or_else(|| otherwise.map(|what| (what.to_owned(), begun.elapsed()))) {
            Some((what, since)) => line.tell(&what, since),
            None => line.clear(),
        }
    }
}

/// The line on a terminal; or after how long the next one is said elsewhere.
struct Line {
    drawn: Option<ProgressBar>,
    is_logged: bool,
    after: Duration,
}

impl Line {
    fn tell(&mut self, what: &str, since: Duration) {
        let Some(screen) = progress::screen() else {
            match (self.is_due(since), self.is_logged) {
                (false, _) => {}
                (true, true) => tracing::info!("{}", in_words(what, since)),
                (true, false) => diagnostics::note(&in_words(what, since)),
            }
            return;
        };
        if since < SOON {
            return self.clear();
        }
        let line = self.drawn.get_or_insert_with(|| screen.add(ProgressBar::new_spinner()));
        line.set_message(in_words(what, since));
        line.tick();
    }

    /// Whether it is time to say it where every line stays, and then not again until it has taken twice as long.
    fn is_due(&mut self, since: Duration) -> bool {
        let is_due = since >= self.after;
        if is_due {
            self.after = since.saturating_mul(2);
        }
        is_due
    }

    fn clear(&mut self) {
        if let Some(line) = self.drawn.take() {
            line.finish_and_clear();
        }
    }
}

/// Whole seconds, the one that has begun among them.
fn in_words(what: &str, since: Duration) -> String {
    format!("waiting for {what}, {} s so far", since.as_secs().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_less_than_a_second_is_of_one() {
        let told = |millis| in_words("ecr DescribeImages", Duration::from_millis(millis));
        assert_eq!(told(900), "waiting for ecr DescribeImages, 1 s so far");
        assert_eq!(told(12_300), "waiting for ecr DescribeImages, 12 s so far");
    }

    #[test]
    fn where_every_line_stays_it_is_said_ever_more_seldom() {
        let mut line = Line { drawn: None, is_logged: false, after: SPARSE };
        let told: Vec<u64> =
            (0..=300).filter(|seconds| line.is_due(Duration::from_secs(*seconds))).collect();
        assert_eq!(told, [60, 120, 240]);
    }

    #[tokio::test]
    async fn what_is_done_is_handed_out() {
        assert_eq!(told_or("nothing", async { 7 }).await, 7);
    }
}
