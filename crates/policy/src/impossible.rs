//! Warns of what can never be: patterns that no name and no tag of ECR is, ages that nothing has.
//! What is there is not asked for it, so it is told before anything is called.

use ecr_sweep_core::policy::Value;
use ecr_sweep_core::{Age, Pattern, Policy};

use super::field::Field;
use super::word::shortened;

/// The longest name of a repository, and the longest tag.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html>
const LONGEST_NAME: usize = 256;
const LONGEST_TAG: usize = 300;

/// Warns where a pattern over the names of repositories, or over tags of images, matches none that
/// there can be.
pub(super) fn pattern(field: &Field<'_, '_>, value: &Value) {
    let Value::Pattern(pattern) = value else { return };
    let names = ["repositories[].match.name", "repositories[].match.name[]"];
    let problem = if names.iter().any(|path| field.is_at(path)) {
        problem_of_a_name(pattern)
            .map(|problem| format!("no repository has such a name: {problem}"))
    } else {
        problem_of_a_tag(pattern).map(|problem| format!("no image has such a tag: {problem}"))
    };
    if let Some(problem) = problem {
        field.warn(format!("`{}` matches nothing: {problem}", shortened(pattern.as_str())));
    }
}

/// Warns of ages that make every deletion impossible.
pub(super) fn ages(root: &Field<'_, '_>, policy: &Policy) {
    let ages = [
        ("plan_max_age", policy.plan_max_age, "a plan is older as soon as it is made"),
        ("evidence_max_age", policy.evidence_max_age, "usage is older as soon as it is scanned"),
    ];
    for (name, age, because) in ages {
        if age == Age::seconds(0) {
            for field in root.find(name) {
                field.warn(format!("nothing is ever deleted with this: {because}"));
            }
        }
    }
}

/// The characters that stand for themselves, in runs. None for a regular expression, which nobody
/// reads here.
fn literal(pattern: &Pattern) -> Option<Vec<&str>> {
    let text = pattern.as_str();
    let is_regex = text.len() > 2 && text.starts_with('/') && text.ends_with('/');
    (!is_regex).then(|| text.split(['*', '?']).collect())
}

fn problem_of_a_name(pattern: &Pattern) -> Option<String> {
    let literal = literal(pattern)?;
    let (first, last) = (literal.first()?, literal.last()?);
    let is_of_a_name =
        |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/');
    if literal.iter().any(|run| run.contains(".dkr.ecr.") || run.contains(".dkr-ecr.")) {
        return Some("it has no registry in front".to_owned());
    }
    if let Some(letter) = other_letter(&literal, is_of_a_name) {
        return Some(format!(
            "it has small letters, digits, `.`, `_`, `-` and `/`, and no `{letter}`"
        ));
    }
    let between = ['.', '_', '-', '/'];
    if first.starts_with(between) || last.ends_with(between) {
        return Some("it begins and ends with a letter or a digit".to_owned());
    }
    if literal.iter().any(|run| run.contains("//")) {
        return Some("it has no two `/` in a row".to_owned());
    }
    too_long(&literal, LONGEST_NAME)
}

fn problem_of_a_tag(pattern: &Pattern) -> Option<String> {
    let literal = literal(pattern)?;
    let is_of_a_tag = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if let Some(letter) = other_letter(&literal, is_of_a_tag) {
        return Some(format!("it has letters, digits, `.`, `_` and `-`, and no `{letter}`"));
    }
    too_long(&literal, LONGEST_TAG)
}

fn other_letter(literal: &[&str], is_known: impl Fn(char) -> bool) -> Option<String> {
    let letter = literal.iter().flat_map(|run| run.chars()).find(|letter| !is_known(*letter))?;
    Some(if letter == ' ' { " ".to_owned() } else { letter.escape_debug().to_string() })
}

fn too_long(literal: &[&str], most: usize) -> Option<String> {
    let length: usize = literal.iter().map(|run| run.len()).sum();
    (length > most).then(|| format!("it has at most {most} characters"))
}
