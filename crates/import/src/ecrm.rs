//! `ecrm.yaml`: <https://github.com/fujiwara/ecrm>.
//!
//! It keeps what is used, young, tagged as said, and so many tagged images on top. What is none of
//! these goes, in the repositories that it names. The first entry that matches decides, as here.

use ecr_sweep_policy::reading::{Complaint, Field, Fields, Problems, document};

use super::draft::{Clause, Draft, Rule};
use super::duration::age;
use super::value::{every, is_pattern, number, wildcard};

const TOP: [&str; 6] = [
    "clusters",
    "task_definitions",
    "lambda_functions",
    "external_commands",
    "exclude_files",
    "repositories",
];

/// How many revisions of a family it keeps where nothing is said.
const REVISIONS: u64 = 5;

const MOST: u64 = u32::MAX as u64;

pub(crate) fn read(problems: &Problems<'_>, draft: Draft) -> Option<Draft> {
    let node = document(problems)?;
    let fields = Field::root(problems, &node).known(&TOP, "the settings of ecrm", |_| None)?;
    for name in ["external_commands", "exclude_files"] {
        if let Some(field) = fields.get(name) {
            let message = format!("`{name}` names images in use, which only ecrm can read");
            field.refuse_name(Complaint::new(
                message,
                "no such entry, and its images in a usage file under `usage.files` of the policy",
            ));
        }
    }
    let clusters = named(&fields, "clusters", &[]);
    let functions = named(&fields, "lambda_functions", &["keep_count", "keep_aliase"]);
    let families = named(&fields, "task_definitions", &["keep_count"]);
    let entries = fields.require("repositories", "a list of repositories")?;
    let entries = entries.items("a list of repositories");
    let rules = every(entries.into_iter().map(rule));
    let mut draft = draft.say(
        "Everything in the account that can name an image is looked at: `clusters`, \
         `task_definitions` and `lambda_functions` narrow nothing here. Other accounts, of which \
         ecrm takes `--scanned-files`, are `scope.consumers`.",
    );
    let in_vain = [&clusters, &functions, &families].map(|named| named.is_in_vain).contains(&true);
    if in_vain {
        draft = draft.say(
            "A `name` with `*` in it is taken as it stands by ecrm, so it matches nothing, and what \
             it was meant for is not kept there. Here it is.",
        );
    }
    if let Some(most) = families.most {
        draft = draft.set(
            format!("usage:\n  ecs: {{ task_definition_revisions: {most} }}"),
            vec![
                "So many ACTIVE revisions of each family count as usage, besides those that \
                 anything names; ecrm counts them of the families that its patterns match. Without \
                 this, all do."
                    .to_owned(),
            ],
        );
    }
    Some(rules?.into_iter().fold(draft, Draft::rule))
}

/// What matters of a list of names and patterns.
#[derive(Debug, Default)]
struct Named {
    /// The highest `keep_count`. None where there is no such list, or nothing in it could be read.
    most: Option<u64>,
    /// Whether a name was meant as a pattern.
    is_in_vain: bool,
}

fn named(fields: &Fields<'_, '_>, list: &str, more: &[&str]) -> Named {
    let known: Vec<&str> = ["name", "name_pattern"].iter().chain(more).copied().collect();
    let expected = format!("a list of `{}`", known.join("`, `"));
    let mut named = Named::default();
    for item in fields.get(list).into_iter().flat_map(|field| field.items(&expected)) {
        let Some(item) = item.known(&known, &expected, |_| None) else { continue };
        let count = match item.get("keep_count") {
            Some(count) => number(&count, 0..=MOST),
            None => Some(0),
        };
        named.most = named.most.max(count.map(|count| if count == 0 { REVISIONS } else { count }));
        let name =
            item.get("name").and_then(|name| name.scalar("a name", |it| Ok(is_pattern(it.text))));
        named.is_in_vain |= name == Some(true);
    }
    named
}

fn rule(entry: Field<'_, '_>) -> Option<Rule> {
    let known = ["name", "name_pattern", "expires", "keep_count", "keep_tag_patterns"];
    let entry = entry.known(&known, "the settings of a repository", |_| None)?;
    let expires = entry.require("expires", "how old an image may be, such as `30days`");
    let expires = expires.and_then(|field| age(&field));
    let count = match entry.get("keep_count") {
        Some(field) => number(&field, 0..=MOST),
        None => Some(0),
    };
    let tags = match entry.get("keep_tag_patterns") {
        Some(field) => {
            let items = field.items("a list of patterns over tags");
            every(items.iter().map(wildcard)).filter(|it| !it.is_empty())
        }
        None => Some(vec!["latest".to_owned()]),
    };
    let names = names(&entry)?;
    let mut clause = Clause::new().with("pushed_within", expires?);
    if entry.get("keep_tag_patterns").is_none() {
        clause = clause.say("ecrm keeps `latest` where no `keep_tag_patterns` are given.");
    }
    clause = clause.with_list("tags", &tags?);
    let count = count?;
    if count > 0 {
        clause = clause.with("spare", format!("{{ count: {count}, per: kind }}"));
    }
    Some(Rule::named(&names).keep(clause))
}

/// The name and the pattern of an entry, either of which matches a repository.
fn names(entry: &Fields<'_, '_>) -> Option<Vec<String>> {
    let (name, pattern) = (entry.get("name"), entry.get("name_pattern"));
    if name.is_none() && pattern.is_none() {
        let message = "this names no repository";
        entry.own().refuse(Complaint::new(message, "`name` or `name_pattern`"));
        return None;
    }
    let name = match name {
        Some(field) => Some(exact(&field)?),
        None => None,
    };
    let pattern = match pattern {
        Some(field) => Some(wildcard(&field)?),
        None => None,
    };
    Some(name.into_iter().chain(pattern).collect())
}

fn exact(field: &Field<'_, '_>) -> Option<String> {
    let expected = "the name of a repository; `name_pattern` takes a pattern";
    field.scalar(expected, |scalar| match scalar.text {
        "" => Err(Complaint::new("an empty name matches nothing", expected)),
        text if is_pattern(text) => {
            let message =
                format!("`name` is taken as it stands by ecrm, so `{text}` matches nothing");
            Err(Complaint::new(message, expected))
        }
        text => Ok(text.to_owned()),
    })
}
