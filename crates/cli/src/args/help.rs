//! `ecr-sweep help`, `completions` and `man`

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const HELP_EXAMPLES: &str = "\
Examples:
  ecr-sweep help                     what there is help about
  ecr-sweep help policy              a topic
  ecr-sweep help in-grace            a code of a plan, of the doctor or of the inspection
  ecr-sweep help 4                   an exit code
  ecr-sweep help minimum_age         a key of a policy
  ecr-sweep help vault prune         a command, as with --help";

/// What `help` takes.
#[derive(Debug, Args)]
#[command(after_help = HELP_EXAMPLES)]
pub struct HelpArguments {
    /// A command, a topic, a code, or a key of a policy
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ecr-sweep completions bash > /etc/bash_completion.d/ecr-sweep
  ecr-sweep completions zsh > ~/.zfunc/_ecr-sweep
  ecr-sweep completions fish > ~/.config/fish/completions/ecr-sweep.fish";

/// What `completions` takes.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArguments {
    /// The shell
    pub shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  ecr-sweep man -o /usr/local/share/man/man1";

/// What `man` takes.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArguments {
    /// The folder to write them to, made if it is not there
    #[arg(long, short, value_name = "FOLDER", env = "ECR_SWEEP_OUTPUT", hide_env = true)]
    pub output: PathBuf,
}
