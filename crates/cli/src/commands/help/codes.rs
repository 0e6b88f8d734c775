//! Codes and keys: a section or a row of a page that has one as its name.

use super::topics::{TOPICS, without_links};

/// What the pages say about a word: a section that is headed by it, or a row of a table that begins with it.
pub(super) fn about(words: &[&str]) -> Option<String> {
    let [word] = words else { return None };
    // Which kinds there are is not written down one by one.
    let word = if word.starts_with("used-by-") { "used-by-KIND" } else { word };
    let pages = || TOPICS.iter().map(super::topics::Topic::page);
    let section = pages().find_map(|page| section(page, word));
    section.or_else(|| pages().find_map(|page| row(page, word))).map(|text| without_links(&text))
}

/// Every code that has a section of its own.
pub(super) fn all<'a>() -> impl Iterator<Item = &'a str> {
    let headings = TOPICS.iter().flat_map(|topic| topic.page().lines());
    headings.filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
}

fn section(page: &str, word: &str) -> Option<String> {
    let heading = format!("### `{word}`\n");
    let text = &page[page.find(&heading)? + heading.len()..];
    let text = text.split("\n## ").next()?.split("\n### ").next()?;
    Some(format!("{word}\n\n{}\n", text.trim()))
}

fn row(page: &str, word: &str) -> Option<String> {
    let starts = [format!("| `{word}` |"), format!("| {word} |")];
    let lines: Vec<&str> = page.lines().collect();
    let at = lines.iter().position(|line| starts.iter().any(|start| line.starts_with(start)))?;
    // A table is headed by the row before its rule.
    let rule = lines[..at].iter().rposition(|line| line.starts_with("|---"))?;
    let heads = cells(lines.get(rule.checked_sub(1)?)?);
    let cells =
        heads.into_iter().zip(cells(lines[at])).skip(1).filter(|(_, cell)| !cell.is_empty());
    let told = cells.map(|(head, cell)| match head {
        "" => format!("- {cell}"),
        head => format!("- {head}: {cell}"),
    });
    Some(format!("{word}\n\n{}\n", told.collect::<Vec<_>>().join("\n")))
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split(" |").map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::{BlockCode, ReasonCode, WarningCode};
    use ecr_sweep_protocol::ExitCode;

    use super::*;

    #[test]
    fn every_code_of_a_plan_can_be_looked_up() {
        let plain = ReasonCode::plain();
        let reasons = plain.iter().map(|(code, _)| code.text().into_owned());
        let blocks = BlockCode::ALL.map(|code| code.as_str().to_owned());
        let warnings = WarningCode::ALL.map(|code| code.as_str().to_owned());
        let used = ["used-by-ecs-task".to_owned(), "used-by-kubernetes-pod".to_owned()];
        for code in reasons.chain(blocks).chain(warnings).chain(used) {
            let text = about(&[&code]).unwrap_or_else(|| panic!("{code}"));
            assert!(text.contains("- What to do: "), "{text}");
            assert!(!text.contains("]("), "{text}");
        }
    }

    #[test]
    fn every_exit_code_can_be_looked_up() {
        for (code, _) in ExitCode::ALL {
            let number = code.number().to_string();
            let text = about(&[&number]).unwrap_or_else(|| panic!("{code:?}"));
            assert!(text.contains("- meaning: ") && text.contains("- what to do: "), "{text}");
        }
    }

    #[test]
    fn a_row_is_told_with_the_heads_of_its_table() {
        let page = "# A\n\n| key | default | what |\n|---|---|---|\n| `a` | 1 | it is `x` |\n| b | | y |\n";
        assert_eq!(row(page, "a").unwrap(), "a\n\n- default: 1\n- what: it is `x`\n");
        assert_eq!(row(page, "b").unwrap(), "b\n\n- what: y\n");
        assert_eq!(row(page, "c"), None);
    }

    #[test]
    fn what_no_page_has_is_not_found() {
        assert_eq!(about(&["in-graze"]), None);
        assert_eq!(about(&["in-grace", "in-grace"]), None);
    }
}
