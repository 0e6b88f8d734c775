//! Lifecycle policies of ECR.
//!
//! An image belongs to the first rule, by priority, whose tags it has, and no later rule expires it:
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>. A rule counts what
//! it selects as if nothing had expired. So what a rule leaves is the newest of what it selects, or
//! what is younger: a clause each, and it takes nothing away that another clause keeps. What no rule
//! selects stays for ever there, so it has clauses of its own.
//!
//! A rule selects images that are not archived, and expires or archives them; or, by when they were archived,
//! those that are, and expires these. So what a policy archives is archived here, for as long as the rules
//! of the second kind say.

mod archive;
mod patterns;
mod rule;
mod unselected;
mod written;

use ecr_sweep_core::Pattern;
use ecr_sweep_policy::reading::{Complaint, Field, Problems, document};

use super::draft::Draft;
use super::value::exact_name;

const EXPECTED: &str = "`rules`";

/// What `aws ecr get-lifecycle-policy` answers.
const ANSWER: [&str; 4] =
    ["registryId", "repositoryName", "lifecyclePolicyText", "lastEvaluatedAt"];

pub(crate) fn read(
    problems: &Problems<'_>,
    draft: Draft,
    repositories: &[Pattern],
) -> Option<Draft> {
    let node = document(problems)?;
    let root = Field::root(problems, &node);
    let is_answer = root.is_mapping() && root.entries("").iter().any(|(key, _)| *key == ANSWER[2]);
    let (name, rules) = if is_answer { of_answer(&root)? } else { (None, of_document(&root)?) };
    let names = match name {
        Some(name) if repositories.is_empty() => vec![name],
        _ => repositories.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
    };
    if names.is_empty() {
        let message = "a lifecycle policy does not say which repository it is of";
        root.refuse_name(Complaint::new(
            message,
            "`--repository` with its name, or with a pattern",
        ));
    }
    if problems.any() {
        return None;
    }
    Some(written::policy(draft, &names, &rules))
}

/// The rules of a policy's document, by priority.
fn of_document(root: &Field<'_, '_>) -> Option<Vec<rule::Rule>> {
    let fields = root.clone().known(&["rules"], EXPECTED, |_| None)?;
    let items = fields.require("rules", "a list of rules")?.items("a list of rules");
    let mut rules: Vec<_> =
        items.iter().filter_map(|item| Some((rule::read(item.clone())?, item.clone()))).collect();
    rules.sort_by_key(|(rule, _)| rule.priority);
    for pair in rules.windows(2) {
        let [(first, _), (second, field)] = pair else { continue };
        if first.priority == second.priority {
            let message = format!("two rules have the priority {}", first.priority);
            field.refuse(Complaint::new(message, "each priority once, as ECR does"));
        }
    }
    for (at, (rule, field)) in rules.iter().enumerate() {
        let is_last = |(first, _): &(rule::Rule, _)| {
            first.selects == rule::Selects::Any && first.is_of_archived() == rule.is_of_archived()
        };
        if rules[..at].iter().any(is_last) {
            let message = "this rule comes after one that selects `any` image";
            field.refuse(Complaint::new(
                message,
                "that one with the highest `rulePriority`, as ECR does",
            ));
        }
    }
    Some(rules.into_iter().map(|(rule, _)| rule).collect())
}

/// The repository and the rules of the answer that has the document as a text.
fn of_answer(root: &Field<'_, '_>) -> Option<(Option<String>, Vec<rule::Rule>)> {
    let fields = root.clone().known(&ANSWER, "the answer of `get-lifecycle-policy`", |_| None)?;
    let name = fields.get("repositoryName").and_then(|field| exact_name(&field, "a repository"));
    let text = fields.get(ANSWER[2])?;
    let inner = text.scalar("a lifecycle policy as a text", |scalar| Ok(scalar.text.to_owned()))?;
    let problems = Problems::called(&inner, "lifecycle policy");
    let rules = document(&problems).and_then(|node| of_document(&Field::root(&problems, &node)));
    let errors = problems.into_parts().0;
    for error in &errors {
        let (line, column) = (error.line, error.column);
        let message = format!("in this text, at {line}:{column}: {}", error.message);
        text.refuse(
            Complaint::new(message, error.expected.clone()).suggest(error.suggestion.clone()),
        );
    }
    if rules.is_none() && errors.is_empty() {
        text.refuse(Complaint::new("this text says nothing", "a lifecycle policy"));
    }
    Some((name, rules?))
}
