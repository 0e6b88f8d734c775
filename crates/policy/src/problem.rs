//! What is wrong with a policy, and where.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that it is about. On character boundaries; empty at the end.
    pub span: Range<usize>,
    /// The line on which they begin, from 1.
    pub line: usize,
    /// The column at which they begin, in characters, from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
    /// The nearest text that would be right.
    pub suggestion: Option<String>,
    /// The setting, such as `repositories[0].keep.newest`; empty for the file as a whole.
    pub path: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; expected {}", self.line, self.column, self.message, self.expected)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a policy, in the order of the text. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors {
    /// The file, as it was named.
    pub name: String,
    /// The errors, by position: the first of them, where there are many.
    pub errors: Vec<PolicyError>,
    /// How many more there are.
    pub untold: usize,
}

/// The most errors that are told: who has more reads the first ones.
const MOST_TOLD: usize = 100;

impl PolicyErrors {
    /// The errors of a policy, as many as are told.
    #[must_use]
    pub fn of(name: &str, mut errors: Vec<PolicyError>) -> Self {
        let untold = errors.len().saturating_sub(MOST_TOLD);
        errors.truncate(MOST_TOLD);
        Self { name: name.to_owned(), errors, untold }
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{error}", self.name)?;
        }
        if self.untold > 0 {
            write!(f, "\n{}: {} more errors are not told", self.name, self.untold)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}

/// Something in a good policy that is hardly meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWarning {
    /// What is odd about it, and what it does.
    pub message: String,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// The line on which they begin, from 1.
    pub line: usize,
    /// The column at which they begin, in characters, from 1.
    pub column: usize,
    /// The setting, such as `repositories[1]`.
    pub path: String,
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// What is wrong with one value: an error that does not know yet where it stands.
#[derive(Debug)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// What should stand there.
    pub expected: String,
    /// The nearest text that would be right.
    pub suggestion: Option<String>,
}

impl Complaint {
    /// What is wrong, and what should stand there.
    pub fn new(message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { message: message.into(), expected: expected.into(), suggestion: None }
    }

    /// With the nearest text that would be right.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}
