//! The list of policies of aws-ecr-cleanup: <https://github.com/thabiger/aws-ecr-cleanup>.
//!
//! All policies over a repository delete from it, so what any one of them keeps is more than what
//! stays there: the first rule that takes a repository decides alone here.

use ecr_sweep_policy::reading::{Complaint, Field, Fields, Problems, document};

use super::draft::{Clause, Draft, Rule};
use super::value::{days, every, exact_name, number, text};

const KNOWN: [&str; 6] = [
    "name",
    "protected_period",
    "protected_count",
    "significant_tags",
    "repositories",
    "protected_repositories",
];

/// So many days where nothing is said.
const PERIOD: u32 = 36_500;

pub(crate) fn read(problems: &Problems<'_>, draft: Draft) -> Option<Draft> {
    let node = document(problems)?;
    let items = Field::root(problems, &node).items("a list of policies");
    let policies = every(items.into_iter().map(Policy::read));
    let (some, all): (Vec<_>, Vec<_>) =
        policies?.into_iter().partition(|policy| !policy.repositories.is_empty());
    let mut draft = draft.say(
        "There, each policy deletes from every repository that it is over. Here, the first rule \
         that takes a repository decides alone; those over some repositories come first.",
    );
    for policy in some {
        draft = draft.rule(policy.rule(Rule::named(&policy.repositories)));
    }
    for (at, policy) in all.into_iter().enumerate() {
        if at > 0 {
            let name = policy.name.as_deref().unwrap_or("without a name");
            draft = draft.say(format!(
                "The policy `{name}` is left out: one before it is over all repositories."
            ));
            continue;
        }
        if !policy.protected.is_empty() {
            let protected = Rule::named(&policy.protected).say("`protected_repositories`");
            draft = draft.rule(protected.keep(Clause::new().for_ever()));
        }
        draft = draft.rule(policy.rule(Rule::of_all()));
    }
    Some(draft)
}

struct Policy {
    name: Option<String>,
    period: u32,
    count: u64,
    tags: Tags,
    repositories: Vec<String>,
    protected: Vec<String>,
}

/// The tags before which images are protected.
enum Tags {
    /// `*`, which was meant for untagged images.
    Every,
    These(Vec<String>),
}

impl Policy {
    fn read(field: Field<'_, '_>) -> Option<Self> {
        let fields = field.known(&KNOWN, "the settings of a policy", |_| None)?;
        let name = fields.get("name").and_then(|it| text(&it, "a name"));
        let period = fields.get("protected_period").map_or(Some(PERIOD), |it| days(&it));
        let count = fields
            .require("protected_count", "a number, without which aws-ecr-cleanup fails")
            .and_then(|it| number(&it, 0..=u64::from(u32::MAX)));
        let tags =
            fields.require("significant_tags", "a list of tags, or `*`").and_then(|it| tags(&it));
        let repositories = names(&fields, "repositories");
        let protected = names(&fields, "protected_repositories");
        if let Some(list) = fields.get("protected_repositories")
            && fields.get("repositories").is_some()
        {
            let message = "`repositories` and `protected_repositories` do not go together";
            list.refuse_name(Complaint::new(message, "one of them"));
            return None;
        }
        Some(Self {
            name,
            period: period?,
            count: count?,
            tags: tags?,
            repositories: repositories?,
            protected: protected?,
        })
    }

    fn rule(&self, mut rule: Rule) -> Rule {
        if let Some(name) = &self.name {
            rule = rule.say(name);
        }
        let Self { period, count, .. } = self;
        let clause = match &self.tags {
            Tags::These(tags) => {
                let tags: Vec<_> =
                    tags.iter().map(|tag| serde_json::Value::from(&**tag).to_string()).collect();
                let tags = tags.join(", ");
                Clause::new()
                    .say(
                        "Where no image has one of the tags, everything is kept; there, all untagged \
                         images go then.",
                    )
                    .with(
                        "behind_tags",
                        format!("{{ tags: [{tags}], within: {period}d, newest: {count} }}"),
                    )
            }
            Tags::Every => {
                let clause = Clause::new()
                    .say(
                        "There, `*` matches no tag by mistake, and every untagged image goes, \
                         however young. This is what its documentation says.",
                    )
                    .with("tagged", true)
                    .with("pushed_within", format!("{period}d"));
                if *count > 0 {
                    clause.with("newest", format!("{{ count: {count}, of: untagged }}"))
                } else {
                    clause
                }
            }
        };
        rule.keep(clause)
    }
}

fn tags(field: &Field<'_, '_>) -> Option<Tags> {
    if field.is_scalar() {
        let expected = "a list of tags, or `*`";
        return field.scalar(expected, |scalar| match scalar.text {
            "*" => Ok(Tags::Every),
            text => {
                let message = format!("aws-ecr-cleanup reads `{text}` letter by letter, as tags");
                Err(Complaint::new(message, expected).suggest(Some(format!("[\"{text}\"]"))))
            }
        });
    }
    let items = field.items("a list of tags");
    let tags = every(items.iter().map(|item| exact_name(item, "a tag")));
    tags.filter(|tags| !tags.is_empty()).map(Tags::These)
}

/// The names of a list; none where it is not there.
fn names(fields: &Fields<'_, '_>, list: &str) -> Option<Vec<String>> {
    let Some(field) = fields.get(list) else { return Some(Vec::new()) };
    let items = field.items("a list of repositories");
    let names = every(items.iter().map(|item| exact_name(item, "a repository")));
    names.filter(|names| !names.is_empty())
}
