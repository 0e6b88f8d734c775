//! Answers in XML, as what JSON would say.

use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};
use serde_json::{Map, Value};

/// The elements that are items of the list around them, as the query protocols write lists.
///
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>
const ITEMS: [&str; 2] = ["member", "item"];

/// What is in the outermost element: an element with others in it is an object, or a list of its
/// items; one with none is a text. An empty one is an empty text, as nothing says what it is.
///
/// The problem of what is no XML is told without anything of it.
pub(super) fn read(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let problem = |error: XmlDecodeError| error.to_string();
    if !is_whole(text).map_err(problem)? {
        return Err("the XML ends in the middle".to_owned());
    }
    let depths = depths(text);
    let mut document = Document::new(text);
    let mut open: Vec<(String, Element)> = Vec::new();
    for (at, depth) in depths.iter().enumerate() {
        let Some(start) = document.next_start_element() else { break };
        let name = start.local().to_owned();
        close(&mut open, *depth);
        let has_others = depths.get(at + 1).is_some_and(|next| next > depth);
        let element = if has_others {
            Element::Others(Vec::new())
        } else {
            let mut inside = document.scoped_to(start);
            Element::Text(try_data(&mut inside).map_err(problem)?.into_owned())
        };
        open.push((name, element));
    }
    close(&mut open, 1);
    match open.pop() {
        Some((_, root)) => Ok(root.into()),
        None => Err("there is no element".to_owned()),
    }
}

/// What is in an element.
enum Element {
    Text(String),
    Others(Vec<(String, Value)>),
}

impl From<Element> for Value {
    fn from(element: Element) -> Self {
        match element {
            Element::Text(text) => Self::String(text),
            Element::Others(all) if all.iter().all(|(name, _)| ITEMS.contains(&&**name)) => {
                Self::Array(all.into_iter().map(|(_, value)| value).collect())
            }
            Element::Others(all) => {
                let mut members = Map::new();
                for (name, value) in all {
                    add(&mut members, name, value);
                }
                Self::Object(members)
            }
        }
    }
}

/// Elements of one name beside one another are a list with nothing around it.
fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        None => drop(members.insert(name, value)),
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// Ends the elements that are not around the next one.
fn close(open: &mut Vec<(String, Element)>, depth: usize) {
    while open.len() > depth.max(1) {
        let Some((name, element)) = open.pop() else { return };
        if let Some((_, Element::Others(all))) = open.last_mut() {
            all.push((name, element.into()));
        }
    }
}

/// How deep each element is.
fn depths(text: &str) -> Vec<usize> {
    let mut document = Document::new(text);
    let mut depths = Vec::new();
    while let Some(start) = document.next_start_element() {
        depths.push(start.depth());
    }
    depths
}

/// Whether every element has its end: the reader of elements does not ask for it.
fn is_whole(text: &str) -> Result<bool, XmlDecodeError> {
    let mut last = None;
    for token in Document::new(text) {
        last = Some(token?.1);
    }
    Ok(last == Some(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_objects_lists_and_texts() {
        let body = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><Stacks><member><Id>a &amp; b</Id>\
                    <Tags/></member><member><Id>c</Id></member></Stacks><Next>n</Next></R>\n";
        let expected = json!({
            "Stacks": [{ "Id": "a & b", "Tags": "" }, { "Id": "c" }],
            "Next": "n",
        });
        assert_eq!(read(body.as_bytes()).unwrap(), expected);
        let flat = "<R><Id>a</Id><Id>b</Id><Id>c</Id></R>";
        assert_eq!(read(flat.as_bytes()).unwrap(), json!({ "Id": ["a", "b", "c"] }));
        let of_ec2 = "<R><set><item><a>1</a></item></set></R>";
        assert_eq!(read(of_ec2.as_bytes()).unwrap(), json!({ "set": [{ "a": "1" }] }));
        assert_eq!(read(b"<R/>").unwrap(), json!(""));
        let nothing = "<R><S><A></A></S><M><Id>i</Id></M><B></B></R>";
        let expected = json!({ "S": { "A": "" }, "M": { "Id": "i" }, "B": "" });
        assert_eq!(read(nothing.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_short_or_no_xml_is_no_answer() {
        let whole = "<R><A><B>secret</B></A></R>";
        assert!(read(whole.as_bytes()).is_ok());
        for end in 0..whole.len() {
            let problem = read(&whole.as_bytes()[..end]).unwrap_err();
            assert!(!problem.contains("secret"), "{problem}");
        }
        for body in ["", "{}", "<html>", "null", "<a><b></a>"] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
