//! What a person reads when a command ends early: on standard error, with the next step.

use std::fmt;
use std::io::Write as _;
use std::iter;
use std::ops::Range;

use ecr_sweep_core::wording::{causes_after, in_a_line};
use ecr_sweep_import::Tool;
use ecr_sweep_policy::{PolicyError, PolicyErrors, PolicyWarning};
use ecr_sweep_protocol::ExitCode;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};
use terminal_size::terminal_size_of;

use crate::args::{repeated, wants_json};
use crate::failure::{FailedAct, Failure};
use crate::progress;
use crate::render::styles::{ERROR, NEXT, NOTE, WARNING};
use crate::render::{self, Count, counted, fitted, folded};

/// Tells what ended the command, and gives the exit code that says so, too. Who reads JSON is told in a line of it.
pub fn report(failure: &Failure) -> ExitCode {
    if wants_json() {
        let told = render::json::line(&failure.document());
        // Nobody is left to hear that standard error is gone.
        drop(progress::beside(|| std::io::stderr().write_all(told.as_bytes())));
        return failure.exit_code();
    }
    match failure {
        Failure::Policy { errors, text } => show(&Drawn {
            errors,
            text,
            what: "policy",
            outcome: "nothing was called",
            next: next_of_policy(errors).to_owned(),
        }),
        Failure::Imported { tool, errors, text } => show(&Drawn {
            errors,
            text,
            what: "file",
            outcome: "no policy was written",
            next: next_of_import(*tool),
        }),
        Failure::Other(act) => show(&**act),
    }
    failure.exit_code()
}

/// What to do next about a policy that is not good, or is another file.
pub fn next_of_policy(errors: &PolicyErrors) -> &'static str {
    let has_one_of = |settings: &[&str]| {
        errors.errors.iter().any(|error| settings.contains(&error.path.as_str()))
    };
    if has_one_of(&["policy", "emails", "deletion", "approval"]) {
        "this is how ecr-sweep is deployed, which `npx cdk synth` checks; name the policy that its `policy` names"
    } else if has_one_of(&["taken_at", "home", "registries"]) {
        "this is a snapshot: name it with `--snapshot`, and a policy with `--policy`"
    } else {
        "`ecr-sweep schema policy` prints what a policy may say"
    }
}

/// What to do next about a file of another cleaner that is no policy.
pub fn next_of_import(tool: Tool) -> String {
    format!(
        "change a copy of it, and import that; docs/coming-from.md has what can be said of {tool}"
    )
}

/// Tells what is odd about a good policy.
pub fn warn(name: &str, warnings: &[PolicyWarning]) {
    for warning in warnings {
        show(&format_args!("{WARNING}warning{WARNING:#}: {name}:{warning}\n"));
    }
}

/// Tells something that may not be what its reader wants.
pub fn warn_of(text: &str) {
    show(&Line(format!("{WARNING}warning{WARNING:#}: {}", in_a_line(text))));
}

/// Tells something that is worth knowing.
pub fn note(text: &str) {
    show(&Line(format!("{NOTE}note{NOTE:#}: {}", in_a_line(&repeated(text)))));
}

/// Tells the next step.
pub fn next(step: &str) {
    show(&Line(format!("{NEXT}next{NEXT:#}: {}", in_a_line(&repeated(step)))));
}

/// A line that is folded where it is wider than the terminal.
struct Line(String);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", folded(&self.0, f.width(), 0))
    }
}

/// Shows a text that is not the result.
pub fn show(text: &impl fmt::Display) {
    let width = terminal_size_of(std::io::stderr()).map(|(width, _)| width);
    // Nobody is left to hear that standard error is gone.
    drop(progress::beside(|| anstream::stderr().write_all(fitted(text, width).as_bytes())));
}

impl fmt::Display for FailedAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some have lines of their own; those of what comes from outside are escaped by then.
        let told = match self.exit_code {
            // The result is there, with less than all of it.
            ExitCode::Incomplete => format!("{WARNING}warning{WARNING:#}: {}", self.message),
            _ => format!("{ERROR}error{ERROR:#}: {}", self.message),
        };
        fmt::Display::fmt(&Line(told), f)?;
        for cause in self.source.iter().flat_map(|source| causes_after(&self.message, &**source)) {
            let line = format!("  because: {}", in_a_line(&cause));
            writeln!(f, "{}", folded(&line, f.width(), 4))?;
        }
        match &self.next {
            Some(next) => {
                let next = in_a_line(&repeated(next)).into_owned();
                fmt::Display::fmt(&Line(format!("{NEXT}next{NEXT:#}: {next}")), f)
            }
            None => Ok(()),
        }
    }
}

/// The errors of a policy, or of another cleaner's file, each drawn under its line.
struct Drawn<'a> {
    errors: &'a PolicyErrors,
    text: &'a str,
    what: &'static str,
    outcome: &'static str,
    next: String,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
            .with_wrap_lines(false)
            .without_cause_chain();
        let PolicyErrors { name, errors, untold } = self.errors;
        let whole = NamedSource::new(name, self.text.to_owned());
        for error in errors {
            let excerpt = Excerpt::of(self.text, &error.span);
            let part = excerpt.as_ref().map(|it| NamedSource::new(name, it.text.to_owned()));
            let source = part.as_ref().unwrap_or(&whole);
            let span = excerpt.map_or_else(|| error.span.clone(), |it| it.span);
            handler.render_report(f, &PolicyDiagnostic { error, source, span })?;
            writeln!(f)?;
        }
        if *untold > 0 {
            writeln!(f, "{} more errors are not told", Count(*untold as u64))?;
        }
        let count = counted((errors.len() + untold) as u64, "error");
        writeln!(
            f,
            "{ERROR}error{ERROR:#}: the {} `{name}` has {count}; {}\n{NEXT}next{NEXT:#}: {}",
            self.what, self.outcome, self.next
        )
    }
}

/// The longest line that is drawn whole.
const LONGEST_LINE: usize = 400;

/// How much of a longer one is drawn on either side of an error.
const BESIDE: usize = 100;

/// A part of a line that is too long to be drawn.
struct Excerpt<'a> {
    text: &'a str,
    /// Where the error is in it.
    span: Range<usize>,
}

impl<'a> Excerpt<'a> {
    /// None where the line is drawn whole.
    fn of(text: &'a str, span: &Range<usize>) -> Option<Self> {
        let at = span.start.min(text.len());
        let start = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
        let end = text[at..].find('\n').map_or(text.len(), |line_break| at + line_break);
        if end - start <= LONGEST_LINE {
            return None;
        }
        let from = text.floor_char_boundary(at.saturating_sub(BESIDE).max(start));
        let to = text.ceil_char_boundary((at + BESIDE).min(end));
        let length = span.len().min(to - at);
        Some(Self { text: &text[from..to], span: at - from..at - from + length })
    }
}

/// One error of a policy, in the form in which it is drawn under its line.
#[derive(Debug)]
struct PolicyDiagnostic<'a> {
    error: &'a PolicyError,
    source: &'a NamedSource<String>,
    /// Where the error is in the source.
    span: Range<usize>,
}

impl fmt::Display for PolicyDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, source, .. } = self;
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
        let span = LabeledSpan::new_with_span(Some(label), self.span.clone());
        Some(Box::new(iter::once(span)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let suggestion = self.error.suggestion.as_ref()?;
        Some(Box::new(format!("did you mean `{suggestion}`?")))
    }
}
