//! What was read of the fields of a policy.

use std::collections::BTreeMap;

use super::{Price, Share, SlackChannel};
use crate::{Account, Admitted, Age, Pattern, Region, RegistryPath, Source, UnitId};

/// What was read of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A duration.
    Age(Age),
    /// A whole number.
    Count(u64),
    /// A percentage.
    Share(Share),
    /// A price of storage.
    Price(Price),
    /// A text, or the name of a role.
    Text(Box<str>),
    /// A pattern.
    Pattern(Pattern),
    /// An AWS account.
    Account(Account),
    /// An AWS Region.
    Region(Region),
    /// An organizational unit.
    Unit(UnitId),
    /// An account, or a group of them.
    Admitted(Admitted),
    /// A usage source.
    Source(Source),
    /// A channel of Slack.
    Channel(SlackChannel),
    /// A registry, or a path in one.
    Registry(RegistryPath),
    /// One of the words that the setting has.
    Word(&'static str),
    /// `true`.
    Yes,
    /// A list.
    List(Vec<Self>),
    /// A mapping with keys of the user's own.
    Map(BTreeMap<Box<str>, Self>),
    /// A mapping whose keys are known.
    Form(Values),
}

/// The fields of a mapping that were there and could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, Value>);

/// What a value can be taken for.
pub trait FromValue: Sized {
    /// None where it is of another kind.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($of:ty: $variant:ident),+ $(,)?) => {
        $(impl FromValue for $of {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }

        impl From<$of> for Value {
            fn from(value: $of) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

from_value! {
    Age: Age, u64: Count, Share: Share, Price: Price, Box<str>: Text, Pattern: Pattern, Account: Account,
    Region: Region, UnitId: Unit, Admitted: Admitted, Source: Source, RegistryPath: Registry,
    SlackChannel: Channel, Values: Form, &'static str: Word,
}

impl Values {
    /// Puts in what a field says.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// Puts in what a field says, if it says anything.
    #[must_use]
    pub fn with_any(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Puts in the items of a list, if there are any.
    #[must_use]
    pub fn with_list<T: Clone + Into<Value>>(self, name: &'static str, items: &[T]) -> Self {
        let list: Vec<Value> = items.iter().cloned().map(Into::into).collect();
        if list.is_empty() { self } else { self.with(name, Value::List(list)) }
    }

    /// Every field, by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// What a field says, untyped.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// What a field says. None where it is not there, or is of another kind.
    #[must_use]
    pub fn get<T: FromValue>(&self, name: &str) -> Option<T> {
        T::from_value(self.find(name)?)
    }

    /// The items of a list, or the one that stands for it; none where it is not there.
    pub fn list<T: FromValue, C: FromIterator<T>>(&self, name: &str) -> C {
        let items = match self.find(name) {
            Some(Value::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        items.iter().filter_map(T::from_value).collect()
    }

    /// The entries of a mapping with keys of the user's own; none where it is not there.
    #[must_use]
    pub fn map<T: FromValue>(&self, name: &str) -> BTreeMap<Box<str>, T> {
        let Some(Value::Map(entries)) = self.find(name) else { return BTreeMap::new() };
        entries
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), T::from_value(value)?)))
            .collect()
    }

    /// Whether a field says `true`.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.find(name) == Some(&Value::Yes)
    }

    /// Which of a setting's words a field says; its default where it is not there.
    #[must_use]
    pub fn word<T: Word>(&self, name: &str) -> T {
        self.get(name).and_then(T::from_word).unwrap_or_default()
    }
}

/// A setting that is one of a few words.
pub trait Word: Copy + Default + 'static {
    /// The words, as the file spells them.
    const WORDS: &'static [&'static str];

    /// What a word means.
    fn from_word(word: &str) -> Option<Self>;

    /// The word for it.
    fn as_word(self) -> &'static str;
}

/// An enum of the words of a setting, and which it is where the file says none.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($variant:ident $word:literal $sentence:literal),+ $(,)? }
        or $default:ident
    ) => {
        $crate::coded! {
            $(#[$meta])*
            pub enum $name { $($variant $word $sentence),+ }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }

        impl $crate::policy::Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn from_word(word: &str) -> Option<Self> {
                word.parse().ok()
            }

            fn as_word(self) -> &'static str {
                self.as_str()
            }
        }
    };
}
pub(crate) use words;
