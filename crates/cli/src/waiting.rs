//! What a command waits for, said while it says nothing else.
//!
//! On a terminal it is a line that counts the seconds and goes away, within a second of the first. Elsewhere,
//! where every line stays, there is one after five seconds, and one each time it has taken twice as long.

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
const SPARSE: Duration = Duration::from_secs(5);

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
    let mut line = Line { drawn: None, after: SPARSE };
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
    after: Duration,
}

impl Line {
    fn tell(&mut self, what: &str, since: Duration) {
        let Some(screen) = progress::screen() else {
            if since >= self.after {
                self.after = since.saturating_mul(2);
                diagnostics::note(&in_words(what, since));
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

    #[tokio::test]
    async fn what_is_done_is_handed_out() {
        assert_eq!(told_or("nothing", async { 7 }).await, 7);
    }
}
