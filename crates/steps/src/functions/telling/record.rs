//! What became of a notice, in the run store.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::sha256;
use ecr_sweep_protocol::documents::{Key, Notice, NoticePart, RunId, V1, keys};
use ecr_sweep_protocol::notice::NoticeAbout;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::target::Target;
use super::{Announcement, Of};
use crate::run::documents::{AT_ONCE, find_document};
use crate::{Environment, StepError};

/// What became of a notice in one channel.
pub(super) struct Record {
    /// What it says, as it was first to be sent.
    pub(super) subject: Box<str>,
    pub(super) text: Box<str>,
    pub(super) parts: Vec<NoticePart>,
    about: NoticeAbout,
    channel: Box<str>,
    at: Timestamp,
    /// Where it is written, and what its messages are called.
    stored: Option<(Key<Notice>, RunId)>,
    name: String,
}

impl Record {
    /// The record of an earlier try, whose words stay as they are; else a new one.
    pub(super) async fn find(
        environment: &Environment,
        announcement: &Announcement<'_>,
        target: &Target<'_>,
    ) -> Self {
        let about = announcement.about;
        let (stored, name) = match announcement.of {
            Of::Run(run, told) => {
                let key = keys::notice(run, about, told, &target.id);
                let name = key.to_string();
                (Some((key, run.clone())), name)
            }
            Of::Execution(name) => (None, format!("{} {name} {}", about.as_str(), target.id)),
        };
        let found = match &stored {
            Some((key, _)) => environment.find(key).await,
            None => Ok(None),
        };
        let found = found.unwrap_or_else(|error| {
            let error = error.in_full();
            tracing::warn!(channel = %target.id, error, "whether it was told before is not known");
            None
        });
        let (at, subject, text, parts) = match found {
            Some(Notice { at, subject, text, parts, .. }) => (at, subject, text, parts),
            None => (
                environment.now(),
                target.message.subject.as_str().into(),
                target.message.text.as_str().into(),
                Vec::new(),
            ),
        };
        let channel = target.id.clone();
        Self { subject, text, parts, about, channel, at, stored, name }
    }

    /// It is to have so many messages: where an earlier version has split it another way, all are sent.
    pub(super) fn has_parts(&mut self, parts: usize) {
        if self.parts.len() != parts {
            self.parts = vec![NoticePart::default(); parts];
        }
    }

    /// What a message is called, however often it is sent.
    pub(super) fn id(&self, part: usize) -> String {
        sha256(format!("{} {part}", self.name).as_bytes()).hex()[..32].to_owned()
    }

    /// Writes it. Where that is not possible the notice was sent all the same.
    pub(super) async fn write(&self, environment: &Environment) {
        let Some((key, run)) = &self.stored else { return };
        let notice = Notice {
            schema_version: V1,
            run: run.clone(),
            about: self.about,
            channel: self.channel.clone(),
            at: self.at,
            parts: self.parts.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
        };
        if let Err(error) = environment.write(key, &notice).await {
            let error = error.in_full();
            tracing::warn!(channel = %self.channel, error, "what became of a notice is not stored");
        }
    }
}

/// The notices of a run, in the order in which they were to be sent.
pub async fn notices(store: &dyn RunStore, run: &RunId) -> Result<Vec<Notice>, StepError> {
    let keys = store.list(&keys::notices(run)).await?;
    let mut notices: Vec<Notice> = stream::iter(keys)
        .map(async |key| find_document(store, &keys::named_notice(&key)).await)
        .buffer_unordered(AT_ONCE)
        .try_filter_map(async |notice| Ok(notice))
        .try_collect()
        .await?;
    notices.sort_by(|a, b| (a.at, a.about, &a.channel).cmp(&(b.at, b.about, &b.channel)));
    Ok(notices)
}

/// The notices of a run that did not arrive, in words; but for these.
pub(super) async fn undelivered(
    store: &dyn RunStore,
    run: &RunId,
    but_for: Option<NoticeAbout>,
) -> Result<Vec<String>, StepError> {
    let notices = notices(store, run).await?;
    let others = notices.iter().filter(|it| Some(it.about) != but_for);
    let problems = others.filter_map(|it| Some((it.about, it.problem()?)));
    Ok(problems
        .map(|(about, problem)| format!("{run}, of {}: {problem}", about.in_words()))
        .collect())
}
