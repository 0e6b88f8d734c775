//! What other programs call what this one does: whoever types that is told its name here.
//!
//! No word is another name of a command: nothing is deleted by a guess.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

const SWEEPS: &str = "`ecr-sweep run` plans, asks, checks again, and deletes; `ecr-sweep plan` only shows what would go";
const DELETES: &str = "which images go is said in the policy: `ecr-sweep plan` shows them, and `ecr-sweep delete RUN` deletes a plan";

/// A word, and what is meant.
const WORDS: [(&[&str], &str); 17] = [
    (&["sweep", "clean", "cleanup", "clean-up", "purge", "gc", "apply", "execute", "go"], SWEEPS),
    (&["rm", "remove", "del", "destroy", "untag", "batch-delete-image"], DELETES),
    (
        &["prune"],
        "`ecr-sweep run` plans, asks, checks again, and deletes images; `ecr-sweep vault prune` removes copies of those that went",
    ),
    (
        &["list", "ls", "history", "images", "repositories"],
        "`ecr-sweep plan` lists repositories, with `--details` the images that would go; `ecr-sweep runs` lists runs",
    ),
    (
        &["dry-run", "preview", "dryrun"],
        "`ecr-sweep plan` shows what would go, and deletes nothing",
    ),
    (
        &["status", "get", "describe", "info", "logs"],
        "`ecr-sweep show latest` shows the newest run; `ecr-sweep watch latest` follows it",
    ),
    (
        &["undo", "rollback", "revert", "recover"],
        "`ecr-sweep restore RUN` puts back what a run has deleted",
    ),
    (&["cancel", "abort", "kill"], "`ecr-sweep stop RUN` stops a run before its next batch"),
    (&["resume", "continue"], "`ecr-sweep delete RUN` goes on with a run that was stopped"),
    (
        &["validate", "lint", "verify", "test"],
        "`ecr-sweep check POLICY` tells what is wrong with a policy; `ecr-sweep doctor` what is in the way of a run",
    ),
    (&["why", "inspect-image"], "`ecr-sweep explain IMAGE` tells why an image stays or goes"),
    (&["compare"], "`ecr-sweep diff` tells what changes from one policy to another"),
    (
        &["simulate"],
        "`ecr-sweep plan --snapshot FILE` plans offline; `ecr-sweep backtest` judges a policy by the runs that there were",
    ),
    (&["usage", "used"], "`ecr-sweep scan` tells what uses images"),
    (
        &["export", "record", "dump"],
        "`ecr-sweep snapshot` records an account in a file; `ecr-sweep report RUN --format csv` has a row for each image",
    ),
    (
        &["config", "configure", "setup", "new", "create"],
        "`ecr-sweep init` writes a first policy from what an account has",
    ),
    (
        &["confirm", "accept", "deny"],
        "`ecr-sweep approve RUN` answers a deployed run that waits, and `ecr-sweep reject RUN` says no",
    ),
];

/// What is meant by a word that names no command.
fn meant(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, told)| *told)
}

/// The error about a command that is not there, with the one that does what its word means elsewhere.
pub(super) fn with_what_is_meant(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    if let Some(told) = meant(word) {
        // Of these some are only spelled alike.
        error.remove(ContextKind::SuggestedSubcommand);
        let told = ContextValue::StyledStrs(vec![StyledStr::from(told)]);
        error.insert(ContextKind::Suggested, told);
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn every_word_is_told_a_command_that_there_is_and_is_none_itself() {
        let commands = Arguments::command();
        let is_command = |word: &str| commands.find_subcommand(word).is_some();
        for (words, told) in WORDS {
            assert!(words.iter().all(|word| !is_command(word)), "{words:?}");
            let named: Vec<&str> = told
                .split("`ecr-sweep ")
                .skip(1)
                .filter_map(|rest| rest.split([' ', '`']).next())
                .collect();
            assert!(!named.is_empty() && named.iter().all(|name| is_command(name)), "{told}");
        }
    }

    #[test]
    fn no_word_has_two_meanings() {
        let mut words: Vec<&str> = WORDS.iter().flat_map(|(words, _)| *words).copied().collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
    }

    #[test]
    fn what_a_word_means_elsewhere_is_told_instead_of_what_is_spelled_like_it() {
        let error = |word| {
            let error = Arguments::command().try_get_matches_from(["ecr-sweep", word]).unwrap_err();
            with_what_is_meant(error).to_string()
        };
        let told = error("prune");
        assert!(told.contains("`ecr-sweep run` plans"), "{told}");
        assert!(!told.contains("'runs'"), "{told}");
        assert!(error("plam").contains("'plan'"), "{}", error("plam"));
    }
}
