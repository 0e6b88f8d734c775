//! What was named a moment ago, and a call about it does not find.
//!
//! It may have been deleted in between; and it may be there: what answers has not heard of it yet, as
//! AWS's APIs are eventually consistent, or it is being made again under the same name. So nobody is
//! believed at the first no. What is found at none of the looks names nothing; what is made after them
//! is as new as whatever else comes up after a scan.
//!
//! ECS says how long to wait: a couple of seconds at first.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;

use crate::AwsError;

/// How long to wait before each further look, in first pauses of a client between two attempts: of one
/// second, but with simulators.
const FURTHER_LOOKS: [u32; 2] = [2, 4];

/// The pauses before looks at what was not found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    unit: Duration,
    made: usize,
}

impl Looks {
    /// As patient as the clients of this configuration.
    pub(super) fn of(config: &SdkConfig) -> Self {
        let patience = config.retry_config().map_or_else(
            || RetryConfig::standard().initial_backoff(),
            RetryConfig::initial_backoff,
        );
        Self { unit: patience, made: 0 }
    }

    /// Waits for the next look. False: there is none, and what was not found is gone.
    ///
    /// Whoever waits is cut off with the whole scan where its time is up.
    pub(super) async fn wait(&mut self) -> bool {
        let Some(pause) = FURTHER_LOOKS.get(self.made) else { return false };
        self.made += 1;
        tokio::time::sleep(self.unit * *pause).await;
        true
    }
}

/// What one call finds, at the first look or a further one. None: it is gone.
pub(super) async fn look<T, R>(
    mut looks: Looks,
    is_gone: impl Fn(&AwsError) -> bool,
    ask: impl Fn() -> R,
) -> Result<Option<T>, AwsError>
where
    R: Future<Output = Result<T, AwsError>>,
{
    loop {
        match ask().await {
            Err(error) if is_gone(&error) => {
                if !looks.wait().await {
                    tracing::debug!(%error, "gone since it was listed");
                    return Ok(None);
                }
            }
            found => return found.map(Some),
        }
    }
}

/// What a call about several finds of these, at the first look or a further one; the call says which it
/// has missed. Those that are gone are not among it.
pub(super) async fn look_at_all<T, R>(
    mut looks: Looks,
    mut names: Vec<Box<str>>,
    ask: impl Fn(Vec<Box<str>>) -> R,
) -> Result<Vec<T>, AwsError>
where
    R: Future<Output = Result<(Vec<T>, Vec<Box<str>>), AwsError>>,
{
    let mut all = Vec::new();
    loop {
        let (found, missing) = ask(names).await?;
        all.extend(found);
        if missing.is_empty() || !looks.wait().await {
            return Ok(all);
        }
        names = missing;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::AwsErrorKind;
    use crate::call::Call;

    const AT_ONCE: Looks = Looks { unit: Duration::ZERO, made: 0 };

    fn not_found() -> AwsError {
        let call = Call::anywhere("lambda", "GetFunction", None);
        AwsError { kind: AwsErrorKind::NotFound, ..call.unreadable("no") }
    }

    /// What is found by the look of this number, and how often was looked.
    async fn found_at(there_from: u32) -> (Option<&'static str>, u32) {
        let looked = Cell::new(0);
        let is_gone = |error: &AwsError| error.kind == AwsErrorKind::NotFound;
        let found = look(AT_ONCE, is_gone, || {
            looked.set(looked.get() + 1);
            let found = if looked.get() >= there_from { Ok("it") } else { Err(not_found()) };
            async { found }
        });
        (found.await.unwrap(), looked.get())
    }

    #[tokio::test]
    async fn what_is_not_found_at_first_is_looked_for_again_and_gone_after_the_third_look() {
        assert_eq!(found_at(1).await, (Some("it"), 1));
        assert_eq!(found_at(2).await, (Some("it"), 2));
        assert_eq!(found_at(3).await, (Some("it"), 3));
        assert_eq!(found_at(4).await, (None, 3));
    }

    #[tokio::test]
    async fn of_several_only_those_that_are_missing_are_looked_for_again() {
        let asked = Cell::new(Vec::new());
        let names = || ["a", "b", "c"].map(Box::<str>::from).to_vec();
        let found = look_at_all(AT_ONCE, names(), |names| {
            let mut all = asked.take();
            all.push(names.join(""));
            let is_first = all.len() == 1;
            asked.set(all);
            let (found, missing): (Vec<_>, Vec<_>) =
                names.into_iter().partition(|name| &**name == "a" || (!is_first && &**name == "b"));
            async { Ok((found, missing)) }
        });
        assert_eq!(found.await.unwrap(), ["a", "b"].map(Box::<str>::from));
        assert_eq!(asked.into_inner(), ["abc", "bc", "c"]);
    }
}
