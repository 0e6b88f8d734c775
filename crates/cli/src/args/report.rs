//! `ecr-sweep report`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LiveArguments, PriceArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep report latest --open
  ecr-sweep report latest -o report
  ecr-sweep report latest --format csv -o images.csv
  ecr-sweep report 20261120T1015 --store s3://my-sweeps --format markdown

Pages go to a folder of their own; they need no network, and no script to be read. The same pages are in
the run store, under `report/` of each run that has ended. It needs nothing but that store.";

/// What `report` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArguments {
    /// The run: its name, the first letters of it, or `latest`
    pub run: String,
    /// The form of the report
    #[arg(long, env = "ECR_SWEEP_FORMAT", hide_env = true, default_value = "html")]
    pub format: ReportFormat,
    /// The folder of the pages, or the file of another form; without it, a folder with the run's name, and
    /// standard output
    #[arg(long, short, value_name = "PATH", env = "ECR_SWEEP_OUTPUT", hide_env = true)]
    pub output: Option<PathBuf>,
    /// Show the first page in the browser
    #[arg(long, env = "ECR_SWEEP_OPEN", hide_env = true)]
    pub open: bool,
    #[command(flatten)]
    pub prices: PriceArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Pages for a browser: one for the run, and one for each repository
    #[value(alias = "table")]
    Html,
    /// For a ticket or a wiki, without the images
    Markdown,
    /// A row for each image, for a spreadsheet
    Csv,
    /// For programs: one JSON document, without the images
    Json,
}
