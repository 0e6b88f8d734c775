//! `docs/coming-from.md` shows policies, and each is the policy of the story under it.

use std::collections::BTreeSet;

use ecr_sweep_policy::{self as policy, Use};

use super::page;
use crate::stories::Story;

/// The tools whose stories are on the page.
const TOOLS: [&str; 10] = [
    "acr-purge-",
    "aws-ecr-cleaner-",
    "aws-ecr-cleanup-",
    "ecr-lifecycle-",
    "ecr-maintainer-",
    "ecr-purger-",
    "ecrm-",
    "gcr-cleaner-",
    "harbor-",
    "zot-",
];

/// The names of the stories that a text links to, in their order.
fn links(text: &str) -> Vec<&str> {
    let links = text.split("](../tests/plans/").skip(1);
    links.map(|rest| rest.split(')').next().unwrap()).collect()
}

/// Each policy of the page with the story that the line under it names.
fn snippets(page: &str) -> Vec<(&str, &str)> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks
        .map(|block| {
            let (snippet, rest) = block.split_once("\n```\n").unwrap();
            let line = rest.trim_start().lines().next().unwrap_or_default();
            match (line.starts_with("Story: "), links(line).as_slice()) {
                (true, [story]) => (snippet, *story),
                _ => panic!("no story under\n{snippet}"),
            }
        })
        .collect()
}

#[test]
fn every_policy_of_the_page_is_the_one_of_its_story() {
    let page = page("coming-from.md");
    let snippets = snippets(&page);
    assert!(snippets.len() > 10, "{snippets:?}");
    for (snippet, story) in snippets {
        let read = policy::read("the page", snippet, Use::Offline)
            .unwrap_or_else(|errors| panic!("{story}: {errors}"));
        assert_eq!(read.warnings, [], "{story}");
        assert_eq!(read.policy, Story::named(story).policy(), "{story}");
    }
}

#[test]
fn every_link_to_a_story_leads_to_one() {
    let page = page("coming-from.md");
    for story in links(&page) {
        Story::named(story);
    }
}

#[test]
fn every_story_of_another_tool_is_on_the_page() {
    let page = page("coming-from.md");
    let linked: BTreeSet<&str> = links(&page).into_iter().collect();
    for tool in TOOLS {
        let stories = Story::all();
        let mut told = stories.iter().filter(|story| story.name.starts_with(tool)).peekable();
        assert!(told.peek().is_some(), "no story of `{tool}`");
        for story in told {
            assert!(linked.contains(story.name.as_str()), "{} is not on the page", story.name);
        }
    }
}
