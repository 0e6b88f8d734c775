//! Writes a policy: from what another cleaner of ECR was told, or a first one from what an account
//! has.
//!
//! The other cleaners say what goes, a policy says what stays: so everything that nothing there speaks of is
//! kept by a clause of its own. What cannot be said exactly keeps more, with a comment. What cannot
//! be said at all, or does not mean what it seems to, is an error with its place.

mod cdk_gc;
mod cleaner;
mod cleanup;
mod draft;
mod duration;
mod ecrm;
mod environment;
mod first;
mod lifecycle;
mod maintainer;
mod purger;
mod tool;
mod value;

pub use first::First;
pub use tool::{NotATool, Tool};

use ecr_sweep_core::Pattern;
use ecr_sweep_policy::reading::{Complaint, Problems};
use ecr_sweep_policy::{MAX_POLICY_BYTES, PolicyErrors, Use};

use draft::Draft;

/// What another cleaner was told.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// The other cleaner.
    pub tool: Tool,
    /// What comments and errors call the file.
    pub name: &'a str,
    /// The file's text: at most 1 MiB.
    pub text: &'a str,
    /// The repositories that it is about, where the file does not say.
    pub repositories: &'a [Pattern],
}

impl Import<'_> {
    /// The policy, as the text of a file with comments, which [`ecr_sweep_policy::read`] takes for a
    /// live run; or everything that keeps it from being written.
    pub fn policy(&self) -> Result<String, PolicyErrors> {
        let is_too_large = self.text.len() > MAX_POLICY_BYTES;
        let problems = Problems::called(if is_too_large { "" } else { self.text }, "file");
        let draft = if is_too_large {
            let message = format!("the file has {} bytes", self.text.len());
            problems.add(
                0..0,
                String::new(),
                Complaint::new(message, format!("at most {MAX_POLICY_BYTES}")),
            );
            None
        } else {
            self.draft(&problems)
        };
        if draft.is_none() && !problems.any() {
            problems.add(
                0..0,
                String::new(),
                Complaint::new("the file says nothing", self.tool.file()),
            );
        }
        match (draft, problems.into_parts().0) {
            (Some(draft), errors) if errors.is_empty() => self.checked(&draft),
            (_, errors) => Err(PolicyErrors::of(self.name, errors)),
        }
    }

    fn draft(&self, problems: &Problems<'_>) -> Option<Draft> {
        if !self.repositories.is_empty() && !self.tool.takes_repositories() {
            let message =
                format!("a file of {} says itself which repositories it is about", self.tool);
            problems.add(0..0, String::new(), Complaint::new(message, "no `--repository`"));
            return None;
        }
        let head = Draft::of(self.tool, self.name);
        match self.tool {
            Tool::Ecrm => ecrm::read(problems, head),
            Tool::AwsEcrCleaner => cleaner::read(problems, head),
            Tool::AwsEcrCleanup => cleanup::read(problems, head),
            Tool::EcrPurger => purger::read(problems, head),
            Tool::EcrMaintainer => maintainer::read(problems, head),
            Tool::LifecyclePolicy => lifecycle::read(problems, head, self.repositories),
            Tool::CdkGc => cdk_gc::read(problems, head, self.repositories),
        }
    }

    /// No text is handed out that `check` would refuse, whatever names there were in the file.
    fn checked(&self, draft: &Draft) -> Result<String, PolicyErrors> {
        let text = draft.to_string();
        match ecr_sweep_policy::read("the policy that was made of it", &text, Use::Live) {
            Ok(_) => Ok(text),
            Err(PolicyErrors { errors, .. }) => {
                let of_the_policy = errors.into_iter().map(|mut error| {
                    let message = format!(
                        "the policy that is made of it says at `{}`: {}",
                        error.path, error.message
                    );
                    (error.span, error.line, error.column) = (0..0, 1, 1);
                    ecr_sweep_policy::PolicyError { message, path: String::new(), ..error }
                });
                Err(PolicyErrors::of(self.name, of_the_policy.collect()))
            }
        }
    }
}
