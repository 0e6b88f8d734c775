//! Why one image stays or goes, in words.

use std::fmt::{self, Formatter};

use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Image, Reason, Usage, Verdict};
use ecr_sweep_protocol::Explanation;
use ecr_sweep_protocol::documents::BlockSummary;
use ecr_sweep_protocol::runs::{RunExplanation, RunVerdict};

use super::repository::outcome_in_words;
use super::run::write_facts;
use super::styles::{BLOCKED, CODE, DELETE, FAINT, HEADING, KEEP};
use super::{Bytes, Time, pulls, used};

/// What a run says of an image, with all that its reader is shown.
pub struct ExplainedByRun<'a>(pub &'a RunExplanation);

impl fmt::Display for ExplainedByRun<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let RunExplanation { run, account, region, repository, digest, tags, .. } = self.0;
        let RunExplanation { plan, recheck, receipt, .. } = self.0;
        writeln!(f, "{HEADING}{repository}@{digest}{HEADING:#}")?;
        let tags = if tags.is_empty() { "none stored".to_owned() } else { first_tags(tags) };
        write_facts(
            f,
            &[
                ("tags", tags),
                ("registry", format!("{account}/{region}")),
                ("run", run.to_string()),
            ],
        )?;
        by_plan(f, "Planned", plan)?;
        if let Some(recheck) = recheck {
            by_plan(f, "Checked again", recheck)?;
        }
        if let Some(receipt) = receipt {
            let outcome = outcome_in_words(Some(&receipt.outcome));
            let at = Time(receipt.answered_at.unwrap_or(receipt.asked_at));
            writeln!(f, "\n{HEADING}Deletion{HEADING:#}: {outcome} {FAINT}at {at}{FAINT:#}")?;
        }
        Ok(())
    }
}

fn by_plan(f: &mut Formatter<'_>, label: &str, plan: &RunVerdict) -> fmt::Result {
    let at = Time(plan.planned_at);
    writeln!(
        f,
        "\n{HEADING}{label}{HEADING:#} {FAINT}at {at}{FAINT:#}: {}",
        verdict(plan.verdict)
    )?;
    plan.reasons.iter().try_for_each(|reason| self::reason(f, reason))?;
    goes_at(f, plan.goes_at)?;
    blocked(f, &plan.blocked)
}

/// An explanation with all that its reader is shown.
pub struct Explained<'a>(pub &'a Explanation);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let explanation = self.0;
        heading(f, explanation)?;
        writeln!(f, "\n{HEADING}Verdict{HEADING:#}: {}", verdict(explanation.verdict))?;
        for reason in &explanation.reasons {
            self::reason(f, reason)?;
        }
        goes_at(f, explanation.goes_at)?;
        if !explanation.unmet.is_empty() {
            writeln!(f, "\n{HEADING}What would keep it{HEADING:#}")?;
        }
        for unmet in &explanation.unmet {
            writeln!(f, "  {CODE}{}{CODE:#}: {}", unmet.rule, unmet.detail)?;
        }
        blocked(f, &explanation.blocked)?;
        explanation.used.iter().try_for_each(|used| used::section(f, used))?;
        explanation.pulls.iter().try_for_each(|pulls| pulls::section(f, pulls))
    }
}

/// When an image goes that only has to wait.
fn goes_at(f: &mut Formatter<'_>, at: Option<jiff::Timestamp>) -> fmt::Result {
    let Some(at) = at else { return Ok(()) };
    let at = Time(at);
    writeln!(
        f,
        "\n{HEADING}Goes{HEADING:#} at {at} at the earliest, if every run until then plans it"
    )
}

fn blocked(f: &mut Formatter<'_>, blocked: &[BlockSummary]) -> fmt::Result {
    if !blocked.is_empty() {
        writeln!(f, "\n{HEADING}Nothing is deleted in this repository{HEADING:#}")?;
    }
    for block in blocked {
        writeln!(f, "  {BLOCKED}{}{BLOCKED:#}: {}", block.code, block.detail)?;
    }
    Ok(())
}

