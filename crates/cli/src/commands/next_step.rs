//! What to do next, on standard error: a person's, never a program's.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_core::{Gap, Source};

use crate::diagnostics;

/// Sets what follows apart from the result, where both are on the same terminal.
pub fn blank() {
    if std::io::stderr().is_terminal() {
        diagnostics::show(&"\n");
    }
}

/// What to do about sources that were not seen.
pub fn if_unseen(gaps: &[Gap]) {
    let built = Sources::built();
    let sources: BTreeSet<Source> = gaps.iter().map(|gap| gap.source).collect();
    if sources.iter().any(|source| built.is_built(*source)) {
        diagnostics::next(
            "let the caller read what was not seen, or wait until it can be read; then try again",
        );
    }
    let rows: Vec<String> = sources
        .iter()
        .filter(|source| !built.is_built(**source))
        .map(|source| format!("    - {{ source: {source}, reason: \"...\" }}\n"))
        .collect();
    if !rows.is_empty() {
        diagnostics::next(
            "this version cannot scan these; where nothing uses images, say so in the policy:",
        );
        diagnostics::show(&format_args!("scope:\n  off:\n{}", rows.concat()));
    }
}
