//! What becomes of archived images, and of what is archived.

use super::super::draft::{Clause, FOR_EVER, Rule as RuleDraft};
use super::rule::{Does, Rule, Selects};

/// The rule with its `action`, where the lifecycle policy archives something, or expires what is
/// archived; else with a clause that leaves archived images alone, as no rule there looks at them.
pub(super) fn of(written: RuleDraft, rules: &[Rule]) -> RuleDraft {
    let archives = rules.iter().any(|rule| matches!(rule.does, Does::Archives(_)));
    let of_archived: Vec<(&Rule, u32)> = rules
        .iter()
        .filter_map(|rule| match rule.does {
            Does::ExpiresArchived(days) => Some((rule, days)),
            Does::Expires(_) | Does::Archives(_) => None,
        })
        .collect();
    if !archives && of_archived.is_empty() {
        return written
            .keep(Clause::of_archived().say("No rule selects archived images.").for_ever());
    }
    let mut said = Vec::new();
    let expires: Vec<_> = rules
        .iter()
        .filter(|rule| matches!(rule.does, Does::Expires(_)))
        .map(|rule| rule.priority.to_string())
        .collect();
    if !expires.is_empty() {
        said.push(format!(
            "What expires there by rule {} is archived here for as long, too: a rule of ours does one \
             thing with all that goes.",
            expires.join(", ")
        ));
    }
    let days = match of_archived.iter().map(|(_, days)| *days).max() {
        None => {
            said.push("No rule there expires what is archived, so it is kept for ever.".to_owned());
            None
        }
        Some(longest) if is_all(of_archived.iter().map(|(rule, _)| &rule.selects)) => {
            if of_archived.iter().any(|(_, days)| *days != longest) {
                said.push(
                    "The rules there have several times for what is archived. Here there is one \
                     time for all: the longest."
                        .to_owned(),
                );
            }
            said.extend(of_archived.iter().map(|(rule, _)| rule.said()));
            Some(longest)
        }
        Some(_) => {
            said.push(
                "There, only some of what is archived expires. Here there is one time for all, so \
                 all of it is kept. If all may go, say here after how long."
                    .to_owned(),
            );
            said.extend(
                of_archived
                    .iter()
                    .map(|(rule, days)| format!("{} (after {days} days)", rule.said())),
            );
            None
        }
    };
    let archive_for = days.map_or_else(|| FOR_EVER.to_owned(), |days| format!("{days}d"));
    written.set_saying(said, "action", format!("{{ archive_for: {archive_for} }}"))
}

/// Whether some rules together select every image.
fn is_all<'r>(selects: impl Iterator<Item = &'r Selects>) -> bool {
    let (mut tagged, mut untagged) = (false, false);
    for selects in selects {
        match selects {
            Selects::Any => (tagged, untagged) = (true, true),
            Selects::Untagged => untagged = true,
            Selects::Tagged(patterns) => tagged |= patterns.iter().all(|pattern| pattern == "*"),
        }
    }
    tagged && untagged
}
