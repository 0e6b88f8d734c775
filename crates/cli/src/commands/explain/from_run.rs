//! Explains from what a run has stored.

use ecr_sweep_core::{Aliases, Digest, Place};
use ecr_sweep_protocol::documents::{
    BlockSummary, MatchedRepository, RunId, Stage, StoredPlan, V1, keys,
};
use ecr_sweep_protocol::runs::{RunExplanation, RunVerdict};

use crate::args::ExplainArguments;
use crate::commands::open_store::OpenStore;
use crate::commands::show::find_repositories;
use crate::failure::Failure;
use crate::image_name::ImageName;

/// What the plans of the run say of the image, and what became of it.
pub fn explain(arguments: &ExplainArguments, run: &str) -> Result<RunExplanation, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(run)?;
    let name = ImageName::parse(&arguments.image, &Aliases::new())?;
    let repositories = match &name.repository {
        Some(repository) => find_repositories(&open, &run, repository)?,
        None => open.read(&run, &keys::repositories(&run))?.repositories,
    };
    let mut found = Vec::new();
    let is_meant = |it: &&MatchedRepository| {
        name.registry.as_ref().is_none_or(|registry| *registry == it.place())
    };
    for matched in repositories.iter().filter(is_meant) {
        let key = keys::plan(&run, Stage::Plan, &matched.place(), &matched.repository);
        let Some(plan) = open.find(&key)? else { continue };
        for (digest, tags) in images(&plan) {
            if name.is(digest, &tags) {
                found.push((matched, digest, tags, verdict(&plan, digest)));
            }
        }
    }
    let at = |matched: &MatchedRepository, digest: Digest| {
        format!("{}/{}@{}", matched.place(), matched.repository, crate::render::short(digest))
    };
    match &mut found[..] {
        [] => Err(no_image(&name, &run)),
        [(matched, digest, tags, plan)] => {
            let tags = std::mem::take(tags);
            told(&open, &run, matched, *digest, tags, plan.take())
        }
        several => {
            let lines: Vec<String> = several
                .iter()
                .map(|(matched, digest, ..)| format!("\n  {}", at(matched, *digest)))
                .collect();
            let message = format!("`{name}` is {} images:{}", lines.len(), lines.concat());
            Err(Failure::invalid(message).next("name one of them"))
        }
    }
}

fn no_image(name: &ImageName, run: &RunId) -> Failure {
    Failure::invalid(format!("the plans of the run `{run}` have no image `{name}`")).next(format!(
        "`ecr-sweep show {run} REPOSITORY` lists its images; what is blocked has no tags there, so name it by its digest"
    ))
}

/// Every image of a plan, with the tags that the plan has stored.
fn images(plan: &StoredPlan) -> Vec<(Digest, Vec<Box<str>>)> {
    let plan = &plan.plan;
    let delete = plan.delete.iter().map(|it| (it.digest, it.tags.clone()));
    let keep = plan.keep.iter().map(|it| (it.digest, it.tags.clone()));
    let mut images: Vec<_> = delete.chain(keep).collect();
    for digest in plan.blocked.iter().flat_map(|block| &block.would_delete) {
        if !images.iter().any(|(known, _)| known == digest) {
            images.push((*digest, Vec::new()));
        }
    }
    images
}

/// What a plan says of an image, if anything.
fn verdict(stored: &StoredPlan, digest: Digest) -> Option<RunVerdict> {
    let verdicts = stored.plan.verdicts();
    Some(RunVerdict {
        planned_at: stored.planned_at,
        evidence_at: stored.evidence_at,
        verdict: verdicts.verdict(digest)?,
        reasons: verdicts.reasons(digest).to_vec(),
        blocked: stored.plan.blocked.iter().map(BlockSummary::from).collect(),
    })
}

fn told(
    open: &OpenStore,
    run: &RunId,
    matched: &MatchedRepository,
    digest: Digest,
    tags: Vec<Box<str>>,
    plan: Option<RunVerdict>,
) -> Result<RunExplanation, Failure> {
    let Place { account, region } = matched.place();
    let registry = matched.place();
    let name = &*matched.repository;
    let missing = || Failure::invalid(format!("the plan of `{name}` says nothing of {digest}"));
    let again = open.find(&keys::plan(run, Stage::Recheck, &registry, name))?;
    let receipts = open.find(&keys::receipts(run, &registry, name))?;
    let receipts = receipts.into_iter().flat_map(|receipts| receipts.receipts);
    Ok(RunExplanation {
        schema_version: V1,
        run: run.clone(),
        account,
        region,
        repository: name.into(),
        digest,
        tags,
        plan: plan.ok_or_else(missing)?,
        recheck: again.and_then(|again| verdict(&again, digest)),
        receipt: receipts.into_iter().find(|receipt| receipt.digest == digest),
    })
}
