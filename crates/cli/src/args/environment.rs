//! Variables of the environment, where their options do not apply.
//!
//! A variable is set for many commands, so one whose option does not apply to what the command line
//! says is passed over. An option on the command line that does not apply is an error.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::process;

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches as _, Id};

use super::{Arguments, given, other_words, wants_json};
use crate::diagnostics;
use crate::failure::Failure;

/// What counts only beside another option.
const ONLY_WITH: [(&str, &str); 6] = [
    ("overwrite", "output"),
    ("now", "snapshot"),
    ("kubeconfig", "kubernetes"),
    ("context", "kubernetes"),
    ("account", "kubernetes"),
    ("cluster", "kubernetes"),
];

/// What does not count beside another option.
const NEVER_WITH: [(&str, &str); 3] =
    [("profile", "kubernetes"), ("concurrency", "kubernetes"), ("store", "kubernetes")];

/// Where two say different things of what is to be deleted, nothing of it is passed over.
const STRICT: &str = "start";

/// The command line and the variables that apply to it. Ends the process where it is not well formed.
pub fn parse() -> Arguments {
    let command = with_what_applies(Arguments::command(), env::args_os().collect());
    let read = command.clone().try_get_matches();
    let read = read.and_then(|mut matches| {
        given::remember(&matches);
        Arguments::from_arg_matches_mut(&mut matches)
    });
    read.unwrap_or_else(|error| {
        let error = other_words::with_what_is_meant(error).format(&mut command.clone());
        if error.use_stderr() && wants_json() {
            process::exit(diagnostics::report(&not_well_formed(&error)).number().into());
        }
        error.exit()
    })
}

/// What is wrong with a command line: without how it is used, and where to read about it.
fn not_well_formed(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let told = text.split("\n\nUsage:").next().unwrap_or(&text);
    let told = told.split("\n\nFor more information").next().unwrap_or(told);
    let told = told.strip_prefix("error: ").unwrap_or(told);
    let words: Vec<&str> = told.split_whitespace().collect();
    Failure::invalid(words.join(" ")).next("`ecr-sweep help COMMAND` has its options")
}

/// The command, without the variables that do not apply to a command line.
fn with_what_applies(command: Command, line: Vec<OsString>) -> Command {
    let Some((name, said)) = said(command.clone(), line) else { return command };
    command.mut_subcommand(name, |command| {
        let passed_over = passed_over(&command, &said);
        command.mut_args(|arg| {
            if passed_over.contains(arg.get_id()) { without_variable(arg) } else { arg }
        })
    })
}

/// Which command a line names, and the options that it has, whatever the environment says.
fn said(command: Command, line: Vec<OsString>) -> Option<(String, BTreeSet<Id>)> {
    let bare = command.mut_subcommands(|command| command.mut_args(without_variable));
    let matches = bare.ignore_errors(true).try_get_matches_from(line).ok()?;
    let (name, matches) = matches.subcommand()?;
    let is_said = |id: &&Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    Some((name.to_owned(), matches.ids().filter(is_said).cloned().collect()))
}

fn without_variable(arg: Arg) -> Arg {
    arg.env(Resettable::Reset)
}

/// The options whose variables do not apply.
fn passed_over(command: &Command, said: &BTreeSet<Id>) -> BTreeSet<Id> {
    let find = |id: &str| command.get_arguments().find(|arg| arg.get_id() == id);
    let contradicts = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|it| it.get_id() == other.get_id())
    };
    let is_contradicted = |arg: &Arg| {
        let mut said = command.get_arguments().filter(|other| said.contains(other.get_id()));
        command.get_name() != STRICT
            && said.any(|other| contradicts(arg, other) || contradicts(other, arg))
    };
    let counts = |arg: &Arg| said.contains(arg.get_id()) || is_set(arg) && !is_contradicted(arg);
    let is_given = |id: &str| find(id).is_some_and(counts);
    let applies = |arg: &Arg| {
        let of_it = |(option, _): &&(&str, &str)| arg.get_id() == option;
        let has_its = ONLY_WITH.iter().filter(of_it).all(|(_, other)| is_given(other));
        let is_alone = NEVER_WITH.iter().filter(of_it).all(|(_, other)| !is_given(other));
        is_set(arg) && has_its && is_alone && !is_contradicted(arg)
    };
    let passed_over = command.get_arguments().filter(|arg| !said.contains(arg.get_id()));
    passed_over.filter(|arg| !applies(arg)).map(|arg| arg.get_id().clone()).collect()
}

/// Whether its variable says something: a switch's, that it is on.
fn is_set(arg: &Arg) -> bool {
    let value = arg.get_env().and_then(env::var_os);
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    value.is_some_and(|value| !(is_switch && value == "false"))
}
