//! What was said of where to look, for the next command: one that leaves it out looks elsewhere.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory as _};
use ecr_sweep_core::wording::as_a_word;

use super::Arguments;

/// The options of whoever works with a live account or a run store.
const REPEATED: [&str; 3] = ["region", "profile", "store"];

static GIVEN: OnceLock<Vec<(String, String)>> = OnceLock::new();

/// The options and arguments on the command line itself.
static SAID: OnceLock<BTreeSet<String>> = OnceLock::new();

/// Remembers what a command line, or a variable, says of them.
pub(super) fn remember(matches: &ArgMatches) {
    let Some(matches) = of_command(matches) else { return };
    let is_there = |id: &str| matches.ids().any(|it| it.as_str() == id);
    let is_said = |id: &str| {
        let source = matches.value_source(id);
        matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    let value = |id: &str| {
        let mut raw = matches.get_raw(id)?;
        Some((id.to_owned(), raw.next()?.to_string_lossy().into_owned()))
    };
    let given = REPEATED.into_iter().filter(|id| is_there(id) && is_said(id)).filter_map(value);
    let is_on_the_line = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let said = matches.ids().map(clap::Id::as_str).filter(is_on_the_line).map(str::to_owned);
    // One process has one command line.
    drop(SAID.set(said.collect()));
    drop(GIVEN.set(given.collect()));
}

/// What is said of the command that is carried out: of `vault prune`, it stands after `prune`.
fn of_command(matches: &ArgMatches) -> Option<&ArgMatches> {
    let (_, mut matches) = matches.subcommand()?;
    while let Some((_, nested)) = matches.subcommand() {
        matches = nested;
    }
    Some(matches)
}

/// Whether the command line itself has an option: a variable is set for many commands.
pub fn is_said(id: &str) -> bool {
    SAID.get().is_some_and(|said| said.contains(id))
}

/// A step with this said again in each of its commands that takes it and does not say it: those between backticks.
pub fn repeated(step: &str) -> String {
    match GIVEN.get() {
        Some(given) if !given.is_empty() => said_again(step, given, &Arguments::command()),
        _ => step.to_owned(),
    }
}

fn said_again(step: &str, given: &[(String, String)], commands: &Command) -> String {
    let mut parts: Vec<String> = step.split('`').map(str::to_owned).collect();
    // The second part, the fourth, and so on are between backticks.
    for part in parts.iter_mut().skip(1).step_by(2) {
        let mut words = part.split_whitespace();
        if words.next() != Some("ecr-sweep") {
            continue;
        }
        let words: Vec<&str> = words.collect();
        let mut command = commands;
        for word in &words {
            let Some(nested) = command.find_subcommand(word) else { break };
            command = nested;
        }
        // A snapshot is read where no account and no run store is.
        if words.contains(&"--snapshot") {
            continue;
        }
        let takes = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
        let is_said = |id: &str| words.contains(&&*format!("--{id}"));
        let options: Vec<String> = given
            .iter()
            .filter(|(id, _)| takes(id) && !is_said(id))
            .map(|(id, value)| format!(" --{id} {}", as_a_word(value)))
            .collect();
        part.push_str(&options.concat());
    }
    parts.join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(step: &str, given: &[(&str, &str)]) -> String {
        let given: Vec<_> =
            given.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
        said_again(step, &given, &Arguments::command())
    }

    #[test]
    fn a_command_that_works_with_the_store_is_told_which() {
        let given = [("profile", "audit"), ("store", "s3://sweeps/home")];
        assert_eq!(
            told("`ecr-sweep show latest` tells; `ecr-sweep runs` lists", &given),
            "`ecr-sweep show latest --profile audit --store s3://sweeps/home` tells; \
             `ecr-sweep runs --profile audit --store s3://sweeps/home` lists"
        );
    }

    #[test]
    fn a_command_of_a_command_is_told_too() {
        assert_eq!(
            told("`ecr-sweep vault prune` removes", &[("store", "here")]),
            "`ecr-sweep vault prune --store here` removes"
        );
    }

    #[test]
    fn what_is_said_after_a_command_of_a_command_is_remembered() {
        let line = ["ecr-sweep", "vault", "prune", "--store", "here"];
        let matches = Arguments::command().try_get_matches_from(line).unwrap();
        let store = of_command(&matches).and_then(|it| it.get_raw("store")?.next());
        assert_eq!(store.unwrap(), "here");
    }

    #[test]
    fn what_a_command_says_or_does_not_take_is_not_said_again() {
        let given = [("store", "here")];
        for step in [
            "`ecr-sweep show r1 --store there` tells",
            "`ecr-sweep plan --snapshot org.json` plans from it",
            "`ecr-sweep schema policy` prints",
            "`ecr-sweep help in-grace` tells; set `scope.off`, and `a b`",
            "`ecr-sweep --version`",
        ] {
            assert_eq!(told(step, &given), step);
        }
    }

    #[test]
    fn a_value_is_one_word_of_a_shell() {
        let told = told("`ecr-sweep runs`", &[("store", "my runs/it's")]);
        assert_eq!(told, r"`ecr-sweep runs --store 'my runs/it'\''s'`");
    }
}
