//! What a rule keeps.

use super::{Form, Least, Values};
use crate::rules::{FIELDS, Needs, OneOf, Rule, RuleName};

/// What the policy file may say under `keep`.
pub const KEEP: Form = Form::new(FIELDS).with_least(Least {
    of: &[],
    message: "nothing would be kept: there is no keep rule",
    expected: None,
});

/// The keep rules of one repository rule: an image that any of them keeps is kept. At most one of
/// each name, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep(Vec<Rule>);

impl Keep {
    /// The keep rules that were read. None where one of them is not understood.
    #[must_use]
    pub fn of(values: &Values) -> Option<Self> {
        let rules = RuleName::ALL.iter().filter_map(|name| {
            let value = values.find(name.as_str())?;
            Some(name.read(value))
        });
        rules.collect::<Option<Vec<Rule>>>().map(Self)
    }

    /// What the policy file says of them, with every default.
    #[must_use]
    pub fn values(&self) -> Values {
        self.iter()
            .fold(Values::default(), |values, rule| values.with(rule.name().as_str(), rule.value()))
    }

    /// These and one more, which takes the place of one of its name.
    #[must_use]
    pub fn with(mut self, rule: impl Into<Rule>) -> Self {
        self.set(rule);
        self
    }

    /// Adds a rule. It takes the place of one of its name.
    pub fn set(&mut self, rule: impl Into<Rule>) {
        let rule = rule.into();
        self.0.retain(|own| own.name() != rule.name());
        self.0.push(rule);
        self.0.sort_by_key(Rule::name);
    }

    /// The rule of a kind, if there is one.
    #[must_use]
    pub fn get<R: OneOf>(&self) -> Option<&R> {
        self.iter().find_map(R::of_rule)
    }

    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has to be read for them, besides images.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.iter().map(Rule::needs).fold(Needs::default(), Needs::and)
    }

    /// Whether any of them has a pattern over the tags of images.
    #[must_use]
    pub fn has_tag_patterns(&self) -> bool {
        self.iter().any(|rule| !rule.tag_patterns().is_empty())
    }
}
