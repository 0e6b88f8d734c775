//! When runs have seen an image in use, in words.

use std::fmt::{self, Formatter};

use ecr_sweep_core::UseHistory;
use ecr_sweep_protocol::RememberedUse;
use ecr_sweep_protocol::documents::Consumer;

use super::Time;
use super::styles::{CODE, FAINT, HEADING};

/// When it was last in use, by what, and how far that is known.
pub fn section(f: &mut Formatter<'_>, used: &RememberedUse) -> fmt::Result {
    let RememberedUse { history, first_seen, last_seen, by } = used;
    let known = match history {
        Some(UseHistory { since, .. }) => format!(", known since {}", Time(*since)),
        None => String::new(),
    };
    writeln!(f, "\n{HEADING}Seen in use by runs{HEADING:#}{FAINT}{known}{FAINT:#}")?;
    let Some(last_seen) = last_seen else { return writeln!(f, "  never") };
    write!(f, "  last {}", Time(*last_seen))?;
    match first_seen {
        Some(first_seen) => writeln!(f, ", first {}", Time(*first_seen))?,
        None => writeln!(f)?,
    }
    by.iter().try_for_each(|consumer| {
        let Consumer { kind, arn, account, region } = consumer;
        writeln!(f, "    {CODE}{kind}{CODE:#} {arn} {FAINT}in {account}/{region}{FAINT:#}")
    })
}
