//! `repo_attributes.yaml` of ecr-purger: <https://github.com/messanlawson/ecr-purger>.

use ecr_sweep_core::policy::SlackChannel;
use ecr_sweep_policy::reading::{Complaint, Field, Problems, document};

use super::draft::{Clause, Draft, Rule};
use super::value::{days, every, is_pattern, number, text};

const KNOWN: [&str; 4] = ["slack-channels", "wiggle-room", "image-age", "use-image-age-only"];

/// The revisions before the newest one where nothing is said.
const WIGGLE_ROOM: u64 = 20;

const TRUE: [&str; 8] = ["True", "true", "TRUE", "yes", "Yes", "YES", "on", "On"];
const FALSE: [&str; 8] = ["False", "false", "FALSE", "no", "No", "NO", "off", "Off"];

pub(crate) fn read(problems: &Problems<'_>, draft: Draft) -> Option<Draft> {
    let node = document(problems)?;
    let root = Field::root(problems, &node);
    let entries = root.entries("repositories, each with its attributes");
    let rules = every(entries.into_iter().map(|(name, field)| rule(name, &field)));
    let draft = draft.say(
        "ecr-purger looks at the task definitions of us-east-1. Here, everything in the account \
         that can name an image is looked at, in the Region that the run starts from.",
    );
    let rules = rules.filter(|rules| !rules.is_empty())?;
    Some(rules.into_iter().fold(draft, Draft::rule))
}

fn rule(name: &str, field: &Field<'_, '_>) -> Option<Rule> {
    if is_pattern(name) {
        let message = format!("`{name}` is taken as it stands there, so it names nothing");
        field.refuse_name(Complaint::new(message, "the name of a repository"));
        return None;
    }
    let fields = field.clone().known(&KNOWN, "the attributes of a repository", |_| None)?;
    let revisions = fields
        .get("wiggle-room")
        .map_or(Some(WIGGLE_ROOM), |it| number(&it, 0..=u64::from(u32::MAX)));
    let age = match fields.get("image-age") {
        Some(field) => Some(days(&field)?),
        None => None,
    };
    let age_only = match fields.get("use-image-age-only") {
        Some(field) => {
            let expected = "`True` or `False`";
            field.scalar(expected, |scalar| match scalar.text {
                text if TRUE.contains(&text) => Ok(true),
                text if FALSE.contains(&text) => Ok(false),
                text => Err(Complaint::new(format!("`{text}` is not what goes here"), expected)),
            })?
        }
        None => false,
    };
    let channels = match fields.get("slack-channels") {
        Some(field) => Some(text(&field, "the names of channels")?),
        None => None,
    };
    let mut rule = Rule::named(&[name]);
    if let Some(channels) = channels {
        rule = match slack(&channels) {
            Ok(channels) => rule
                .say("Its channels hear by a token of Slack that the deployment has: docs/notices.md.")
                .set("notify", format!("{{ slack: {channels} }}")),
            Err(name) => rule.say(format!(
                "Its channels are left out: `{name}` is none that Slack has, as names have no capital letters."
            )),
        };
    }
    if let Some(days) = age.filter(|_| age_only) {
        return Some(rule.keep(Clause::new().with("pushed_within", format!("{days}d"))));
    }
    let mut clause = Clause::new();
    if age.is_some() {
        clause = clause.say("`image-age` says nothing there without `use-image-age-only: True`.");
    }
    let clause = clause.with("behind_deployed", format!("{{ revisions: {} }}", revisions?));
    Some(rule.keep(clause))
}

/// Names of channels as a policy lists them, or the first that is none. There they have no `#`.
fn slack(names: &str) -> Result<String, String> {
    let one = |name: &str| {
        let channel = format!("#{}", name.trim_start_matches('#'));
        let channel = channel.parse::<SlackChannel>().or_else(|_| name.parse());
        channel.map(|it| format!("\"{it}\"")).map_err(|_| name.to_owned())
    };
    let channels: Vec<String> = names.split_whitespace().map(one).collect::<Result<_, _>>()?;
    Ok(format!("[{}]", channels.join(", ")))
}
