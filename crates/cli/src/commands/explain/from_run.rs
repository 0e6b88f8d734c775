//! Explains from what a run has stored.

use ecr_sweep_core::Aliases;
use ecr_sweep_protocol::documents::{RunId, keys};
use ecr_sweep_protocol::runs::RunExplanation;
use ecr_sweep_steps::explain_stored;

use crate::args::ExplainArguments;
use crate::commands::open_store::OpenStore;
use crate::commands::show::find_repositories;
use crate::failure::Failure;
use crate::image_name::ImageName;
use crate::render;

/// What the plans of the run say of the image, and what became of it.
pub fn explain(arguments: &ExplainArguments, run: &str) -> Result<RunExplanation, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(run)?;
    let name = ImageName::parse(&arguments.image, &Aliases::new())?;
    let mut repositories = match &name.repository {
        Some(repository) => find_repositories(&open, &run, repository)?,
        None => open.read(&run, &keys::repositories(&run))?.repositories,
    };
    repositories.retain(|it| name.registry.as_ref().is_none_or(|registry| *registry == it.place()));
    let is_meant = |digest, tags: &[Box<str>]| name.is(digest, tags);
    let mut found = open.run(explain_stored(&*open.store, &run, &repositories, is_meant))?;
    match found.len() {
        0 => Err(no_image(&name, &run)),
        1 => Ok(found.remove(0)),
        several => {
            let lines: Vec<String> = found
                .iter()
                .map(|it| {
                    let digest = render::short(it.digest);
                    format!("\n  {}/{}/{}@{digest}", it.account, it.region, it.repository)
                })
                .collect();
            let message = format!("`{name}` is {several} images:{}", lines.concat());
            Err(Failure::invalid(message).next("name one of them"))
        }
    }
}

fn no_image(name: &ImageName, run: &RunId) -> Failure {
    Failure::invalid(format!("the plans of the run `{run}` have no image `{name}`")).next(format!(
        "`ecr-sweep show {run} REPOSITORY` lists its images; what is blocked has no tags there, so name it by its digest"
    ))
}
