//! What people see: console sessions over the organizations in `tests/stories`, word for word.
//!
//! `TRYCMD=overwrite cargo test -p ecr-sweep-cli stories` writes what the command says now.

use std::path::Path;

use crate::command::SCRUBBED;

#[test]
fn the_stories_are_as_they_are_told() {
    let stories = trycmd::TestCases::new();
    stories.register_bin("ecr-sweep", Path::new(env!("CARGO_BIN_EXE_ecr-sweep")));
    for (name, value) in SCRUBBED {
        stories.env(name, value);
    }
    stories.case("tests/stories/*.trycmd");
}
