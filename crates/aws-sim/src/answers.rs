//! The answers that were given, and what is taken out of them on purpose.

use std::sync::{Mutex, PoisonError};

use ecr_sweep_core::Place;
use serde_json::{Map, Value};

use crate::Lack;
use crate::wire::{Answer, Protocol};

/// An answer that was given to a request, and was no error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GivenAnswer {
    /// The operation, such as `ecr:DescribeImages`.
    pub operation: String,
    /// The account that asked, and the Region that it asked.
    pub place: Place,
    /// The request's body, or its path and query where it has none.
    pub request: String,
    /// The answer's body.
    pub body: String,
}

/// The answers so far, in their order, if they are remembered.
#[derive(Debug)]
pub(crate) struct GivenAnswers(Option<Mutex<Vec<GivenAnswer>>>);

impl GivenAnswers {
    pub(crate) fn new(are_remembered: bool) -> Self {
        Self(are_remembered.then(Mutex::default))
    }

    pub(crate) fn remember(&self, answer: impl FnOnce() -> GivenAnswer) {
        if let Some(answers) = &self.0 {
            answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer());
        }
    }

    pub(crate) fn all(&self) -> Vec<GivenAnswer> {
        let answers = self.0.as_ref();
        answers.map_or_else(Vec::new, |answers| {
            answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }
}

/// The answer without what it is to lack. What it does not have it cannot lack.
pub(crate) fn without(answer: Answer, lack: &Lack, protocol: Protocol) -> Answer {
    answer.map_body(|body| match lack {
        Lack::Body => Vec::new(),
        Lack::Answer => b"null".to_vec(),
        _ if matches!(protocol, Protocol::Query | Protocol::Xml) => {
            without_in_xml(&String::from_utf8_lossy(&body), lack).into_bytes()
        }
        _ => match serde_json::from_slice(&body) {
            Ok(Value::Object(members)) => without_in_json(members, lack).to_string().into_bytes(),
            _ => body,
        },
    })
}

fn without_in_json(mut members: Map<String, Value>, lack: &Lack) -> Value {
    let first = |members: &mut Map<String, Value>, list: &str, item: Value| {
        let items = members.get_mut(list).and_then(Value::as_array_mut);
        if let Some(first) = items.and_then(|items| items.first_mut()) {
            *first = item;
        }
    };
    match lack {
        Lack::Body | Lack::Answer => {}
        Lack::Members => members.clear(),
        Lack::Member(name) => drop(members.remove(name)),
        Lack::Value(name) => drop(members.insert(name.clone(), Value::Null)),
        Lack::Item(list) => first(&mut members, list, Value::Null),
        Lack::ItemsMembers(list) => first(&mut members, list, Map::new().into()),
    }
    Value::Object(members)
}

/// XML has no `null`: an element without its value is empty.
fn without_in_xml(body: &str, lack: &Lack) -> String {
    let cut = |name: &str, left: &str| {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        match (body.find(&start), body.rfind(&end)) {
            (Some(from), Some(to)) => {
                format!("{}{left}{}", &body[..from], &body[to + end.len()..])
            }
            _ => body.to_owned(),
        }
    };
    match lack {
        Lack::Members => {
            let end = body.find("Result>").map_or(0, |at| at);
            let name = body[..end].rsplit('<').next().map(|name| format!("{name}Result"));
            name.map_or_else(|| body.to_owned(), |name| cut(&name, &format!("<{name}></{name}>")))
        }
        Lack::Member(name) => cut(name, ""),
        Lack::Value(name) => cut(name, &format!("<{name}></{name}>")),
        Lack::Body | Lack::Answer | Lack::Item(_) | Lack::ItemsMembers(_) => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lacking(lack: &Lack) -> String {
        let body = json!({ "nextToken": "2", "tasks": [{ "taskArn": "a" }, { "taskArn": "b" }] });
        let Value::Object(members) = body else { panic!("{body}") };
        without_in_json(members, lack).to_string()
    }

    #[test]
    fn an_answer_lacks_what_it_is_told_to_and_nothing_else() {
        let tasks = || "tasks".to_owned();
        for (lack, left) in [
            (Lack::Members, "{}"),
            (Lack::Member(tasks()), r#"{"nextToken":"2"}"#),
            (Lack::Value(tasks()), r#"{"nextToken":"2","tasks":null}"#),
            (Lack::Item(tasks()), r#"{"nextToken":"2","tasks":[null,{"taskArn":"b"}]}"#),
            (Lack::ItemsMembers(tasks()), r#"{"nextToken":"2","tasks":[{},{"taskArn":"b"}]}"#),
        ] {
            assert_eq!(lacking(&lack), left);
        }
    }

    #[test]
    fn an_answer_in_xml_lacks_its_elements() {
        let body = "<AResponse><AResult><Key>1</Key><Token>2</Token></AResult></AResponse>";
        for (lack, left) in [
            (Lack::Members, "<AResponse><AResult></AResult></AResponse>"),
            (
                Lack::Member("Key".to_owned()),
                "<AResponse><AResult><Token>2</Token></AResult></AResponse>",
            ),
            (
                Lack::Value("Key".to_owned()),
                "<AResponse><AResult><Key></Key><Token>2</Token></AResult></AResponse>",
            ),
        ] {
            assert_eq!(without_in_xml(body, &lack), left);
        }
    }
}
