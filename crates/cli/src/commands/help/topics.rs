//! Topics: pages of the documentation.

/// A page that can be read without a network.
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    page: &'static str,
}

macro_rules! topics {
    ($($name:literal $about:literal,)+) => {
        &[$(Topic {
            name: $name,
            about: $about,
            page: include_str!(concat!("../../../../../docs/", $name, ".md")),
        }),+]
    };
}

/// All of them, those with the codes that are printed most first.
pub(super) const TOPICS: &[Topic] = topics! {
    "reasons" "why images are kept, what blocks a repository, what else a plan tells",
    "inspect" "what is broken, and whether it is in use",
    "doctor" "what is checked before a run, and what mends it",
    "exit-codes" "what each exit code means, and what to do",
    "policy" "everything that a policy can say",
    "runs" "starting, following, stopping and undoing runs",
    "report" "what a run leaves for people to read",
    "backtest" "what a policy would have deleted, and what of it was needed again",
    "snapshot" "planning offline, from a file",
    "usage-files" "handing in what nobody can scan",
    "kubernetes" "scanning clusters, and what they have to allow",
    "blind-spots" "what cannot be seen",
    "safety" "why nothing that is used is deleted",
    "glossary" "one word for each thing",
};

impl Topic {
    /// The page, as it reads in a terminal.
    pub(super) fn text(&self) -> String {
        without_links(self.page)
    }

    /// The page's own text.
    pub(super) const fn page(&self) -> &'static str {
        self.page
    }
}

/// Markdown whose links are what they say.
pub(super) fn without_links(text: &str) -> String {
    let (mut read, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('[') {
        read.push_str(before);
        let link = after.split_once("](").filter(|(said, _)| !said.contains(['[', ']']));
        let link = link.and_then(|(said, target)| Some((said, target.split_once(')')?.1)));
        let (said, behind) = link.unwrap_or(("[", after));
        read.push_str(said);
        rest = behind;
    }
    read + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_what_they_say_and_other_brackets_stay() {
        for (text, expected) in [
            ("see [the page](../page.md#part), and go", "see the page, and go"),
            ("`images[]` and [a](b)", "`images[]` and a"),
            ("[a] [b](c) [d", "[a] b [d"),
            ("[over\na line](x)", "over\na line"),
            ("[not closed](x", "[not closed](x"),
        ] {
            assert_eq!(without_links(text), expected);
        }
    }

    #[test]
    fn every_topic_is_a_page_with_a_title() {
        for topic in TOPICS {
            assert!(topic.text().starts_with("# "), "{}", topic.name);
        }
    }
}
