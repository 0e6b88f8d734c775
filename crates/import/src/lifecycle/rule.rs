//! One rule of a lifecycle policy.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>

use ecr_sweep_policy::reading::{Complaint, Field, Fields};

use super::super::value::{days, number, word};
use super::patterns::{patterns, prefixes};

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub priority: u64,
    pub description: Option<String>,
    pub selects: Selects,
    pub does: Does,
}

/// The images that it looks at, of those of its storage class.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selects {
    Untagged,
    Any,
    /// Those with a tag for each pattern. No pattern includes another.
    Tagged(Vec<String>),
}

/// What it does with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Of what is not archived, what is not left expires.
    Expires(Leaves),
    /// Of what is not archived, what is not left is archived.
    Archives(Leaves),
    /// What has been archived for so many days expires.
    ExpiresArchived(u32),
}

/// What it leaves of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    Newest(u64),
    PushedWithin(u32),
    PulledWithin(u32),
}

/// How it counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    Leaves(Leaves),
    ArchivedFor(u32),
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

/// No lifecycle policy deletes what has been archived for less:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html>
const LEAST_IN_ARCHIVE: u32 = 90;

impl Rule {
    /// Whether it looks at archived images, and at no others.
    pub fn is_of_archived(&self) -> bool {
        self.leaves().is_none()
    }

    /// Its number, and what its author said of it.
    pub fn said(&self) -> String {
        match &self.description {
            Some(description) => format!("Rule {}: {description}", self.priority),
            None => format!("Rule {}", self.priority),
        }
    }

    /// What it leaves of images that are not archived. None where it looks at archived ones.
    pub fn leaves(&self) -> Option<Leaves> {
        match self.does {
            Does::Expires(leaves) | Does::Archives(leaves) => Some(leaves),
            Does::ExpiresArchived(_) => None,
        }
    }
}

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
    let action = fields.require("action", "`{ \"type\": \"expire\" }`");
    let archives = action.clone().and_then(archives);
    let selection = fields.require("selection", "what the rule selects").and_then(|selection| {
        let selection = selection.known(&SELECTION, "what the rule selects", |_| None)?;
        let (selects, counts) = (selects(&selection), counts(&selection));
        Some((selects?, counts?))
    });
    let (archives, (selects, counts)) = (archives?, selection?);
    let does = match counts {
        Counts::Leaves(leaves) if archives => Does::Archives(leaves),
        Counts::Leaves(leaves) => Does::Expires(leaves),
        Counts::ArchivedFor(_) if archives => {
            let message = "what this rule selects is archived already";
            action?.refuse(Complaint::new(message, "`{ \"type\": \"expire\" }`, as ECR does"));
            return None;
        }
        Counts::ArchivedFor(days) => Does::ExpiresArchived(days),
    };
    Some(Rule { priority: priority?, description, selects, does })
}

/// Whether the action archives. It expires else.
fn archives(action: Field<'_, '_>) -> Option<bool> {
    let action = action.known(&["type", "targetStorageClass"], "an action", |_| None)?;
    let kind = action.require("type", "`expire` or `transition`")?;
    if word(&kind, &["expire", "transition"])? == "expire" {
        return Some(false);
    }
    let class = action.require("targetStorageClass", "`archive`")?;
    word(&class, &["archive"]).map(|_| true)
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

fn counts(selection: &Fields<'_, '_>) -> Option<Counts> {
    const TYPES: [&str; 4] =
        ["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"];
    let kind = selection.require("countType", "how the rule counts")?;
    let count = selection.require("countNumber", "a number");
    let counted_by = word(&kind, &TYPES)?;
    let is_class = is_class_of(selection, &kind, counted_by == TYPES[3]);
    if counted_by == TYPES[0] {
        if let Some(unit) = selection.get("countUnit") {
            let message = "images are counted without a unit";
            unit.refuse_name(Complaint::new(message, "no `countUnit`, as ECR does"));
            return None;
        }
        let newest = number(&count?, 1..=u64::from(u32::MAX)).map(Leaves::Newest);
        return is_class.and(newest).map(Counts::Leaves);
    }
    let unit = selection.require("countUnit", "`days`").and_then(|unit| word(&unit, &["days"]));
    let count = count?;
    let days = days(&count);
    let ((), _, days) = (is_class?, unit?, days?);
    if counted_by == TYPES[3] && days < LEAST_IN_ARCHIVE {
        let message = format!("no lifecycle policy expires what has been archived for {days} days");
        count.refuse(Complaint::new(message, format!("{LEAST_IN_ARCHIVE} or more, as ECR does")));
        return None;
    }
    Some(match counted_by {
        "sinceImagePushed" => Counts::Leaves(Leaves::PushedWithin(days)),
        "sinceImagePulled" => Counts::Leaves(Leaves::PulledWithin(days)),
        _ => Counts::ArchivedFor(days),
    })
}

/// Whether the storage class is the one that the way of counting has.
fn is_class_of(
    selection: &Fields<'_, '_>,
    count_type: &Field<'_, '_>,
    of_archived: bool,
) -> Option<()> {
    let Some(field) = selection.get("storageClass") else {
        if of_archived {
            let message = "only what is archived has such a time";
            let expected = "`\"storageClass\": \"archive\"` beside it, as ECR does";
            count_type.refuse(Complaint::new(message, expected));
        }
        return (!of_archived).then_some(());
    };
    let class = word(&field, &["standard", "archive"])?;
    if (class == "archive") == of_archived {
        return Some(());
    }
    let (message, expected) = if of_archived {
        ("only what is archived has the time that `countType` names", "`archive`, as ECR does")
    } else {
        (
            "archived images are selected by `sinceImageTransitioned` alone",
            "`standard`, as ECR does, or that `countType`",
        )
    };
    field.refuse(Complaint::new(message, expected));
    None
}
