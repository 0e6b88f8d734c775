//! What to do next, on standard error: a person's, never a program's.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use ecr_sweep_core::Gap;

use crate::diagnostics;

/// Sets what follows apart from the result, where both are on the same terminal.
pub fn blank() {
    if std::io::stderr().is_terminal() {
        diagnostics::show("\n");
    }
}

/// What to do about sources that were not seen.
pub fn if_unseen(gaps: &[Gap]) {
    let sources: BTreeSet<_> = gaps.iter().map(|gap| gap.source).collect();
    if sources.is_empty() {
        return;
    }
    diagnostics::next(
        "let the caller read what was not seen; where nothing uses images, say so in the policy:",
    );
    let rows = sources.iter().map(|it| format!("    - {{ source: {it}, reason: \"...\" }}\n"));
    diagnostics::show(&format!("scope:\n  off:\n{}", rows.collect::<String>()));
}
