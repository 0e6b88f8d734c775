//! The policy as it is written: settings, rules and clauses, each with the comments above it.

use std::fmt;

use ecr_sweep_core::wording::in_a_line;

use super::Tool;

/// The columns that a comment may take.
const WIDTH: usize = 98;

/// For so many days an image stays that stays whatever happens.
pub(crate) const FOR_EVER: &str = "36500d";

/// A policy that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    head: Vec<String>,
    settings: Vec<(Vec<String>, String)>,
    rules: Vec<Rule>,
}

/// One rule over repositories.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    comments: Vec<String>,
    matches: Option<String>,
    clauses: Vec<Clause>,
    more: Vec<(Vec<String>, String)>,
}

/// One clause of what a rule keeps.
#[derive(Debug, Default)]
pub(crate) struct Clause {
    comments: Vec<String>,
    entries: Vec<String>,
}

impl Draft {
    /// One that says at its top how it was made.
    pub fn new(made: String) -> Self {
        Self { head: vec![made], settings: Vec::new(), rules: Vec::new() }
    }

    /// One that is made of what another cleaner was told.
    pub fn of(tool: Tool, name: &str) -> Self {
        Self::new(format!("Made by `ecr-sweep import --from {tool}` from {name}.")).say(
            "What is used, and what kept images need, stays whatever stands here. So does what was \
             pushed within `minimum_age` (7d), or pulled within `minimum_idle` (30d).",
        )
    }

    /// With a paragraph more at the top.
    pub fn say(mut self, comment: impl Into<String>) -> Self {
        self.head.push(comment.into());
        self
    }

    /// With a setting, and what is said above it. An empty one is a comment alone.
    pub fn set(mut self, setting: impl Into<String>, comments: Vec<String>) -> Self {
        self.settings.push((comments, setting.into()));
        self
    }

    /// With a rule more.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }
}

impl Rule {
    /// Over the repositories whose name matches one of these.
    pub fn named<T: AsRef<str>>(names: &[T]) -> Self {
        Self { matches: Some(format!("{{ name: {} }}", list(names))), ..Self::default() }
    }

    /// Over the repositories with this tag.
    pub fn with_tag(tag: &str, value: &str) -> Self {
        let matches = format!("{{ tags: {{ {tag}: {} }} }}", quoted(value));
        Self { matches: Some(matches), ..Self::default() }
    }

    /// Over every repository.
    pub fn of_all() -> Self {
        Self::default()
    }

    pub fn say(mut self, comment: impl Into<String>) -> Self {
        self.comments.push(comment.into());
        self
    }

    pub fn keep(mut self, clause: Clause) -> Self {
        self.clauses.push(clause);
        self
    }

    /// With a setting more, besides what is kept.
    pub fn set(self, key: &str, value: impl fmt::Display) -> Self {
        self.set_saying(Vec::new(), key, value)
    }

    /// With a setting more, and what is said above it.
    pub fn set_saying(
        mut self,
        comments: Vec<String>,
        key: &str,
        value: impl fmt::Display,
    ) -> Self {
        self.more.push((comments, format!("{key}: {value}")));
        self
    }
}

impl Clause {
    pub fn new() -> Self {
        Self::default()
    }

    /// Over the images any of whose tags matches.
    pub fn of_tags<T: AsRef<str>>(tags: &[T]) -> Self {
        Self::new().with("of", format!("{{ tags: {} }}", list(tags)))
    }

    /// Over the images with a tag for each of these.
    pub fn of_all_tags<T: AsRef<str>>(tags: &[T]) -> Self {
        Self::new().with("of", format!("{{ all_tags: {} }}", list(tags)))
    }

    /// Over the images none of whose tags matches any of these.
    pub fn of_those_without_tags<T: AsRef<str>>(tags: &[T]) -> Self {
        Self::new().with("of", format!("{{ without_tags: {} }}", list(tags)))
    }

    /// Over the images that are archived.
    pub fn of_archived() -> Self {
        Self::new().with("of", "archived")
    }

    /// Over the images that are not archived.
    pub fn of_active() -> Self {
        Self::new().with("of", "active")
    }

    /// Over the images with a tag that matches none of these.
    pub fn of_except_tags<T: AsRef<str>>(tags: &[T]) -> Self {
        Self::new().with("of", format!("{{ except_tags: {} }}", list(tags)))
    }

    /// Over the images without an ordinary tag.
    pub fn of_untagged() -> Self {
        Self::new().with("of", "untagged")
    }

    /// Everything that it looks at, whatever happens.
    pub fn for_ever(self) -> Self {
        self.with("pushed_within", FOR_EVER)
    }

    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.entries.push(format!("{key}: {value}"));
        self
    }

    pub fn with_list<T: AsRef<str>>(self, key: &str, texts: &[T]) -> Self {
        self.with(key, list(texts))
    }

    pub fn say(mut self, comment: impl Into<String>) -> Self {
        self.comments.push(comment.into());
        self
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ {} }}", self.entries.join(", "))
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_comments(f, "", &self.head)?;
        writeln!(f, "schema_version: 1")?;
        for (comments, setting) in &self.settings {
            writeln!(f)?;
            write_comments(f, "", comments)?;
            if !setting.is_empty() {
                writeln!(f, "{setting}")?;
            }
        }
        writeln!(f, "\nrepositories:")?;
        self.rules.iter().try_for_each(|rule| rule.fmt(f))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_comments(f, "  ", &self.comments)?;
        let alone = if let [clause] = self.clauses.as_slice() { Some(clause) } else { None };
        let begin = if let Some(matches) = &self.matches {
            writeln!(f, "  - match: {matches}")?;
            write_comments(f, "    ", alone.map_or(&[], |clause| &clause.comments))?;
            "    "
        } else {
            write_comments(f, "  ", alone.map_or(&[], |clause| &clause.comments))?;
            "  - "
        };
        if let Some(clause) = alone {
            writeln!(f, "{begin}keep: {clause}")?;
        } else {
            writeln!(f, "{begin}keep:")?;
            for clause in &self.clauses {
                write_comments(f, "      ", &clause.comments)?;
                writeln!(f, "      - {clause}")?;
            }
        }
        self.more.iter().try_for_each(|(comments, setting)| {
            write_comments(f, "    ", comments)?;
            writeln!(f, "    {setting}")
        })
    }
}

/// Texts as a list of YAML on one line.
fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

/// A text in double quotes, where JSON and YAML escape alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Each comment from a line of its own, broken between words. What cannot be read is escaped, so
/// that no text from outside ends the comment that it is in.
fn write_comments(f: &mut fmt::Formatter<'_>, indent: &str, comments: &[String]) -> fmt::Result {
    for comment in comments {
        let comment = in_a_line(comment);
        let mut line = String::new();
        for word in comment.split_whitespace() {
            let is_full =
                indent.len() + 2 + line.chars().count() + 1 + word.chars().count() > WIDTH;
            if is_full && !line.is_empty() {
                writeln!(f, "{indent}# {line}")?;
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        writeln!(f, "{indent}# {line}")?;
    }
    Ok(())
}
