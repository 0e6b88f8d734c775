//! The environment variables of aws-ecr-cleaner: <https://github.com/devopsbox-io/aws-ecr-cleaner>.

use ecr_sweep_policy::reading::Problems;

use super::draft::{Clause, Draft, Rule};
use super::environment::Environment;
use super::value::{DAYS, days_of};

/// What it reads.
pub(crate) const VARIABLES: &[&str] = &["DEFAULT_KEEP_DAYS", "DRY_RUN"];

const DEFAULT: u32 = 30;

pub(crate) fn read(problems: &Problems<'_>, draft: Draft) -> Option<Draft> {
    let environment = Environment::read(problems, VARIABLES);
    let days = environment.get("DEFAULT_KEEP_DAYS", DEFAULT, DAYS, days_of);
    let draft = match environment.find("DRY_RUN") {
        Some("false") => draft,
        _ => draft.say(
            "`DRY_RUN` is on there: nothing was deleted yet. `ecr-sweep plan` shows what would be.",
        ),
    };
    let rule = Rule::with_tag("BoxCleanerEnabled", "true").keep(
        Clause::new()
            .say(
                "Where the tag `BoxCleanerKeepDays` is no number, everything is kept; there, the \
                 default holds.",
            )
            .with("pushed_within", format!("{{ tag: BoxCleanerKeepDays, default: {}d }}", days?)),
    );
    Some(draft.rule(rule))
}
