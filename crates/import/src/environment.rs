//! Environment variables, as files of `NAME=value` have them.

use std::ops::Range;

use ecr_sweep_policy::nearest;
use ecr_sweep_policy::reading::{Complaint, Problems};

/// The variables of a file that a tool goes by.
pub(crate) struct Environment<'p, 't> {
    problems: &'p Problems<'t>,
    variables: Vec<Variable<'t>>,
}

struct Variable<'t> {
    name: &'t str,
    value: &'t str,
    span: Range<usize>,
}

const LINE: &str = "`NAME=value`, with or without `export` before it";

impl<'p, 't> Environment<'p, 't> {
    /// Reads a file. Variables that the tool does not know are passed over, as they say nothing to
    /// it; one that is nearly the name of another is an error.
    pub fn read(problems: &'p Problems<'t>, known: &[&str]) -> Self {
        let mut variables: Vec<Variable<'t>> = Vec::new();
        for variable in lines(problems) {
            if let Some(name) = nearest_of(variable.name, known) {
                let message = format!("`{}` is no variable that it reads", variable.name);
                let expected = known.join(", ");
                let complaint = Complaint::new(message, expected).suggest(Some(name));
                problems.add(variable.span, variable.name.to_owned(), complaint);
            } else if variables.iter().any(|other| other.name == variable.name) {
                let message = format!("`{}` stands here twice", variable.name);
                let complaint = Complaint::new(message, "each variable once");
                problems.add(variable.span, variable.name.to_owned(), complaint);
            } else {
                variables.push(variable);
            }
        }
        Self { problems, variables }
    }

    /// The value of a variable.
    pub fn find(&self, name: &str) -> Option<&'t str> {
        self.variables.iter().find(|variable| variable.name == name).map(|it| it.value)
    }

    /// What a variable says, or its default. None where it cannot be read, which is an error.
    pub fn get<T>(
        &self,
        name: &str,
        default: T,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(variable) = self.variables.iter().find(|variable| variable.name == name) else {
            return Some(default);
        };
        let value = read(variable.value.trim());
        if value.is_none() {
            let message = format!("`{}` of `{name}` is not what goes here", variable.value);
            let complaint = Complaint::new(message, expected);
            self.problems.add(variable.span.clone(), name.to_owned(), complaint);
        }
        value
    }
}

fn nearest_of(name: &str, known: &[&str]) -> Option<String> {
    let is_known = known.contains(&name);
    let known = known.iter().map(|name| (name.to_lowercase(), *name)).collect::<Vec<_>>();
    let lower = known.iter().map(|(lower, _)| lower.as_str());
    let near = (!is_known).then(|| nearest(name, lower)).flatten()?;
    known.iter().find(|(lower, _)| lower == near).map(|(_, name)| (*name).to_owned())
}

/// Every line that says something. One that cannot be read is an error.
fn lines<'t>(problems: &Problems<'t>) -> Vec<Variable<'t>> {
    let mut at = 0;
    let mut variables = Vec::new();
    for whole in problems.text().split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let span = start..start + line.len();
        if let Some((name, value)) = variable(line) {
            variables.push(Variable { name, value, span });
        } else {
            let complaint = Complaint::new("this sets no variable", LINE);
            problems.add(span, String::new(), complaint);
        }
    }
    variables
}

fn variable(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    for quote in ['"', '\''] {
        if let Some(rest) = value.trim().strip_prefix(quote) {
            let (value, after) = rest.split_once(quote)?;
            let after = after.trim();
            return (after.is_empty() || after.starts_with('#')).then_some((name, value));
        }
    }
    let value = value.split_once(" #").map_or(value, |(value, _)| value);
    Some((name, value.trim()))
}
