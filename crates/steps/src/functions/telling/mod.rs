//! Telling people: the topic, and every channel that is to hear.
//!
//! What became of each notice is written down, so that who tries again sends only what is missing. It
//! is written after it was sent: a function that ends between the two sends it twice. A run store that
//! cannot be read or written keeps nobody from being told.

mod notices;
mod record;
mod target;

pub use record::notices;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::notice::{Address, Courier, Posted, Undelivered, publish};
use ecr_sweep_aws::secrets::{self, Secret};
use ecr_sweep_protocol::documents::{NoticePart, RunId};
use ecr_sweep_protocol::notice::{Channel, NoticeAbout, WebhookNotice};
use futures::{StreamExt, stream};

use super::message::Message;
use super::{Host, NotifySettings};
use crate::StepError;
use record::Record;
use target::{Body, Target, To};

/// How many channels are written to at once.
const AT_ONCE: usize = 8;

/// What notices are sent with.
pub(super) struct Teller<'a> {
    pub(super) host: &'a Host,
    pub(super) settings: &'a NotifySettings,
    pub(super) courier: &'a Courier,
}

/// What is to be told.
struct Announcement<'a> {
    pub(super) about: NoticeAbout,
    pub(super) of: Of<'a>,
    /// What everybody hears that hears of every run.
    pub(super) message: Message,
    /// The same for a webhook.
    pub(super) document: WebhookNotice,
    /// What channels of Slack hear that are named by the policy or an owner.
    pub(super) owned: BTreeMap<Box<str>, Message>,
}

/// Of what.
#[derive(Clone, Copy)]
enum Of<'a> {
    /// Of a run; with it, what tells this notice from others of its kind.
    Run(&'a RunId, &'a str),
    /// Of an execution of this name, which is no run: nothing is written down.
    Execution(&'a str),
}

/// Who heard.
#[derive(Default)]
struct Heard {
    /// How many of those that hear of every run.
    everybody: usize,
    /// Those that did not, and why; the topic first.
    failed: Vec<(Box<str>, StepError)>,
}

impl Heard {
    /// That somebody heard who hears of every run; else why the first did not.
    fn by_anybody(mut self) -> Result<(), StepError> {
        self.log();
        if self.everybody == 0 && !self.failed.is_empty() {
            return Err(self.failed.swap_remove(0).1);
        }
        Ok(())
    }

    /// That nobody is left who may hear it if it is tried again, and that the topic has it. What else
    /// failed would fail again: it is logged, where it raises an alarm, and ends nothing.
    fn by_all_that_can(mut self) -> Result<(), StepError> {
        let again = self.failed.iter().position(|(_, error)| error.may_pass());
        if let Some(again) = again {
            return Err(self.failed.swap_remove(again).1);
        }
        let is_of_topic = |(_, error): &(_, StepError)| matches!(error, StepError::Aws(_));
        if self.failed.first().is_some_and(is_of_topic) {
            return Err(self.failed.swap_remove(0).1);
        }
        self.log();
        Ok(())
    }

    /// The same where nothing comes after it that would log who did not hear: it is logged at once.
    fn at_last(self) -> Result<(), StepError> {
        let failed = self.failed.len();
        let channels = self.channels();
        self.by_all_that_can().inspect_err(|_| log_failed(failed, &channels))
    }

    /// Logs who did not hear, where nothing comes after it.
    fn log(&self) {
        if !self.failed.is_empty() {
            log_failed(self.failed.len(), &self.channels());
        }
    }

    fn channels(&self) -> String {
        let channels: Vec<&str> = self.failed.iter().map(|(channel, _)| &**channel).collect();
        channels.join(", ")
    }
}

/// Logs that notices did not get through: `infra/lib/run-metrics.ts` makes a metric of it.
fn log_failed(notices_failed: usize, channels: &str) {
    tracing::error!(notices_failed, channels, "notices did not get through");
}

