//! What no rule selects: it stays there, whatever happens.

use super::super::draft::Clause;
use super::patterns::includes;
use super::rule::Selects;
use super::written::FALLBACK_TAGS;

/// So many clauses at most say exactly what rules over several tags at once leave out. Beyond that, some of
/// these rules are taken for none: more is kept.
const MOST: usize = 16;

/// What none of these selects.
pub(super) fn clauses(selects: &[&Selects]) -> Vec<Clause> {
    if selects.is_empty() {
        let said = "No rule selects images that are not archived.";
        return vec![Clause::of_active().say(said).for_ever()];
    }
    if selects.contains(&&Selects::Any) {
        return Vec::new();
    }
    let lists = || {
        selects.iter().filter_map(|selects| match selects {
            Selects::Tagged(patterns) => Some(patterns.as_slice()),
            Selects::Untagged | Selects::Any => None,
        })
    };
    let (alone, together): (Vec<_>, Vec<_>) = lists().partition(|list| list.len() == 1);
    let alone = alone.concat();
    let mut clauses = tagged(&alone, together);
    let takes_fallback_tags = alone.iter().any(|pattern| includes(pattern, FALLBACK_TAGS));
    if !selects.contains(&&Selects::Untagged) {
        clauses.push(Clause::of_untagged().say("No rule selects untagged images.").for_ever());
    } else if !takes_fallback_tags {
        clauses.push(
            Clause::new()
                .say(
                    "Signatures by their tag are tagged images there, and no rule selects them. \
                     Without this line, those whose image is gone are judged as untagged.",
                )
                .with_list("tags", &[FALLBACK_TAGS]),
        );
    }
    clauses
}

/// The tagged images that are selected neither by the rules with a pattern of their own, nor by those that
/// ask for several tags at once.
fn tagged(alone: &[String], together: Vec<&[String]>) -> Vec<Clause> {
    if alone.iter().any(|pattern| includes(pattern, "*")) {
        return Vec::new();
    }
    if !together.is_empty() {
        return lacking(alone, together);
    }
    if alone.is_empty() {
        return vec![Clause::new().say("No rule selects tagged images.").with("tagged", true)];
    }
    vec![
        Clause::of_except_tags(alone)
            .say(
                "What no rule selects. There, an image goes that has such a tag besides one that a \
                 rule names; here, the tag that no rule names protects it.",
            )
            .with("tagged", true),
    ]
}

/// A rule does not select an image that lacks one of its tags: a clause for each choice of one of each.
fn lacking(alone: &[String], mut together: Vec<&[String]>) -> Vec<Clause> {
    together.sort_by_key(|list| list.len());
    let mut choices = vec![alone.to_vec()];
    for list in together {
        if choices.len() > 1 && choices.len() * list.len() > MOST {
            break;
        }
        choices = choices
            .iter()
            .flat_map(|choice| {
                list.iter().map(|one| [choice.as_slice(), std::slice::from_ref(one)].concat())
            })
            .collect();
    }
    for choice in &mut choices {
        let all = choice.clone();
        let is_wider = |wide: &String, own: &String| {
            wide != own && includes(wide, own) && (wide < own || !includes(own, wide))
        };
        choice.retain(|own| !all.iter().any(|wide| is_wider(wide, own)));
        choice.sort();
        choice.dedup();
    }
    choices.sort();
    choices.dedup();
    let mut clauses: Vec<_> = choices
        .iter()
        .map(|choice| Clause::of_those_without_tags(choice).with("tagged", true))
        .collect();
    if let Some(first) = clauses.first_mut() {
        let said = "What no rule selects: a rule over several tags at once selects nothing that lacks one of them.";
        *first = std::mem::take(first).say(said);
    }
    clauses
}
