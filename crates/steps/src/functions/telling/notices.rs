//! The notices: what each says, to whom, and what follows where somebody does not hear.

use std::collections::BTreeMap;

use ecr_sweep_protocol::documents::{RunId, RunSummary};
use ecr_sweep_protocol::functions::{Caught, Outcome};
use ecr_sweep_protocol::notice::{NoticeAbout, WebhookNotice};

use super::record::undelivered;
use super::{Announcement, Of, Teller, log_failed};
use crate::functions::message::{Message, Owned, ask, ended, failed, not_started, owned};
use crate::functions::places::Places;
use crate::history::run_before;
use crate::{Environment, StepError};

impl Teller<'_> {
    /// Asks whether a plan is to be deleted. Where nobody hears that hears of every run, that is an error;
    /// where somebody does, who does not is logged alone: to ask again would make the token worth nothing
    /// that was sent out.
    pub(in crate::functions) async fn ask(
        &self,
        summary: &RunSummary,
        task_token: &str,
    ) -> Result<(), StepError> {
        let places = Places::of(&self.host.environment, &summary.run).await?;
        let (about, addresses) = (NoticeAbout::Asked, places.addresses());
        let message = ask(summary, &addresses);
        let announcement = Announcement {
            document: document(about, &summary.run, &message).with(summary),
            owned: owned(summary, Owned::Asked, &addresses),
            of: Of::Run(&summary.run, task_token),
            about,
            message,
        };
        self.tell(&announcement).await.by_anybody()
    }

    /// Tells how a run ended.
    pub(in crate::functions) async fn tell_end(
        &self,
        summary: &RunSummary,
        outcome: &Outcome,
        entered_at: Option<&str>,
    ) -> Result<(), StepError> {
        let (environment, run) = (&self.host.environment, &summary.run);
        let before = run_before(&*environment.store, run).await;
        if let Err(error) = &before {
            tracing::warn!(%run, %error, "the notice does not say what changed");
        }
        let before = before.as_ref().map(Option::as_ref);
        let untold = untold_so_far(environment, run, before.ok().flatten()).await;
        let untold = untold.as_deref();
        let places = Places::of(environment, run).await?;
        let (about, addresses) = (NoticeAbout::Ended, places.addresses());
        let message = ended(summary, outcome, before, untold, &addresses);
        let told = told(entered_at, &outcome.plan_digest.to_string());
        let announcement = Announcement {
            document: document(about, run, &message).with(summary),
            owned: owned(summary, Owned::Ended, &addresses),
            of: Of::Run(run, &told),
            about,
            message,
        };
        self.tell(&announcement).await.by_all_that_can()
    }

    /// Tells that a run failed, whether its report can be looked for or not.
    pub(in crate::functions) async fn tell_failure(
        &self,
        run: &RunId,
        error: &Caught,
        entered_at: Option<&str>,
    ) -> Result<(), StepError> {
        let places = Places::without_report(&self.host.environment, run);
        let about = NoticeAbout::Failed;
        let message = failed(run, error, &places.addresses());
        let told = told(entered_at, &message.text);
        let announcement = Announcement {
            document: document(about, run, &message),
            owned: BTreeMap::new(),
            of: Of::Run(run, &told),
            about,
            message,
        };
        self.tell(&announcement).await.at_last()
    }

    /// Tells that an execution failed before it was a run.
    pub(in crate::functions) async fn tell_not_started(
        &self,
        execution: &str,
        error: &Caught,
    ) -> Result<(), StepError> {
        let about = NoticeAbout::NotStarted;
        let message = not_started(execution, error);
        let announcement = Announcement {
            document: WebhookNotice::new(about, execution, &message.subject, &message.text),
            owned: BTreeMap::new(),
            of: Of::Execution(execution),
            about,
            message,
        };
        self.tell(&announcement).await.at_last()
    }

    /// Logs that the notice of how a run ended did not get through, however often it was tried.
    pub(in crate::functions) async fn write_down_untold(&self, run: &RunId, error: &Caught) {
        let channels = match undelivered(&*self.host.environment.store, run, None).await {
            Ok(untold) => untold.len(),
            Err(error) => {
                tracing::warn!(%run, error = error.in_full(), "who was not told is not known");
                0
            }
        };
        // Whatever it was, somebody was not told.
        log_failed(channels.max(1), &error.message());
    }
}

/// What tells a notice from others of its kind and run, and is the same however often it is tried.
fn told(entered_at: Option<&str>, what: &str) -> String {
    format!("{} {what}", entered_at.unwrap_or("-"))
}

fn document(about: NoticeAbout, run: &RunId, message: &Message) -> WebhookNotice {
    WebhookNotice::new(about, run.as_str(), &message.subject, &message.text)
}

/// The notices of the run before that did not arrive, and those of this one so far.
async fn untold_so_far(
    environment: &Environment,
    run: &RunId,
    before: Option<&RunSummary>,
) -> Result<Vec<String>, StepError> {
    let store = &*environment.store;
    let mut untold = match before {
        Some(before) => undelivered(store, &before.run, None).await?,
        None => Vec::new(),
    };
    untold.extend(undelivered(store, run, Some(NoticeAbout::Ended)).await?);
    Ok(untold)
}
