//! `ecr-sweep schema`

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use ecr_sweep_protocol::schema::SchemaName;

const EXAMPLES: &str = "\
Examples:
  ecr-sweep schema policy > policy.schema.json
  # in the first line of a policy, for editors:
  # yaml-language-server: $schema=policy.schema.json";

/// What `schema` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArguments {
    /// The file
    #[arg(
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(SchemaName::ALL.map(SchemaName::as_str))
            .try_map(|name| name.parse::<SchemaName>())
    )]
    pub name: SchemaName,
}
