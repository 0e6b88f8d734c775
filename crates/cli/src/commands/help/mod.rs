//! `ecr-sweep help`: commands, topics and codes, without a network.

mod codes;
mod topics;

use clap::{Command, CommandFactory as _};
use ecr_sweep_policy::nearest;

use crate::args::{Arguments, HelpArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render;
use topics::TOPICS;

/// Prints what there is about a command, a topic or a code; without one, what there is.
pub fn run(arguments: &HelpArguments) -> Result<Ended, Failure> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    render::print(&about(&words)?)?;
    Ok(Ended::WELL)
}

fn about(words: &[&str]) -> Result<String, Failure> {
    let [word, ..] = words else { return Ok(contents()) };
    if let Some(command) = command(words) {
        return Ok(command);
    }
    let found = match words {
        [word] => TOPICS.iter().find(|topic| topic.name == *word).map(topics::Topic::text),
        _ => None,
    };
    found.or_else(|| codes::about(words)).ok_or_else(|| nothing(word, &words.join(" ")))
}

/// The help of a command, as `--help` gives it.
fn command(words: &[&str]) -> Option<String> {
    let mut command = Arguments::command();
    // Gives subcommands their full names.
    command.build();
    let command =
        words.iter().try_fold(&mut command, |command, word| command.find_subcommand_mut(word))?;
    Some(command.render_long_help().ansi().to_string())
}

fn contents() -> String {
    let commands = Arguments::command().render_help().ansi().to_string();
    let topics = TOPICS.iter().map(|topic| format!("  {:<12} {}", topic.name, topic.about));
    let topics = topics.collect::<Vec<_>>().join("\n");
    format!(
        "{commands}\nTopics:\n{topics}\n\n`ecr-sweep help` also takes each code that is printed, and each \
         key of a policy.\n"
    )
}

fn nothing(word: &str, words: &str) -> Failure {
    let commands = Arguments::command();
    let mut names: Vec<&str> = commands.get_subcommands().map(Command::get_name).collect();
    names.extend(TOPICS.iter().map(|topic| topic.name));
    names.extend(codes::all());
    let next = match nearest(word, names) {
        Some(name) => format!("did you mean `ecr-sweep help {name}`?"),
        None => "`ecr-sweep help` lists commands and topics".to_owned(),
    };
    Failure::invalid(format!("there is no command, topic or code `{words}`")).next(next)
}
