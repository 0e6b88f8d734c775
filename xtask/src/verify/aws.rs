//! The AWS CLI, whose profiles and sign-ons are those of whoever calls.

use std::process::{Command, Output};

use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;

/// The CLI in one account and Region.
#[derive(Debug, Clone)]
pub(super) struct Aws {
    program: String,
    arguments: Vec<String>,
    pub(super) region: String,
    /// What it finds besides; of the environment of whoever calls, nothing is taken away.
    environment: Vec<(String, String)>,
}

impl Aws {
    pub(super) fn new(profile: Option<&str>, region: &str) -> Self {
        let mut arguments = vec!["--region".to_owned(), region.to_owned()];
        if let Some(profile) = profile {
            arguments.extend(["--profile".to_owned(), profile.to_owned()]);
        }
        let environment = vec![("AWS_PAGER".to_owned(), String::new())];
        Self { program: "aws".to_owned(), arguments, region: region.to_owned(), environment }
    }

    /// Another program, which is told this.
    #[cfg(test)]
    pub(super) fn with(self, program: String, environment: Vec<(String, String)>) -> Self {
        Self { program, environment, ..self }
    }

    /// The same in another Region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        let mut other = Self { region: region.to_owned(), ..self.clone() };
        region.clone_into(&mut other.arguments[1]);
        other
    }

    /// The variables by which `ecr-sweep` is the same caller.
    pub(super) fn caller(&self) -> Vec<(String, String)> {
        let profile = self.arguments.get(3).map(|it| ("AWS_PROFILE".to_owned(), it.clone()));
        let region = ("AWS_REGION".to_owned(), self.region.clone());
        self.environment.iter().cloned().chain(profile).chain([region]).collect()
    }

    /// Makes a call, and gives its answer; null, if it has none.
    pub(super) fn call(&self, arguments: &[&str]) -> miette::Result<Value> {
        let Output { status, stdout, stderr } = Command::new(&self.program)
            .args(arguments)
            .args(&self.arguments)
            .args(["--output", "json"])
            .envs(self.environment.iter().cloned())
            .output()
            .into_diagnostic()
            .wrap_err("cannot start the AWS CLI")?;
        if !status.success() {
            let said = String::from_utf8_lossy(&stderr);
            return Err(miette!("`aws {}`: {}", arguments.join(" "), said.trim()));
        }
        if stdout.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&stdout).or_else(|_| {
            // Some commands say what they did in words.
            Ok(Value::String(String::from_utf8_lossy(&stdout).into_owned()))
        })
    }

    /// Makes a call, and gives a member of its answer, which has to be there.
    pub(super) fn get(&self, arguments: &[&str], pointer: &str) -> miette::Result<Value> {
        let answer = self.call(arguments)?;
        let found = answer.pointer(pointer).cloned();
        found.ok_or_else(|| miette!("`aws {}` has no {pointer}: {answer}", arguments.join(" ")))
    }

    /// The same of a text.
    pub(super) fn text(&self, arguments: &[&str], pointer: &str) -> miette::Result<String> {
        let found = self.get(arguments, pointer)?;
        found.as_str().map(str::to_owned).ok_or_else(|| miette!("{pointer} is no text: {found}"))
    }

    /// The same of a list.
    pub(super) fn list(&self, arguments: &[&str], pointer: &str) -> miette::Result<Vec<Value>> {
        let found = self.get(arguments, pointer)?;
        found.as_array().cloned().ok_or_else(|| miette!("{pointer} is no list: {found}"))
    }
}
