//! Walking the tree: fields by name, with every error written down and reading going on.

use std::cell::RefCell;
use std::ops::Range;

use ecr_sweep_core::policy::Form;

use super::format::{further_in, names};
use super::position::Positions;
use super::problem::{Complaint, PolicyError, PolicyWarning};
use super::word::{nearest, one_of, shortened};
use super::yaml::{Node, Value};

/// The errors and warnings of a text so far.
pub struct Problems<'t> {
    positions: Positions<'t>,
    /// What errors call the text as a whole.
    called: &'static str,
    errors: RefCell<Vec<PolicyError>>,
    warnings: RefCell<Vec<PolicyWarning>>,
}

impl<'t> Problems<'t> {
    /// None yet, of a policy.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        Self::called(text, "policy")
    }

    /// None yet, of a text that errors call so.
    #[must_use]
    pub fn called(text: &'t str, called: &'static str) -> Self {
        Self {
            positions: Positions::new(text),
            called,
            errors: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.positions.text()
    }

    /// The bytes of a range of characters.
    pub(super) fn bytes(&self, start: usize, end: usize) -> Range<usize> {
        self.positions.byte(start)..self.positions.byte(end.max(start))
    }

    /// Writes down what is wrong on these bytes of the text, with the setting.
    pub fn add(&self, span: Range<usize>, path: String, complaint: Complaint) {
        let span = self.positions.first_line(&span);
        let (line, column) = self.positions.line_and_column(span.start);
        let Complaint { message, expected, suggestion } = complaint;
        self.errors.borrow_mut().push(PolicyError {
            message,
            span,
            line,
            column,
            expected,
            suggestion,
            path,
        });
    }

    /// Whether there is an error.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.errors.borrow().is_empty()
    }

    /// All errors and all warnings, each in the order of the text.
    #[must_use]
    pub fn into_parts(self) -> (Vec<PolicyError>, Vec<PolicyWarning>) {
        let (mut errors, mut warnings) = (self.errors.into_inner(), self.warnings.into_inner());
        errors.sort_by_key(|error| (error.span.start, error.span.end));
        warnings.sort_by_key(|warning| (warning.span.start, warning.span.end));
        (errors, warnings)
    }
}

/// One value, with the setting that it is of.
#[derive(Clone)]
pub struct Field<'p, 't> {
    problems: &'p Problems<'t>,
    node: &'p Node<'t>,
    /// What errors point at where the value itself is missing or large: its key, or the value.
    name: Range<usize>,
    path: String,
}

/// The text of a scalar.
#[derive(Clone, Copy)]
pub struct Scalar<'n> {
    /// As it was written, without its quotes.
    pub text: &'n str,
    /// Whether it stands there without quotes, so that it may be a number or a word of YAML's.
    pub plain: bool,
}

/// The fields of a mapping whose keys are known.
pub struct Fields<'p, 't> {
    own: Field<'p, 't>,
    entries: &'p [(Node<'t>, Node<'t>)],
}

impl<'p, 't> Field<'p, 't> {
    /// The whole document.
    #[must_use]
    pub fn root(problems: &'p Problems<'t>, node: &'p Node<'t>) -> Self {
        Self { problems, node, name: node.span.clone(), path: String::new() }
    }

