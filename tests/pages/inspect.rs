//! `docs/inspect.md` has every finding, and no other.

use ecr_sweep_core::{FindingCode, InUse};

use super::{in_backticks, page};

#[test]
fn the_page_has_every_finding_in_the_order_of_the_enum_and_says_what_to_do() {
    let page = page("inspect.md");
    let entries: Vec<(&str, &str)> =
        page.split("\n### `").skip(1).map(|entry| entry.split_once("`\n").unwrap()).collect();
    let codes: Vec<&str> = entries.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, FindingCode::ALL.map(FindingCode::as_str));
    for (code, text) in entries {
        for part in ["- Means: ", "- What to do: "] {
            assert_eq!(text.matches(part).count(), 1, "{code}: `{part}`");
        }
    }
}

#[test]
fn the_page_says_what_in_use_means() {
    let page = page("inspect.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let named: Vec<&str> = rows.iter().map(|row| in_backticks(row)[0]).collect();
    assert_eq!(named, InUse::ALL.map(InUse::as_str));
}
