//! Why one image stays or goes, in words.

use ecr_sweep_core::{Image, Reason, Usage};
use ecr_sweep_protocol::{Explanation, Verdict};

use super::styles::{BLOCKED, CODE, DELETE, FAINT, HEADING, KEEP};
use super::{Bytes, Time};

/// The whole explanation as text.
pub fn explanation(explanation: &Explanation) -> String {
    let mut text = heading(explanation);
    text += &verdict(explanation);
    for reason in &explanation.reasons {
        text += &self::reason(reason);
    }
    if !explanation.unmet.is_empty() {
        text += &format!("\n{HEADING}What would keep it{HEADING:#}\n");
        for unmet in &explanation.unmet {
            text += &format!("  {CODE}{}{CODE:#}: {}\n", unmet.rule, unmet.detail);
        }
    }
    if !explanation.blocked.is_empty() {
        text += &format!("\n{HEADING}Nothing is deleted in this repository{HEADING:#}\n");
        for block in &explanation.blocked {
            text += &format!("  {BLOCKED}{}{BLOCKED:#}: {}\n", block.code, block.detail);
        }
    }
    text
}

fn heading(explanation: &Explanation) -> String {
    let Explanation { account, region, repository, image, now, .. } = explanation;
    let mut text = format!("{HEADING}{repository}@{}{HEADING:#}\n", image.digest);
    for (label, value) in facts(image) {
        text += &format!("  {FAINT}{label:<9}{FAINT:#} {value}\n");
    }
    text += &format!("  {FAINT}{:<9}{FAINT:#} {account}/{region}\n", "registry");
    text + &format!("  {FAINT}{:<9}{FAINT:#} {}\n", "as of", Time(*now))
}

/// What the registry says of the image. What it does not say is left out.
fn facts(image: &Image) -> Vec<(&'static str, String)> {
    let time = |label, at: Option<jiff::Timestamp>| at.map(|at| (label, Time(at).to_string()));
    let tags = image.tags.join(", ");
    let mut facts = vec![("tags", if tags.is_empty() { "none".to_owned() } else { tags })];
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

fn verdict(explanation: &Explanation) -> String {
    let words = match explanation.verdict {
        Verdict::Keep => format!("{KEEP}keep{KEEP:#}, for every reason below"),
        Verdict::Delete => format!(
            "{DELETE}delete{DELETE:#}: nothing uses it, no rule keeps it, and no kept image needs it"
        ),
        Verdict::Blocked => format!(
            "{BLOCKED}blocked{BLOCKED:#}: nothing keeps it, but its repository is blocked, so it stays"
        ),
        Verdict::Untouched => {
            format!("{KEEP}untouched{KEEP:#}: no rule of the policy takes its repository")
        }
    };
    format!("\n{HEADING}Verdict{HEADING:#}: {words}\n")
}

fn reason(reason: &Reason) -> String {
    let mut text = format!("\n  {CODE}{}{CODE:#}\n", reason.code);
    if reason.evidence.is_empty() {
        text += &format!("    {}\n", reason.detail);
    }
    for usage in &reason.evidence {
        text += &evidence(usage);
    }
    text
}

fn evidence(usage: &Usage) -> String {
    let Usage { arn, reference, account, region, .. } = usage;
    let mut text = format!("    {arn}\n      names {reference}\n");
    let seen_at = usage.seen_at.map(|at| format!(" at {}", Time(at))).unwrap_or_default();
    text += &format!("      {FAINT}seen in {account}/{region}{seen_at}{FAINT:#}\n");
    if let Some(resolved) = usage.resolved {
        text += &format!("      {FAINT}resolved to {resolved}{FAINT:#}\n");
    }
    if let Some(deployed_at) = usage.deployed_at {
        text += &format!("      {FAINT}deployed at {}{FAINT:#}\n", Time(deployed_at));
    }
    text
}
