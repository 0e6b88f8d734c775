//! One clause of what a rule keeps, and the images that it looks at.

use super::{OfImages, Value, Values, Word, words};
use crate::rules::{Needs, OneOf, Rule, RuleName};
use crate::{Image, ImageStatus, Pattern};

words! {
    /// Which images a clause looks at by where the registry keeps them.
    pub enum OfStorage {
        Active "active" "Those that are not archived. One that is being restored is one of them.",
        Archived "archived" "Those that nobody can pull until they are restored.",
    } or Active
}

/// Keep rules over some of the images: what any of them keeps is kept. At most one of each name, in
/// the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clause {
    /// Which images its rules look at. None where the policy does not say: all of them.
    pub of: Option<LooksAt>,
    rules: Vec<Rule>,
}

/// Which images a clause looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LooksAt {
    /// Those with an ordinary tag, those without, or all.
    Images(OfImages),
    /// Those that are archived, or those that are not.
    Storage(OfStorage),
    /// Those any of whose tags matches. A fallback tag is one of them.
    Tags(Vec<Pattern>),
    /// Those with a tag for each pattern: one tag may match several. A fallback tag is one of them.
    AllTags(Vec<Pattern>),
    /// Those with an ordinary tag that matches none.
    ExceptTags(Vec<Pattern>),
    /// Those none of whose tags matches any: what `Tags` does not look at.
    WithoutTags(Vec<Pattern>),
}

impl LooksAt {
    /// Whether it is one of the images.
    #[must_use]
    pub fn takes(&self, image: &Image) -> bool {
        let matches = |patterns: &[Pattern], tag: &str| patterns.iter().any(|it| it.matches(tag));
        let has = |pattern: &Pattern| image.tags.iter().any(|tag| pattern.matches(tag));
        match self {
            Self::Images(of) => of.takes(image),
            Self::Storage(of) => {
                (image.status == ImageStatus::Archived) == (*of == OfStorage::Archived)
            }
            Self::Tags(patterns) => patterns.iter().any(has),
            Self::AllTags(patterns) => patterns.iter().all(has),
            Self::WithoutTags(patterns) => !patterns.iter().any(has),
            Self::ExceptTags(patterns) => image.ordinary_tags().any(|tag| !matches(patterns, tag)),
        }
    }

    /// Whether it is every image.
    pub(crate) fn is_all(&self) -> bool {
        *self == Self::Images(OfImages::Any)
    }

    /// The key of its patterns, and the patterns.
    pub(crate) fn patterns(&self) -> Option<(&'static str, &[Pattern])> {
        match self {
            Self::Images(_) | Self::Storage(_) => None,
            Self::Tags(patterns) => Some(("tags", patterns)),
            Self::AllTags(patterns) => Some(("all_tags", patterns)),
            Self::ExceptTags(patterns) => Some(("except_tags", patterns)),
            Self::WithoutTags(patterns) => Some(("without_tags", patterns)),
        }
    }

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        if let Some(word) = values.get("images") {
            let storage = || OfStorage::from_word(word).map(Self::Storage);
            return OfImages::from_word(word).map(Self::Images).or_else(storage);
        }
        let mut said = values.iter().map(|(key, _)| key);
        let (Some(key), None) = (said.next(), said.next()) else { return None };
        let by_tags = match key {
            "tags" => Self::Tags,
            "all_tags" => Self::AllTags,
            "except_tags" => Self::ExceptTags,
            "without_tags" => Self::WithoutTags,
            _ => return None,
        };
        Some(by_tags(values.list(key)))
    }

    fn value(&self) -> Value {
        match (self, self.patterns()) {
            (_, Some((key, patterns))) => Values::default().with_list(key, patterns),
            (Self::Images(of), None) => Values::default().with("images", of.as_word()),
            (Self::Storage(of), None) => Values::default().with("images", of.as_word()),
            (_, None) => Values::default(),
        }
        .into()
    }
}

impl Clause {
    /// The clause that was read. None where a part of it is not understood.
    #[must_use]
    pub fn of(values: &Values) -> Option<Self> {
        let rules = RuleName::ALL.iter().filter_map(|name| {
            let value = values.find(name.as_str())?;
            Some(name.read(value))
        });
        let of = match values.find("of") {
            Some(value) => Some(LooksAt::of(value)?),
            None => None,
        };
        Some(Self { of, rules: rules.collect::<Option<_>>()? })
    }

    /// What the policy file says of it, with every default.
    #[must_use]
    pub fn values(&self) -> Values {
        let of = self.of.as_ref().map(LooksAt::value);
        self.iter().fold(Values::default().with_any("of", of), |values, rule| {
            values.with(rule.name().as_str(), rule.value())
        })
    }

    /// The same, over these images alone.
    #[must_use]
    pub fn over(self, of: LooksAt) -> Self {
        Self { of: Some(of), ..self }
    }

    /// The same with one rule more, which takes the place of one of its name.
    #[must_use]
    pub fn with(mut self, rule: impl Into<Rule>) -> Self {
        self.set(rule);
        self
    }

    /// Adds a rule. It takes the place of one of its name.
    pub fn set(&mut self, rule: impl Into<Rule>) {
        let rule = rule.into();
        self.rules.retain(|own| own.name() != rule.name());
        self.rules.push(rule);
        self.rules.sort_by_key(Rule::name);
    }

    /// The rule of a kind, if there is one.
    #[must_use]
    pub fn get<R: OneOf>(&self) -> Option<&R> {
        self.iter().find_map(R::of_rule)
    }

    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// Whether it looks at an image.
    #[must_use]
    pub fn takes(&self, image: &Image) -> bool {
        self.of.as_ref().is_none_or(|of| of.takes(image))
    }

    /// What has to be read for its rules, besides images.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.iter().map(Rule::needs).fold(Needs::default(), Needs::and)
    }

    /// Whether it looks for something among the tags of images.
    #[must_use]
    pub fn looks_at_tags(&self) -> bool {
        self.of.is_some()
            || self.iter().any(|rule| rule.reads_tags() || !rule.tag_patterns().is_empty())
    }
}
