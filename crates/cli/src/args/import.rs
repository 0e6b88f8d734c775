//! `ecr-sweep import`

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use ecr_sweep_core::Pattern;
use ecr_sweep_import::Tool;

use super::FormArguments;

const EXAMPLES: &str = "\
Examples:
  ecr-sweep import --from ecrm ecrm.yaml -o policy.yaml
  aws ecr get-lifecycle-policy --repository-name shop/web | ecr-sweep import --from lifecycle-policy -
  ecr-sweep import --from lifecycle-policy lifecycle.json --repository 'shop/*'
  DEFAULT_KEEP_DAYS=60 ecr-sweep import --from aws-ecr-cleaner
  echo 'cdk gc --unstable=gc --type=ecr' | ecr-sweep import --from cdk-gc -

What is kept there is kept by the policy. What cannot be said exactly keeps more, and a comment says
so; what cannot be said at all is an error with its line. Nothing is called. Exit codes: 0 it is
written; 2 it is not.";

/// What `import` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArguments {
    /// The cleaner whose file it is
    #[arg(
        long,
        value_name = "TOOL",
        env = "ECR_SWEEP_FROM",
        hide_env = true,
        value_parser = PossibleValuesParser::new(Tool::ALL.map(Tool::as_str))
            .try_map(|name| name.parse::<Tool>())
    )]
    pub from: Tool,
    /// Its file, `-` for standard input; of a cleaner that goes by environment variables, a file of
    /// `NAME=value`, or nothing for those that are set
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The repositories of the rule, where the file does not say: a name, or a pattern
    #[arg(long, value_name = "PATTERN", env = "ECR_SWEEP_REPOSITORY", hide_env = true)]
    pub repository: Vec<Pattern>,
    /// Write the policy to this file, and not to standard output
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_OUTPUT", hide_env = true)]
    pub output: Option<PathBuf>,
    /// Write it though the file is there
    #[arg(long, env = "ECR_SWEEP_OVERWRITE", hide_env = true, requires = "output")]
    pub overwrite: bool,
    #[command(flatten)]
    pub form: FormArguments,
}
