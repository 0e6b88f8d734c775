//! The environment variables of ecr-maintainer: <https://github.com/uktrade/ecr_maintainer>.

use ecr_sweep_core::policy::SlackChannel;
use ecr_sweep_policy::reading::Problems;

use super::draft::{Clause, Draft, Rule};
use super::environment::Environment;
use super::value::{DAYS, days_of};

/// What it reads.
pub(crate) const VARIABLES: &[&str] = &[
    "AWS_REGION",
    "SLACK_TOKEN",
    "SLACK_CHANNEL",
    "KEEP_MIN_IMAGE_COUNT",
    "KEEP_IMAGES_NEWER_THAN_DAYS",
    "SLACK_MAX_MESSAGE_LENGTH",
    "DELETE_ENABLED",
    "SLACK_ENABLED",
];

const COUNT: u32 = 3;
const DAYS_KEPT: u32 = 7;

pub(crate) fn read(problems: &Problems<'_>, mut draft: Draft) -> Option<Draft> {
    let environment = Environment::read(problems, VARIABLES);
    let count = environment
        .get("KEEP_MIN_IMAGE_COUNT", COUNT, "a whole number, 0 or more", |it| it.parse().ok());
    let days = environment.get("KEEP_IMAGES_NEWER_THAN_DAYS", DAYS_KEPT, DAYS, days_of);
    let is_yes = |value: &str| ["yes", "y", "true"].contains(&value.to_lowercase().as_str());
    if !environment.find("DELETE_ENABLED").is_some_and(is_yes) {
        draft = draft.say("`DELETE_ENABLED` is off there: nothing was deleted yet. `ecr-sweep plan` shows what would be.");
    }
    if environment.find("SLACK_ENABLED").is_some_and(is_yes) {
        draft = draft.say(told(environment.find("SLACK_CHANNEL")));
    }
    let (count, days) = (count?, days?);
    let mut clause = Clause::new()
        .say(
            "It keeps the first images that ECR lists, in no order that ECR promises. Here the \
             newest are kept.",
        )
        .with("pushed_within", format!("{days}d"));
    if count > 0 {
        clause = clause.with("newest", format!("{{ count: {count}, of: any }}"));
    }
    Some(draft.rule(Rule::of_all().keep(clause)))
}

/// What stands for its notices: of the deployment, and not of a policy. The token is not repeated.
fn told(channel: Option<&str>) -> String {
    let channel = channel.map(|name| format!("#{}", name.trim_start_matches('#')));
    let channel = channel.filter(|it| it.parse::<SlackChannel>().is_ok());
    let named = channel.map(|it| format!(", channel: \"{it}\"")).unwrap_or_default();
    format!(
        "Its notices to Slack are of the deployment: put SLACK_TOKEN into a secret of Secrets Manager, and \
         `notices: [{{ kind: slack-token, secret: NAME{named} }}]` into ecr-sweep.yaml (docs/notices.md)."
    )
}