fn heading(f: &mut Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let Explanation { account, region, repository, image, now, .. } = explanation;
    writeln!(f, "{HEADING}{repository}@{}{HEADING:#}", image.digest)?;
    let mut facts = facts(image);
    facts.push(("registry", format!("{account}/{region}")));
    facts.push(("as of", Time(*now).to_string()));
    for (label, value) in facts {
        writeln!(f, "  {FAINT}{label:<9}{FAINT:#} {value}")?;
    }
    Ok(())
}

/// What the registry says of the image. What it does not say is left out.
fn facts(image: &Image) -> Vec<(&'static str, String)> {
    let time = |label, at: Option<jiff::Timestamp>| at.map(|at| (label, Time(at).to_string()));
    let tags = if image.tags.is_empty() { "none".to_owned() } else { first_tags(&image.tags) };
    let mut facts = vec![("tags", tags)];
    let pushed = image.pushed_at.map_or_else(|| "unknown".to_owned(), |at| Time(at).to_string());
    facts.push(("pushed", pushed));
    facts.push((
        "pulled",
        image.pulled_at.map_or_else(|| "never".to_owned(), |at| Time(at).to_string()),
    ));
    facts.extend(time("restored", image.restored_at));
    facts.extend(time("archived", image.archived_at));
    facts.extend(image.size_bytes.map(|size| ("size", Bytes(size).to_string())));
    if image.is_index() {
        let lists = match &image.children {
            Some(children) => format!("{} images", children.len()),
            None => "unknown".to_owned(),
        };
        facts.push(("lists", lists));
    }
    facts.extend(image.subject.map(|subject| ("refers to", subject.to_string())));
    facts
}

/// How many tags a line holds: an image may have a thousand.
const TAGS: usize = 10;

fn first_tags(tags: &[Box<str>]) -> String {
    First::of(TAGS, tags).in_one_line()
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Keep => format!("{KEEP}keep{KEEP:#}, for every reason below"),
        Verdict::Delete => format!(
            "{DELETE}delete{DELETE:#}: nothing uses it, no rule keeps it, and no kept image needs it"
        ),
        Verdict::Archive => format!(
            "{DELETE}archive{DELETE:#}: nothing uses it, no rule keeps it, and no kept image needs it; a later run deletes it unless somebody restores it"
        ),
        Verdict::Blocked => format!(
            "{BLOCKED}blocked{BLOCKED:#}: nothing keeps it, but its repository is blocked, so it stays"
        ),
        Verdict::Untouched => {
            format!("{KEEP}untouched{KEEP:#}: no rule of the policy takes its repository")
        }
    }
}

fn reason(f: &mut Formatter<'_>, reason: &Reason) -> fmt::Result {
    writeln!(f, "\n  {CODE}{}{CODE:#}", reason.code)?;
    if reason.evidence.is_empty() {
        writeln!(f, "    {}", reason.detail)?;
    }
    reason.evidence.iter().try_for_each(|usage| evidence(f, usage))
}

fn evidence(f: &mut Formatter<'_>, usage: &Usage) -> fmt::Result {
    let Usage { arn, reference, account, region, .. } = usage;
    writeln!(f, "    {arn}\n      names {reference}")?;
    let seen_at = usage.seen_at.map(|at| format!(" at {}", Time(at))).unwrap_or_default();
    writeln!(f, "      {FAINT}seen in {account}/{region}{seen_at}{FAINT:#}")?;
    if let Some(resolved) = usage.resolved {
        writeln!(f, "      {FAINT}resolved to {resolved}{FAINT:#}")?;
    }
    if let Some(deployed_at) = usage.deployed_at {
        writeln!(f, "      {FAINT}deployed at {}{FAINT:#}", Time(deployed_at))?;
    }
    Ok(())
}
