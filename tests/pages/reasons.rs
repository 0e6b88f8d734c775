//! `docs/reasons.md` has every code, and no other.

use ecr_sweep_core::{BlockCode, ReasonCode, Source, WarningCode};

use super::{in_backticks, page};
use crate::stories::{NOT_FROM_A_SNAPSHOT, NOT_IN_A_SNAPSHOT, Story, closed_kinds};

const PARTS: [&str; 3] = ["- Means: ", "- Example: ", "- What to do: "];

/// The codes of a section of the page, each with what the page says of it.
fn entries<'a>(page: &'a str, section: &str) -> Vec<(&'a str, &'a str)> {
    let section = page
        .split("\n## ")
        .find(|text| text.starts_with(section))
        .unwrap_or_else(|| panic!("the page has no section `{section}`"));
    let entries = section.split("\n### `").skip(1);
    entries.map(|entry| entry.split_once("`\n").unwrap()).collect()
}

fn codes<'a>(entries: &[(&'a str, &str)]) -> Vec<&'a str> {
    entries.iter().map(|(code, _)| *code).collect()
}

const REASONS: &str = "Why an image is kept";
const BLOCKS: &str = "Why nothing is deleted in a repository";
const WARNINGS: &str = "What else a plan tells";

#[test]
fn the_page_has_every_code_in_the_order_of_the_enums() {
    let page = page("reasons.md");
    let plain: Vec<_> =
        ReasonCode::plain().iter().map(|(code, _)| code.text().into_owned()).collect();
    let reasons: Vec<&str> =
        std::iter::once("used-by-KIND").chain(plain.iter().map(String::as_str)).collect();
    assert_eq!(codes(&entries(&page, REASONS)), reasons);
    assert_eq!(codes(&entries(&page, BLOCKS)), BlockCode::ALL.map(BlockCode::as_str));
    assert_eq!(codes(&entries(&page, WARNINGS)), WarningCode::ALL.map(WarningCode::as_str));
}

#[test]
fn every_code_is_explained_with_an_example_and_what_to_do() {
    let page = page("reasons.md");
    let entries = [REASONS, BLOCKS, WARNINGS].map(|section| entries(&page, section));
    for (code, text) in entries.iter().flatten() {
        for part in PARTS {
            assert_eq!(text.matches(part).count(), 1, "{code}: `{part}`");
        }
    }
}

#[test]
fn every_example_shows_its_code() {
    let page = page("reasons.md");
    let not_in_a_snapshot = NOT_IN_A_SNAPSHOT.map(WarningCode::as_str);
    let not_from_a_snapshot = NOT_FROM_A_SNAPSHOT.map(|code| code.text());
    for section in [REASONS, BLOCKS, WARNINGS] {
        for (code, text) in entries(&page, section) {
            let is_live_only = match section {
                REASONS => not_from_a_snapshot.iter().any(|live| live == code),
                WARNINGS => not_in_a_snapshot.contains(&code),
                _ => false,
            };
            if is_live_only {
                continue;
            }
            let link = text.split("](../tests/plans/").nth(1);
            let link = link.unwrap_or_else(|| panic!("{code} has no story"));
            let plan = Story::named(link.split(')').next().unwrap()).expected();
            let plan_of = |pointer: &str| -> Vec<String> {
                let plans = plan["plans"].as_array().unwrap();
                plans.iter().map(|plan| plan[pointer].to_string()).collect()
            };
            let shown = match section {
                REASONS => plan_of("keep").concat(),
                BLOCKS => plan_of("blocked").concat(),
                _ => plan["warnings"].to_string(),
            };
            let code = code
                .strip_suffix("KIND")
                .map_or(format!("\"code\":\"{code}\""), |start| format!("\"code\":\"{start}"));
            assert!(shown.contains(&code), "{link} does not show {code}");
        }
    }
}

#[test]
fn the_page_names_every_source_and_every_closed_kind() {
    let page = page("reasons.md");
    let (_, text) = entries(&page, REASONS)[0];
    let named = in_backticks(text);
    for source in Source::ALL {
        assert!(named.contains(&source.as_str()), "{source}");
    }
    for kind in closed_kinds() {
        assert!(named.contains(&kind), "{kind}");
    }
}
