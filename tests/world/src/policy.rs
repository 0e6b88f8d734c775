//! What the policies of tests switch off.

use std::fmt::Write as _;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_core::Source;

/// The rows of a policy's `scope.off` for all that this version cannot scan.
#[must_use]
pub fn off_unbuilt() -> String {
    let built = Sources::built();
    off(|source| !built.is_built(source))
}

/// What this version can scan: what those policies leave on.
#[must_use]
pub fn built() -> Vec<Source> {
    let built = Sources::built();
    Source::ALL.into_iter().filter(|source| built.is_built(*source)).collect()
}

/// The rows of a policy's `scope.off` for all but what emulators of AWS answer as AWS does: of the
/// others they need not even be asked whether something is there.
#[must_use]
pub fn off_but_emulated() -> String {
    let rows = off(|source| ![Source::Ecs, Source::Lambda].contains(&source));
    rows.replace(" }", ", even_if_used: true }")
}

fn off(is_off: impl Fn(Source) -> bool) -> String {
    let mut rows = String::new();
    for source in Source::ALL.into_iter().filter(|source| is_off(*source)) {
        writeln!(rows, "    - {{ source: {source}, reason: \"not used\" }}").unwrap();
    }
    rows
}
