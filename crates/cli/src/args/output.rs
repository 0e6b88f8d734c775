//! What all commands share: colour, logs, and the form of the result.

use clap::{ArgAction, Args, ValueEnum};

use crate::render::table::Sort;

/// Colour and logs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArguments {
    /// When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count, too
    #[arg(long, global = true, env = "ECR_SWEEP_COLOR", hide_env = true, default_value = "auto")]
    pub color: Color,
    /// Log more: -v what is done, -vv each call, -vvv everything
    #[arg(
        short, long, global = true, env = "ECR_SWEEP_VERBOSE", hide_env = true,
        action = ArgAction::Count
    )]
    pub verbose: u8,
    /// The form of logs on standard error
    #[arg(
        long,
        global = true,
        env = "ECR_SWEEP_LOG_FORMAT",
        hide_env = true,
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Makes this the choice for both streams.
    pub fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// The form of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// The form of what a command prints.
#[derive(Debug, Args)]
pub struct FormArguments {
    /// The form of the result
    #[arg(long, env = "ECR_SWEEP_FORMAT", hide_env = true, default_value = "table")]
    pub format: Format,
}

/// How much of a plan a command prints, and in which order.
#[derive(Debug, Clone, Copy, Args)]
pub struct DetailArguments {
    /// List every image that would be deleted
    #[arg(long, env = "ECR_SWEEP_DETAILS", hide_env = true)]
    pub details: bool,
    /// List every repository in a table: without it those where nothing goes are one row
    #[arg(long, env = "ECR_SWEEP_ALL", hide_env = true)]
    pub all: bool,
    /// The order of the repositories in a table
    #[arg(long, env = "ECR_SWEEP_SORT", hide_env = true, default_value = "name")]
    pub sort: Sort,
}

/// The form of a result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs: one JSON document
    Json,
}
