//! Logs: one JSON object a line, with what the invocation is about.

use std::env;
use std::io;

use serde_json::Value;
use tracing::Span;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts the log at the level of `ECR_SWEEP_LOG`; Lambda adds the time.
pub(crate) fn start() {
    let filter = env::var("ECR_SWEEP_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stdout)
        .init();
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
        Err(failure) => tracing::error!(error = failure.name(), "{}", failure.in_full()),
    }
}
