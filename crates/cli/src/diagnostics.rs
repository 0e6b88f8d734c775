//! What a person reads when a command ends early: on standard error, with the next step.

use std::fmt;
use std::io::Write as _;
use std::iter;

use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::policy::{PolicyError, PolicyErrors, PolicyWarning};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};

use crate::failure::{FailedAct, Failure};
use crate::render::styles::{ERROR, NEXT, NOTE, WARNING};

/// Tells what ended the command, and gives the exit code that says so, too.
pub fn report(failure: &Failure) -> ExitCode {
    let text = match failure {
        Failure::Policy { errors, text } => policy(errors, text),
        Failure::Other(act) => failed(act),
    };
    to_standard_error(&text);
    failure.exit_code()
}

/// Tells what is odd about a good policy.
pub fn warn(name: &str, warnings: &[PolicyWarning]) {
    for warning in warnings {
        to_standard_error(&format!("{WARNING}warning{WARNING:#}: {name}:{warning}\n"));
    }
}

/// Shows a text that is not the result.
pub fn show(text: &str) {
    to_standard_error(text);
}

/// Tells something that is worth knowing.
pub fn note(text: &str) {
    to_standard_error(&format!("{NOTE}note{NOTE:#}: {text}\n"));
}

/// Tells the next step.
pub fn next(step: &str) {
    to_standard_error(&format!("{NEXT}next{NEXT:#}: {step}\n"));
}

fn to_standard_error(text: &str) {
    // Nobody is left to hear that standard error is gone.
    drop(anstream::stderr().write_all(text.as_bytes()));
}

fn failed(act: &FailedAct) -> String {
    let mut text = format!("{ERROR}error{ERROR:#}: {}\n", act.message);
    let first = act.source.as_deref().map(|source| source as &dyn std::error::Error);
    let mut said = act.message.clone();
    for cause in iter::successors(first, |error| error.source()) {
        let cause = cause.to_string();
        // Some errors print their sources themselves.
        if !said.contains(&cause) {
            text += &format!("  because: {cause}\n");
        }
        said = cause;
    }
    if let Some(next) = &act.next {
        text += &format!("{NEXT}next{NEXT:#}: {next}\n");
    }
    text
}

fn policy(errors: &PolicyErrors, text: &str) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
        .with_wrap_lines(false)
        .without_cause_chain();
    let name = &errors.name;
    let source = NamedSource::new(name, text.to_owned());
    let mut out = String::new();
    for error in &errors.errors {
        let diagnostic = PolicyDiagnostic { error, source: &source };
        if handler.render_report(&mut out, &diagnostic).is_err() {
            // A span that does not fit the text draws nothing; the words still tell.
            out += &format!("{name}:{error}\n");
        }
        out.push('\n');
    }
    let count = match errors.errors.len() {
        1 => "1 error".to_owned(),
        count => format!("{count} errors"),
    };
    out += &format!("{ERROR}error{ERROR:#}: the policy `{name}` has {count}; nothing was called\n");
    let step = "`ecr-sweep schema policy` prints what a policy may say";
    out += &format!("{NEXT}next{NEXT:#}: {step}\n");
    out
}

/// One error of a policy, in the form in which it is drawn under its line.
#[derive(Debug)]
struct PolicyDiagnostic<'a> {
    error: &'a PolicyError,
    source: &'a NamedSource<String>,
}

impl fmt::Display for PolicyDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, source } = self;
        write!(f, "{}:{}:{}: {}", source.name(), error.line, error.column, error.message)
    }
}

impl std::error::Error for PolicyDiagnostic<'_> {}

impl Diagnostic for PolicyDiagnostic<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = format!("expected {}", self.error.expected);
        let span = LabeledSpan::new_with_span(Some(label), self.error.span.clone());
        Some(Box::new(iter::once(span)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let suggestion = self.error.suggestion.as_ref()?;
        Some(Box::new(format!("did you mean `{suggestion}`?")))
    }
}
