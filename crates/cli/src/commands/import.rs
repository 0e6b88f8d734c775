//! `ecr-sweep import`: a policy from what another cleaner was told.

use std::env;
use std::path::Path;

use ecr_sweep_core::Pattern;
use ecr_sweep_import::{Import, Tool};
use ecr_sweep_protocol::WrittenPolicy;
use ecr_sweep_protocol::documents::V1;

use super::next_step;
use crate::args::{Format, ImportArguments, is_said};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{diagnostics, files, render};

/// Reads what the cleaner was told, and writes the policy.
pub fn run(arguments: &ImportArguments) -> Result<Ended, Failure> {
    let tool = arguments.from;
    let (name, text) = told(tool, arguments.file.as_deref())?;
    let import = Import { tool, name: &name, text: &text, repositories: repositories(arguments) };
    let policy = match import.policy() {
        Ok(policy) => policy,
        Err(errors) => return Err(Failure::Imported { tool, errors, text }),
    };
    if let Some(path) = &arguments.output {
        files::write_new("policy", path, &policy, arguments.overwrite)?;
    }
    if arguments.form.format == Format::Json {
        render::json::write(&WrittenPolicy {
            schema_version: V1,
            written_to: arguments.output.as_ref().map(|path| path.display().to_string().into()),
            policy: policy.into(),
            not_seen: None,
        })?;
    } else if let Some(path) = &arguments.output {
        let path = path.display();
        diagnostics::next(&format!(
            "read it, then `ecr-sweep check {path} --live`; `ecr-sweep plan --policy {path}` shows what would go"
        ));
    } else {
        render::print(&policy)?;
        next_step::blank();
        diagnostics::next(
            "`-o policy.yaml` writes it to a file; `ecr-sweep check` tells what it does",
        );
    }
    Ok(Ended::WELL)
}

/// The repositories of the rule. A variable is set for many commands: it is told where it counts, and
/// passed over where the file says itself which they are.
fn repositories(arguments: &ImportArguments) -> &[Pattern] {
    let (tool, repositories) = (arguments.from, arguments.repository.as_slice());
    if repositories.is_empty() || is_said("repository") {
        return repositories;
    }
    if tool.takes_repositories() {
        let named: Vec<_> = repositories.iter().map(|it| format!("`{}`", it.as_str())).collect();
        diagnostics::warn_of(&format!(
            "the rule is for {}, as the variable ECR_SWEEP_REPOSITORY says",
            named.join(", ")
        ));
        return repositories;
    }
    diagnostics::warn_of(&format!(
        "the variable ECR_SWEEP_REPOSITORY is passed over: a file of {tool} says itself which \
         repositories it is about"
    ));
    &[]
}

/// What errors call it, and what the cleaner was told.
fn told(tool: Tool, file: Option<&Path>) -> Result<(String, String), Failure> {
    let next = format!("name {}", tool.file());
    match file {
        Some(path) if path == Path::new("-") => {
            Ok(("standard input".to_owned(), files::standard_input(&next)?))
        }
        Some(path) => Ok((path.display().to_string(), files::text("file", path, &next)?)),
        None if tool.variables().is_empty() => {
            let message = format!("no file of {tool} is named");
            Err(Failure::invalid(message).next(format!("{next}, or `-` for standard input")))
        }
        None => Ok(("the environment".to_owned(), of_environment(tool)?)),
    }
}

/// The variables that are set, as a file has them.
fn of_environment(tool: Tool) -> Result<String, Failure> {
    let mut text = String::new();
    for name in tool.variables() {
        match env::var(name) {
            Ok(value) => text.extend([*name, "=", &value, "\n"]),
            Err(env::VarError::NotPresent) => {}
            Err(error) => {
                return Err(
                    Failure::invalid(format!("cannot read the variable {name}")).because(error)
                );
            }
        }
    }
    Ok(text)
}