impl Teller<'_> {
    /// Tells everybody at once.
    async fn tell(&self, announcement: &Announcement<'_>) -> Heard {
        let secrets = self.secrets().await;
        let targets = self.targets(announcement).into_iter().enumerate();
        let told: Vec<_> = stream::iter(targets)
            .map(async |(index, target)| {
                let told = Box::pin(self.deliver(announcement, &target, &secrets)).await;
                (index, target.hears_of_every_run(), target.id, told)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut heard = Heard::default();
        let mut failed = Vec::new();
        for (index, of_every_run, id, told) in told {
            match told {
                Ok(()) => heard.everybody += usize::from(of_every_run),
                Err(error) => {
                    tracing::warn!(channel = %id, error = %error.name(), "{}", error.in_full());
                    failed.push((index, id, error));
                }
            }
        }
        failed.sort_by_key(|(index, ..)| *index);
        heard.failed = failed.into_iter().map(|(_, id, error)| (id, error)).collect();
        heard
    }

    /// What is in the secrets of the channels.
    async fn secrets(&self) -> BTreeMap<&str, Result<Secret, Undelivered>> {
        let names: BTreeSet<&str> = self.settings.channels.iter().map(Channel::secret).collect();
        let sessions = &self.host.environment.sessions;
        stream::iter(names)
            .map(async |name| {
                (name, secrets::read(sessions, name).await.map_err(Undelivered::from))
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    }

    async fn deliver(
        &self,
        announcement: &Announcement<'_>,
        target: &Target<'_>,
        secrets: &BTreeMap<&str, Result<Secret, Undelivered>>,
    ) -> Result<(), StepError> {
        let environment = &self.host.environment;
        let mut record = Record::find(environment, announcement, target).await;
        let bodies = target.bodies(&record.subject, &record.text, announcement);
        record.has_parts(bodies.len());
        let mut is_first = true;
        for (index, body) in bodies.iter().enumerate() {
            if record.parts[index].delivered_at.is_some() {
                continue;
            }
            if !is_first && !matches!(body, Body::Topic { .. }) {
                tokio::time::sleep(self.courier.pause()).await;
            }
            is_first = false;
            let (attempts, outcome) = self.send(target, body, &record.id(index), secrets).await;
            let part = &mut record.parts[index];
            part.attempts += attempts;
            *part = match &outcome {
                Ok(()) => NoticePart {
                    attempts: part.attempts,
                    delivered_at: Some(environment.now()),
                    error: None,
                },
                Err(error) => NoticePart {
                    attempts: part.attempts,
                    delivered_at: None,
                    error: Some(reason(error)),
                },
            };
            record.write(environment).await;
            outcome?;
        }
        Ok(())
    }

    /// Sends one message. Says how often.
    async fn send(
        &self,
        target: &Target<'_>,
        body: &Body<'_>,
        id: &str,
        secrets: &BTreeMap<&str, Result<Secret, Undelivered>>,
    ) -> (u64, Result<(), StepError>) {
        let environment = &self.host.environment;
        let untold = |source| StepError::Untold { channel: target.id.clone(), source };
        let (name, body) = match (&target.to, body) {
            (To::Topic(arn), Body::Topic { subject, text }) => {
                let published = publish(&environment.sessions, arn, subject, text).await;
                return (1, published.map_err(StepError::from));
            }
            (To::Channel { secret, .. }, Body::Posted(body)) => (*secret, body),
            // A target makes its bodies itself.
            _ => return (0, Err(untold(Undelivered::refused("there is no such message")))),
        };
        if environment.deadline.has_passed() {
            return (0, Err(untold(Undelivered::out_of_time())));
        }
        let secret = match secrets.get(name) {
            Some(Ok(secret)) => secret.reveal(),
            Some(Err(error)) => return (0, Err(untold(error.clone()))),
            None => return (0, Err(untold(Undelivered::refused("its secret was not read")))),
        };
        let address: Address<'_> = target.address(secret);
        let Posted { attempts, outcome } =
            self.courier.post(&address, body, id, environment.deadline).await;
        (attempts, outcome.map_err(untold))
    }
}

/// Why, without the channel: the record has it.
fn reason(error: &StepError) -> Box<str> {
    match error {
        StepError::Untold { source, .. } => source.to_string().into(),
        other => other.in_full().into(),
    }
}
