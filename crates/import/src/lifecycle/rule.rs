//! One rule of a lifecycle policy.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>

use ecr_sweep_policy::reading::{Complaint, Field, Fields};

use super::super::value::{days, number, word};
use super::patterns::{patterns, prefixes};

/// A rule that expires.
#[derive(Debug)]
pub(super) struct Rule {
    pub priority: u64,
    pub description: Option<String>,
    pub selects: Selects,
    pub leaves: Leaves,
}

/// The images that it looks at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selects {
    Untagged,
    Any,
    /// Those with a tag for each pattern.
    Tagged(Vec<String>),
}

/// What it leaves of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaves {
    Newest(u64),
    PushedWithin(u32),
    PulledWithin(u32),
}

const SELECTION: [&str; 7] = [
    "tagStatus",
    "tagPrefixList",
    "tagPatternList",
    "storageClass",
    "countType",
    "countUnit",
    "countNumber",
];

const ARCHIVES: &str = "rules that expire: let the lifecycle policy archive, and keep its repositories out of the policy";

pub(super) fn read(field: Field<'_, '_>) -> Option<Rule> {
    let names = ["rulePriority", "description", "selection", "action"];
    let fields = field.known(&names, "a rule", |_| None)?;
    let priority = fields
        .require("rulePriority", "a number")
        .and_then(|it| number(&it, 1..=u64::from(u32::MAX)));
    let description = fields
        .get("description")
        .and_then(|it| it.scalar("a text", |text| Ok(text.text.to_owned())))
        .filter(|text| !text.is_empty());
    let expires = fields.require("action", "`{ \"type\": \"expire\" }`").and_then(expires);
    let selection = fields.require("selection", "what the rule selects").and_then(|selection| {
        let selection = selection.known(&SELECTION, "what the rule selects", |_| None)?;
        let (selects, leaves) = (selects(&selection), leaves(&selection));
        if let Some(class) = selection.get("storageClass")
            && word(&class, &["standard", "archive"]) == Some("archive")
        {
            let message = "no rule of ours looks at whether, or for how long, an image is archived";
            class.refuse(Complaint::new(message, ARCHIVES));
        }
        Some((selects?, leaves?))
    });
    expires?;
    let (selects, leaves) = selection?;
    Some(Rule { priority: priority?, description, selects, leaves })
}

fn expires(action: Field<'_, '_>) -> Option<()> {
    let action = action.known(&["type", "targetStorageClass"], "an action", |_| None)?;
    let kind = action.require("type", "`expire`")?;
    if word(&kind, &["expire", "transition"])? == "expire" {
        return Some(());
    }
    let message = "this archives images, and no rule of ours looks at whether one is archived";
    kind.refuse(Complaint::new(message, ARCHIVES));
    None
}

fn selects(selection: &Fields<'_, '_>) -> Option<Selects> {
    let status = selection.require("tagStatus", "`tagged`, `untagged` or `any`")?;
    let (prefix_list, pattern_list) =
        (selection.get("tagPrefixList"), selection.get("tagPatternList"));
    match word(&status, &["tagged", "untagged", "any"])? {
        "tagged" => {
            let list = match (prefix_list, pattern_list) {
                (Some(list), None) => prefixes(&list)?,
                (None, Some(list)) => patterns(&list)?,
                (Some(_), Some(list)) => {
                    let message = "`tagPrefixList` and `tagPatternList` do not go together";
                    list.refuse_name(Complaint::new(message, "one of them, as ECR does"));
                    return None;
                }
                (None, None) => {
                    let message = "a rule over tagged images has to say which";
                    let expected = "`tagPatternList` beside it; `[\"*\"]` is every tag";
                    status.refuse(Complaint::new(message, expected));
                    return None;
                }
            };
            Some(Selects::Tagged(list))
        }
        other => {
            if let Some(list) = prefix_list.or(pattern_list) {
                let message = format!("`tagStatus: {other}` has no list of tags");
                list.refuse_name(Complaint::new(message, "no such list, as ECR does"));
                return None;
            }
            Some(if other == "any" { Selects::Any } else { Selects::Untagged })
        }
    }
}

fn leaves(selection: &Fields<'_, '_>) -> Option<Leaves> {
    const TYPES: [&str; 4] =
        ["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"];
    let kind = selection.require("countType", "how the rule counts")?;
    let count = selection.require("countNumber", "a number");
    let counted_by = word(&kind, &TYPES)?;
    if counted_by == TYPES[3] {
        let message = "no rule of ours looks at how long an image has been archived";
        kind.refuse(Complaint::new(message, ARCHIVES));
        return None;
    }
    if counted_by == TYPES[0] {
        if let Some(unit) = selection.get("countUnit") {
            let message = "images are counted without a unit";
            unit.refuse_name(Complaint::new(message, "no `countUnit`, as ECR does"));
            return None;
        }
        return number(&count?, 1..=u64::from(u32::MAX)).map(Leaves::Newest);
    }
    let unit = selection.require("countUnit", "`days`").and_then(|unit| word(&unit, &["days"]));
    let count = days(&count?);
    unit?;
    let leaves = if counted_by == TYPES[1] { Leaves::PushedWithin } else { Leaves::PulledWithin };
    count.map(leaves)
}
