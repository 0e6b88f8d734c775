//! The members that an answer always has.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// What is at one place of an answer.
pub(super) struct Shape {
    /// The place, as [`Answers`](super::Answers) write it; nothing where it is the answer itself.
    path: String,
    may_be_absent: bool,
    kind: Kind,
}

enum Kind {
    /// Whatever it is, it is not `null`.
    Anything,
    /// A list of such items.
    List(Box<Shape>),
    /// An object that has these members.
    Object(Vec<(&'static str, Shape)>),
}

impl Shape {
    /// The shape of an answer that has all of these members.
    pub(super) fn of(members: &[&'static str]) -> Self {
        let mut answer = Self::anything(String::new());
        for member in members {
            answer.add(member);
        }
        answer
    }

    const fn anything(path: String) -> Self {
        Self { path, may_be_absent: false, kind: Kind::Anything }
    }

    /// Whether no member is asked for.
    pub(super) const fn takes_anything(&self) -> bool {
        matches!(self.kind, Kind::Anything)
    }

    fn add(&mut self, path: &'static str) {
        if let Some(rest) = path.strip_prefix("[]") {
            if !matches!(self.kind, Kind::List(_)) {
                self.kind = Kind::List(Box::new(Self::anything(format!("{}[]", self.path))));
            }
            if let Kind::List(item) = &mut self.kind {
                item.add(rest);
            }
            return;
        }
        let path = path.strip_prefix('.').unwrap_or(path);
        if path.is_empty() {
            return;
        }
        let (name, rest) = path.split_at(path.find(['.', '[', '?']).unwrap_or(path.len()));
        if !matches!(self.kind, Kind::Object(_)) {
            self.kind = Kind::Object(Vec::new());
        }
        let dot = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{name}", self.path);
        if let Kind::Object(members) = &mut self.kind {
            let known = members.iter().position(|(other, _)| *other == name);
            let at = known.unwrap_or_else(|| {
                members.push((name, Self::anything(path)));
                members.len() - 1
            });
            let (member, optional) = (&mut members[at].1, rest.strip_prefix('?'));
            member.may_be_absent = optional.is_some();
            member.add(optional.unwrap_or(rest));
        }
    }

    /// Whether an answer has all of the members, and what it lacks.
    pub(super) fn check(&self, answer: &[u8]) -> Result<(), serde_json::Error> {
        let mut answer = serde_json::Deserializer::from_slice(answer);
        self.deserialize(&mut answer)?;
        answer.end()
    }
}

impl<'de> DeserializeSeed<'de> for &Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.may_be_absent { value.deserialize_option(self) } else { self.visit_some(value) }
    }
}

impl<'de> Visitor<'de> for &Shape {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if matches!(self.kind, Kind::List(_)) { "a list" } else { "an object" };
        match &*self.path {
            "" => write!(f, "{what}"),
            path => write!(f, "{what} in `{path}`"),
        }
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        match &self.kind {
            Kind::Anything => match Option::<IgnoredAny>::deserialize(value)? {
                Some(_) => Ok(()),
                None => Err(D::Error::custom(format!("`{}` is null", self.path))),
            },
            Kind::List(_) => value.deserialize_seq(self),
            Kind::Object(_) => value.deserialize_map(self),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Kind::List(item) = &self.kind else { return Err(A::Error::custom("it is a list")) };
        while list.next_element_seed(&**item)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Kind::Object(members) = &self.kind else {
            return Err(A::Error::custom("it is an object"));
        };
        let mut left: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        while let Some(member) = object.next_key_seed(Member(members))? {
            match member {
                Some((name, shape)) => {
                    object.next_value_seed(shape)?;
                    left.retain(|other| *other != name);
                }
                None => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        let mut absent = members.iter().filter(|(name, _)| left.contains(name));
        match absent.find(|(_, shape)| !shape.may_be_absent) {
            Some((_, shape)) => Err(A::Error::custom(format!("`{}` is missing", shape.path))),
            None => Ok(()),
        }
    }
}

/// The name of a member, and what is asked of it, if anything is.
struct Member<'a>(&'a [(&'static str, Shape)]);

impl<'de, 'a> DeserializeSeed<'de> for Member<'a> {
    type Value = Option<(&'static str, &'a Shape)>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Member<'a> {
    type Value = Option<(&'static str, &'a Shape)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let Self(members) = self;
        Ok(members.iter().find(|(name, _)| *name == text).map(|(name, shape)| (*name, shape)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(members: &[&'static str], answer: &str) -> Result<(), String> {
        Shape::of(members).check(answer.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_may_be_empty_and_is_there() {
        for answer in [r#"{"tasks":[]}"#, r#"{"failures":null,"tasks":[],"more":[{},null]}"#] {
            assert_eq!(check(&["tasks[].taskArn"], answer), Ok(()), "{answer}");
        }
    }

    #[test]
    fn a_list_that_is_absent_is_not_empty() {
        for answer in ["null", "{}", "[]", r#""tasks""#, r#"{"tasks":null}"#, r#"{"tasks":{}}"#] {
            assert!(check(&["tasks[]"], answer).is_err(), "{answer}");
        }
        assert!(check(&["tasks[]"], "{}").unwrap_err().contains("`tasks` is missing"));
    }

    #[test]
    fn every_item_has_its_members() {
        let members = ["tasks[].taskArn", "tasks[].lastStatus"];
        let good = r#"{"taskArn":"a","lastStatus":""}"#;
        assert_eq!(check(&members, &format!(r#"{{"tasks":[{good},{good}]}}"#)), Ok(()));
        for bad in ["null", "{}", "1", r#"{"taskArn":"a"}"#, r#"{"taskArn":null,"lastStatus":""}"#]
        {
            let answer = format!(r#"{{"tasks":[{good},{bad}]}}"#);
            assert!(check(&members, &answer).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_member_of_a_member_is_asked_for() {
        let members = ["Organization.Id", "Organization.MasterAccountId"];
        let answer = r#"{"Organization":{"Id":"o-1","MasterAccountId":"1"}}"#;
        assert_eq!(check(&members, answer), Ok(()));
        let lacking = check(&members, r#"{"Organization":{"Id":"o-1"}}"#).unwrap_err();
        assert!(lacking.contains("`Organization.MasterAccountId` is missing"), "{lacking}");
    }

    #[test]
    fn a_list_that_may_be_left_out_is_a_list_where_it_is() {
        let members = ["failures?[].failureCode", "failures?[].imageId.imageDigest"];
        for good in ["{}", r#"{"failures":null}"#, r#"{"failures":[]}"#] {
            assert_eq!(check(&members, good), Ok(()), "{good}");
        }
        for bad in ["null", r#"{"failures":{}}"#, r#"{"failures":[null]}"#, r#"{"failures":[{}]}"#]
        {
            assert!(check(&members, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_follows_the_answer_is_no_answer() {
        assert!(check(&["tasks[]"], r#"{"tasks":[]}{}"#).is_err());
    }
}
