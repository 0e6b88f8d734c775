//! The YAML of a policy as a tree of untyped nodes that know where they stand.
//!
//! Scalars keep the text that was written: `012345678901` stays an account, and `1.10` a tag.
//! What makes a document mean something else than what stands there is refused: aliases, anchors,
//! tags, a second document. So no text can grow while it is read, and depth is bounded.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::field::Problems;
use super::problem::Complaint;
use super::syntax;
use super::word::shortened;

/// How deeply a policy may be nested; the format itself goes six deep.
const DEPTH: usize = 32;

/// One value of the document.
#[derive(Debug)]
pub struct Node<'t> {
    /// The bytes on which it stands.
    pub(super) span: Range<usize>,
    pub(super) value: Value<'t>,
}

#[derive(Debug)]
pub(super) enum Value<'t> {
    Scalar {
        text: Cow<'t, str>,
        plain: bool,
    },
    List(Vec<Node<'t>>),
    Map(Vec<(Node<'t>, Node<'t>)>),
    /// What is refused, and has its error already.
    Refused,
}

impl Node<'_> {
    /// Whether nothing is written, or a null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, plain: true } => {
                matches!(&**text, "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

/// Reads the one document of a text. None where there is none, or where reading had to stop; its
/// errors are with the problems.
#[must_use]
pub fn read<'t>(problems: &Problems<'t>) -> Option<Node<'t>> {
    let mut tree = Tree { problems, open: Vec::new(), root: None };
    let mut parser = Parser::new_from_str(problems.text());
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => tree.take(event, &span)?,
            Err(error) => {
                tree.refuse_syntax(&error);
                return None;
            }
        }
    }
    tree.root
}

struct Tree<'p, 't> {
    problems: &'p Problems<'t>,
    /// The lists and maps that have begun and not ended, outermost first.
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
}

enum Open<'t> {
    List { start: usize, items: Vec<Node<'t>> },
    Map { start: usize, entries: Vec<(Node<'t>, Node<'t>)>, key: Option<Node<'t>> },
}

impl<'t> Tree<'_, 't> {
    /// Takes one event. None: reading cannot go on.
    fn take(&mut self, event: Event<'t>, span: &Span) -> Option<()> {
        let bytes = self.problems.bytes(span.start.index(), span.end.index());
        let start = bytes.start;
        let anchored = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => {
                if tag.is_some() {
                    self.refuse(bytes.clone(), syntax::tag());
                    // The value may mean something else with its tag.
                    if let Event::Scalar(..) = event {
                        self.add(Node { span: bytes, value: Value::Refused });
                        return Some(());
                    }
                }
                *anchor > 0
            }
            _ => false,
        };
        if anchored {
            self.refuse(bytes.clone(), syntax::anchor());
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let span = scalar_span(self.problems.text(), bytes, style);
                let plain = style == ScalarStyle::Plain;
                self.add(Node { span, value: Value::Scalar { text, plain } });
            }
            Event::SequenceStart(..) => {
                self.begin(Open::List { start, items: Vec::new() }, bytes)?;
            }
            Event::MappingStart(..) => {
                self.begin(Open::Map { start, entries: Vec::new(), key: None }, bytes)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&bytes),
            Event::Alias(_) => {
                self.refuse(bytes.clone(), syntax::alias(self.problems.text(), start));
                self.add(Node { span: bytes, value: Value::Refused });
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.refuse(bytes, syntax::second_document());
                return None;
            }
            _ => {}
        }
        Some(())
    }

    fn begin(&mut self, open: Open<'t>, bytes: Range<usize>) -> Option<()> {
        if self.open.len() == DEPTH {
            self.refuse(bytes, syntax::too_deep(DEPTH));
            return None;
        }
        self.open.push(open);
        Some(())
    }

    /// Ends the innermost list or map: with its bracket, or where its last value ends.
    fn end(&mut self, bracket: &Range<usize>) {
        let (start, last, value) = match self.open.pop() {
            Some(Open::List { start, items }) => {
                (start, items.last().map(|item| item.span.end), Value::List(items))
            }
            Some(Open::Map { start, entries, .. }) => {
                (start, entries.last().map(|(_, last)| last.span.end), Value::Map(entries))
            }
            None => return,
        };
        let end = last.filter(|_| bracket.is_empty()).unwrap_or(bracket.end);
        self.add(Node { span: start..end, value });
    }

    fn add(&mut self, node: Node<'t>) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
    }

    fn refuse(&self, bytes: Range<usize>, complaint: Complaint) {
        self.problems.add(bytes, self.path(), complaint);
    }

    fn refuse_syntax(&self, error: &ScanError) {
        let at = self.problems.bytes(error.marker().index(), error.marker().index() + 1);
        let complaint = syntax::error(self.problems.text(), at.start, error.info());
        self.refuse(at, complaint);
    }

    /// The setting that is being read.
    fn path(&self) -> String {
        let step = |open: &Open<'t>| match open {
            Open::List { items, .. } => format!("[{}]", items.len()),
            Open::Map { key: Some(Node { value: Value::Scalar { text, .. }, .. }), .. } => {
                format!(".{}", shortened(text))
            }
            Open::Map { .. } => String::new(),
        };
        let path: String = self.open.iter().map(step).collect();
        path.trim_start_matches('.').to_owned()
    }
}

/// The bytes of a scalar. Those of a quoted one end with its quote, not with its line.
fn scalar_span(text: &str, bytes: Range<usize>, style: ScalarStyle) -> Range<usize> {
    let written = text.get(bytes.clone()).unwrap_or("");
    let length = match style {
        ScalarStyle::SingleQuoted => quoted_length(written, b'\'', None),
        ScalarStyle::DoubleQuoted => quoted_length(written, b'"', Some(b'\\')),
        _ => None,
    };
    bytes.start..bytes.start + length.unwrap_or(written.len())
}

/// The length up to the closing quote. A doubled single quote is two closing ones in a row.
fn quoted_length(written: &str, quote: u8, escape: Option<u8>) -> Option<usize> {
    let bytes = written.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        if Some(*byte) == escape {
            at += 1;
        } else if *byte == quote {
            if escape.is_some() || bytes.get(at + 1) != Some(&quote) {
                return Some(at + 1);
            }
            at += 1;
        }
        at += 1;
    }
    None
}
