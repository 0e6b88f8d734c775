//! Logs: one JSON object a line, with what the invocation is about.

use std::panic::{self, PanicHookInfo};
use std::{env, io};

use serde_json::Value;
use tracing::{Level, Span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::failure::Failure;

/// Starts the log at the levels of `ECR_SWEEP_LOG`, such as `error,ecr_sweep=warn`; `info` without
/// it, which is also the most that a deployed function has (the feature `info-at-most`). Lambda adds the time.
pub(crate) fn start() {
    let asked = env::var("ECR_SWEEP_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = asked.parse::<Targets>();
    let levels = filter.as_ref().map_or(Targets::new().with_default(Level::INFO), Targets::clone);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(io::stdout);
    registry().with(levels).with(lines).init();
    if let Err(error) = filter {
        tracing::warn!("ECR_SWEEP_LOG is `{asked}`: {error}");
    }
    panic::set_hook(Box::new(panicked));
}

/// Logs a panic with what the invocation is about. Lambda then reports `Runtime.ExitError`, as the
/// process ends.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(error = "Panic", place, "{}", panic.payload_as_str().unwrap_or_default());
}

/// What an invocation is about. Nothing else of a request is logged: it may hold a task token.
pub(crate) fn span(request: &Value) -> Span {
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let (repository, scope) = (&request["repository"], &request["scope"]);
    let place = if repository.is_object() { repository } else { scope };
    tracing::info_span!(
        "invocation",
        act = text(request, "act"),
        run = text(request, "run"),
        stage = text(request, "stage"),
        account = text(place, "account"),
        region = text(place, "region"),
        repository = text(repository, "repository"),
    )
}

/// Logs how an invocation ended.
pub(crate) fn answered<A>(answer: &Result<A, Failure>) {
    match answer {
        Ok(_) => tracing::info!("answered"),
        Err(failure) => tracing::error!(error = %failure.name(), "{}", failure.in_full()),
    }
}