    /// Whether the value is one text.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        matches!(self.node.value, Value::Scalar { .. }) && !self.node.is_null()
    }

    /// Whether the value has keys.
    #[must_use]
    pub const fn is_mapping(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    /// Whether the value is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Writes down what is wrong with the value.
    pub fn refuse(&self, complaint: Complaint) {
        let empty = self.node.is_null() || self.node.span.is_empty();
        let span = if empty { &self.name } else { &self.node.span };
        self.problems.add(span.clone(), self.path.clone(), complaint);
    }

    /// Writes down what is wrong with the setting as a whole: at its key.
    pub fn refuse_name(&self, complaint: Complaint) {
        self.problems.add(self.name.clone(), self.path.clone(), complaint);
    }

    /// Writes down what is odd about the setting: at its key.
    pub fn warn(&self, message: String) {
        let span = self.problems.positions.first_line(&self.name);
        let (line, column) = self.problems.positions.line_and_column(span.start);
        let path = self.path.clone();
        self.problems.warnings.borrow_mut().push(PolicyWarning {
            message,
            span,
            line,
            column,
            path,
        });
    }

    /// The value as one text, read by `read`.
    pub fn scalar<T>(
        &self,
        expected: &str,
        read: impl FnOnce(Scalar<'_>) -> Result<T, Complaint>,
    ) -> Option<T> {
        let complaint = match &self.node.value {
            Value::Scalar { text, plain } if !self.node.is_null() => {
                match read(Scalar { text, plain: *plain }) {
                    Ok(value) => return Some(value),
                    Err(complaint) => complaint,
                }
            }
            Value::Refused => return None,
            _ => self.wrong_shape(expected),
        };
        self.refuse(complaint);
        None
    }

    /// The items of a list with at least one.
    #[must_use]
    pub fn items(&self, expected: &str) -> Vec<Field<'p, 't>> {
        match &self.node.value {
            Value::List(items) if !items.is_empty() => self.each(items),
            Value::List(_) => {
                self.refuse(Complaint::new("an empty list says nothing", expected));
                Vec::new()
            }
            Value::Refused => Vec::new(),
            Value::Scalar { text, .. } if !self.node.is_null() => {
                let suggestion = (text.len() <= 64).then(|| format!("[\"{text}\"]"));
                self.refuse(self.wrong_shape(expected).suggest(suggestion));
                Vec::new()
            }
            _ => {
                self.refuse(self.wrong_shape(expected));
                Vec::new()
            }
        }
    }

    /// The fields of a mapping, whose keys are not yet checked against anything but each other.
    #[must_use]
    pub fn entries(&self, expected: &str) -> Vec<(&'p str, Field<'p, 't>)> {
        match &self.node.value {
            Value::Map(entries) => {
                self.refuse_repeated_keys(entries);
                entries.iter().filter_map(|(key, value)| self.entry(key, value)).collect()
            }
            Value::Refused => Vec::new(),
            _ => {
                self.refuse(self.wrong_shape(expected));
                Vec::new()
            }
        }
    }

    fn entry(&self, key: &'p Node<'t>, node: &'p Node<'t>) -> Option<(&'p str, Field<'p, 't>)> {
        let Value::Scalar { text, .. } = &key.value else {
            let complaint = Complaint::new("a key has to be one text", "the name of a setting");
            self.problems.add(key.span.clone(), self.path.clone(), complaint);
            return None;
        };
        let separator = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{separator}{}", self.path, shortened(text));
        Some((text, Field { problems: self.problems, node, name: key.span.clone(), path }))
    }

    fn refuse_repeated_keys(&self, entries: &'p [(Node<'t>, Node<'t>)]) {
        let mut keys: Vec<(&str, &Node<'t>)> = entries
            .iter()
            .filter_map(|(key, _)| match &key.value {
                Value::Scalar { text, .. } => Some((&**text, key)),
                _ => None,
            })
            .collect();
        keys.sort_by_key(|(text, key)| (*text, key.span.start));
        for pair in keys.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (text, key) = pair[1];
            let (line, _) = self.problems.positions.line_and_column(pair[0].1.span.start);
            let message =
                format!("`{}` stands here twice, and on line {line} before", shortened(text));
            if let Some((_, field)) = self.entry(key, key) {
                field.refuse_name(Complaint::new(message, "each key once"));
            }
        }
    }

    /// The fields of a mapping. Keys that `form` does not have are refused.
    pub(super) fn fields(self, form: &Form, expected: &str) -> Option<Fields<'p, 't>> {
        self.known(&names(form), expected, |key| further_in(form, key))
    }

    /// The fields of a mapping. Keys that are none of these are refused; what `suggested` has for
    /// one of them goes before the nearest name.
    pub fn known(
        self,
        names: &[&str],
        expected: &str,
        suggested: impl Fn(&str) -> Option<String>,
    ) -> Option<Fields<'p, 't>> {
        let Value::Map(entries) = &self.node.value else {
            if !matches!(self.node.value, Value::Refused) {
                self.refuse(self.wrong_shape(expected));
            }
            return None;
        };
        for (key, field) in self.entries(expected) {
            if names.contains(&key) {
                continue;
            }
            let complaint = if key == "<<" {
                Complaint::new("merge keys are not read", "the settings themselves")
            } else {
                let message = format!("there is no setting `{}` here", shortened(key));
                let suggestion = suggested(key)
                    .or_else(|| nearest(key, names.iter().copied()).map(str::to_owned));
                Complaint::new(message, one_of(names)).suggest(suggestion)
            };
            field.refuse_name(complaint);
        }
        Some(Fields { own: self, entries })
    }

    /// Whether it stands at a path such as `scope.off[]`, whichever item of a list it is.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let (mut own, mut rest) = (self.path.as_str(), path);
        while let Some((before, after)) = rest.split_once("[]") {
            let Some(item) = own.strip_prefix(before).and_then(|own| own.strip_prefix('[')) else {
                return false;
            };
            let Some((_, below)) = item.split_once(']') else { return false };
            (own, rest) = (below, after);
        }
        own == rest
    }

    /// Every setting at a path such as `repositories[].grace`, seen from this one.
    pub(super) fn find(&self, path: &str) -> Vec<Self> {
        let (step, rest) = path.split_once('.').unwrap_or((path, ""));
        let (key, of_each) = match step.strip_suffix("[]") {
            Some(key) => (key, true),
            None => (step, false),
        };
        let Value::Map(entries) = &self.node.value else { return Vec::new() };
        let found = entries
            .iter()
            .filter(|(name, _)| matches!(&name.value, Value::Scalar { text, .. } if text == key));
        let found = found.filter_map(|(name, value)| self.entry(name, value));
        let found = found.flat_map(|(_, field)| match &field.node.value {
            Value::List(items) if of_each => field.each(items),
            _ => vec![field],
        });
        if rest.is_empty() { found.collect() } else { found.flat_map(|f| f.find(rest)).collect() }
    }

    fn each(&self, items: &'p [Node<'t>]) -> Vec<Self> {
        let item = |(index, node): (usize, &'p Node<'t>)| Field {
            problems: self.problems,
            node,
            name: node.span.clone(),
            path: format!("{}[{index}]", self.path),
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The complaint about a list, a mapping or nothing where something else should stand.
    fn wrong_shape(&self, expected: &str) -> Complaint {
        let found = match &self.node.value {
            _ if self.node.is_null() => "empty",
            Value::Scalar { text, .. } => {
                let message = format!("`{}` is not what goes here", shortened(text));
                return Complaint::new(message, expected);
            }
            Value::List(_) => "a list",
            Value::Map(_) | Value::Refused => "a mapping",
        };
        let message = if self.path.is_empty() {
            format!("the {} is {found}", self.problems.called)
        } else {
            format!("`{}` is {found}", self.path)
        };
        Complaint::new(message, expected)
    }
}

impl<'p, 't> Fields<'p, 't> {
    /// The field of that name, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Field<'p, 't>> {
        self.entries
            .iter()
            .find_map(|(key, value)| match &key.value {
                Value::Scalar { text, .. } if text == name => self.own.entry(key, value),
                _ => None,
            })
            .map(|(_, field)| field)
    }

    /// The field of that name; that it is missing is an error.
    #[must_use]
    pub fn require(&self, name: &str, expected: &str) -> Option<Field<'p, 't>> {
        let field = self.get(name);
        if field.is_none() {
            let own = &self.own.path;
            let path = if own.is_empty() { name.to_owned() } else { format!("{own}.{name}") };
            let complaint = Complaint::new(format!("`{name}` is missing"), expected);
            self.own.problems.add(self.own.name.clone(), path, complaint);
        }
        field
    }

    /// Whether the form has every key.
    pub(super) fn are_known(&self, form: &Form) -> bool {
        self.entries.iter().all(|(key, _)| {
            matches!(&key.value, Value::Scalar { text, .. } if form.field(text).is_some())
        })
    }

    /// The setting that these are the fields of.
    #[must_use]
    pub const fn own(&self) -> &Field<'p, 't> {
        &self.own
    }
}
