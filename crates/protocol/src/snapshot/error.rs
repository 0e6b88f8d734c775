//! Why a file is not a snapshot.

use std::fmt;

use ecr_sweep_core::wording::First;

/// A file that is not a good snapshot: which file, what is wrong, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SnapshotError {
    /// The file, as it was named.
    pub name: String,
    /// What is wrong with it.
    pub problem: SnapshotProblem,
}

/// What is wrong with a file that should be a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotProblem {
    /// There is nothing in it.
    #[error("the file is empty; record a snapshot")]
    Empty,
    /// It is something else.
    #[error("this is {found}, not a snapshot; {next}")]
    Another {
        /// What it is.
        found: &'static str,
        /// What to do with it.
        next: &'static str,
    },
    /// It is JSON that ends too early.
    #[error(
        "the JSON ends too early, on line {line}: the file is cut short; record or copy it again"
    )]
    CutShort {
        /// The line on which it ends, from 1.
        line: usize,
    },
    /// It is no JSON.
    #[error(
        "line {line}, column {column}: this is not JSON: {problem}; correct it, or record the snapshot again"
    )]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// Its version is not one that this program reads.
    #[error("schema_version is {found}, and this ecr-sweep reads 1; {next}")]
    Version {
        /// The version that it says.
        found: String,
        /// What to do about it.
        next: &'static str,
    },
    /// A field has a value that it cannot have, is missing, or is not known.
    #[error("{path} (line {line}, column {column}): {problem}")]
    Field {
        /// The field, such as `registries[0].repositories[2].images[7].digest`.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// It can be read, and cannot be true.
    #[error("{}", shown(.0))]
    Contradictions(Vec<Contradiction>),
}

/// One thing in a snapshot that cannot be true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// Where, such as `registries[0].repositories[2].images[7]`.
    pub path: String,
    /// What.
    pub problem: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// How many contradictions a message shows: one mistake in a program makes thousands.
const SHOWN: usize = 20;

fn shown(contradictions: &[Contradiction]) -> String {
    let lines: Vec<String> = First::of(SHOWN, contradictions).lines().collect();
    let next = "correct the file, or record the snapshot again";
    match lines.as_slice() {
        [only] => format!("{only}; {next}"),
        lines => format!("this cannot be true; {next}:\n  {}", lines.join("\n  ")),
    }
}
