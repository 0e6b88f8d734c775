//! A JSON text that is walked piece by piece, so that not all of it is in memory at once.

use std::io::{self, Read};

use memchr::memchr2;
use serde::de::DeserializeOwned;

/// How much is read at once: in tests so little that everything is cut somewhere.
const CHUNK: usize = if cfg!(test) { 5 } else { 1 << 18 };

/// What ends the walk.
#[derive(Debug)]
pub(super) enum Halt {
    /// The text cannot be read.
    Io(io::Error),
    /// It is not what it should be. Reading it whole tells how.
    Odd,
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A part of the text, in bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: u64,
    /// How long it is.
    pub length: u64,
}

/// The text, walked from its beginning to its end.
///
/// What is skipped is only walked along its brackets and quotes: whoever looks at it later finds
/// what else is wrong with it.
pub(super) struct Pieces<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where in the buffer the walk is.
    at: usize,
    /// Where in the text the buffer begins.
    base: u64,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(input: R) -> Result<Self, Halt> {
        let mut pieces = Self { input, buffer: Vec::new(), at: 0, base: 0 };
        while pieces.buffer.len() < 3 && pieces.read_on(0)? {}
        if pieces.buffer.starts_with(b"\xef\xbb\xbf") {
            pieces.at = 3;
        }
        Ok(pieces)
    }

    /// Walks through an object: `each` is given its keys, and walks over the value of each.
    pub(super) fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        self.expect(b'{')?;
        if self.is_next(b'}')? {
            return Ok(());
        }
        loop {
            let key: String = self.read()?;
            self.expect(b':')?;
            each(self, &key)?;
            if self.is_next(b'}')? {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Walks through a list: `each` walks over each item.
    pub(super) fn list(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        self.expect(b'[')?;
        if self.is_next(b']')? {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.is_next(b']')? {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads the next value.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Result<T, Halt> {
        self.peek()?;
        let end = self.end_of_value(true)?;
        let value = serde_json::from_slice(&self.buffer[self.at..end]).map_err(|_| Halt::Odd)?;
        self.at = end;
        Ok(value)
    }

    /// Walks over the next value without looking at it.
    pub(super) fn skip(&mut self) -> Result<(), Halt> {
        self.peek()?;
        self.at = self.end_of_value(false)?;
        Ok(())
    }

    /// The part of the text that a walk takes.
    pub(super) fn span_of(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<(), Halt>,
    ) -> Result<Span, Halt> {
        self.peek()?;
        let start = self.base + self.at as u64;
        walk(self)?;
        Ok(Span { start, length: self.base + self.at as u64 - start })
    }

    /// Whether nothing follows.
    pub(super) fn is_at_end(&mut self) -> Result<bool, Halt> {
        match self.peek() {
            Ok(_) => Ok(false),
            Err(Halt::Odd) => Ok(true),
            Err(halt) => Err(halt),
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Halt> {
        if self.is_next(byte)? { Ok(()) } else { Err(Halt::Odd) }
    }

    /// Takes the next byte if it is this one.
    fn is_next(&mut self, byte: u8) -> Result<bool, Halt> {
        let is_it = self.peek()? == byte;
        self.at += usize::from(is_it);
        Ok(is_it)
    }

    /// The next byte that is no space; an oddity at the end of the text.
    fn peek(&mut self) -> Result<u8, Halt> {
        loop {
            let mut rest = self.buffer[self.at..].iter();
            if let Some(spaces) = rest.position(|byte| !b" \t\n\r".contains(byte)) {
                self.at += spaces;
                return Ok(self.buffer[self.at]);
            }
            self.at = self.buffer.len();
            if !self.read_on(self.at)? {
                return Err(Halt::Odd);
            }
        }
    }

    /// Where in the buffer the value ends that the walk stands before; all of it is in the buffer
    /// then, if it is to be held.
    fn end_of_value(&mut self, is_held: bool) -> Result<usize, Halt> {
        let mut scan = Scan::default();
        let mut end = self.at;
        loop {
            if let Some(length) = scan.find_end(&self.buffer[end..])? {
                return Ok(end + length);
            }
            end = self.buffer.len();
            if !is_held {
                self.at = end;
            }
            let gone = self.at;
            let has_more = self.read_on(gone)?;
            end -= gone;
            if !has_more {
                return if scan.may_end() { Ok(end) } else { Err(Halt::Odd) };
            }
        }
    }

    /// Forgets the first bytes of the buffer, and reads more behind the others. False at the end.
    fn read_on(&mut self, forget: usize) -> Result<bool, Halt> {
        self.buffer.drain(..forget);
        self.base += forget as u64;
        self.at -= forget;
        let more = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.buffer)?;
        Ok(more > 0)
    }
}

/// How far the end of a value was looked for.
#[derive(Default)]
struct Scan {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    has_begun: bool,
}

impl Scan {
    /// Looks on. None: the value goes on behind these bytes, or ends with them.
    fn find_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Halt> {
        let mut at = 0;
        while at < bytes.len() {
            if self.is_in_string {
                at = self.walk_string(bytes, at);
                if !self.is_in_string && self.depth == 0 {
                    return Ok(Some(at));
                }
                continue;
            }
            match bytes[at] {
                b'"' | b'{' | b'[' if self.depth == 0 && self.has_begun => return Err(Halt::Odd),
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' if self.depth == 1 => return Ok(Some(at + 1)),
                b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 => {
                    return if self.has_begun { Ok(Some(at)) } else { Err(Halt::Odd) };
                }
                _ => {}
            }
            self.has_begun = true;
            at += 1;
        }
        Ok(None)
    }

    /// Walks to the end of a string, or of the bytes.
    fn walk_string(&mut self, bytes: &[u8], mut at: usize) -> usize {
        if self.is_escaped {
            self.is_escaped = false;
            at += 1;
        }
        while let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) {
            at += found;
            if bytes[at] == b'"' {
                self.is_in_string = false;
                return at + 1;
            }
            if at + 1 == bytes.len() {
                self.is_escaped = true;
                return at + 1;
            }
            at += 2;
        }
        bytes.len()
    }

    /// Whether the value may end where the text does: a number or a word.
    const fn may_end(&self) -> bool {
        self.has_begun && self.depth == 0 && !self.is_in_string
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(input: &str) -> Result<(Vec<String>, Vec<Span>), Halt> {
        let (mut found, mut spans) = (Vec::new(), Vec::new());
        let mut pieces = Pieces::new(input.as_bytes())?;
        pieces.object(|pieces, key| match key {
            "read" => {
                found.push(pieces.read::<serde_json::Value>()?.to_string());
                Ok(())
            }
            "items" => pieces.list(|pieces| {
                spans.push(pieces.span_of(Pieces::skip)?);
                Ok(())
            }),
            _ => pieces.skip(),
        })?;
        if pieces.is_at_end()? { Ok((found, spans)) } else { Err(Halt::Odd) }
    }

    #[test]
    fn items_are_found_where_they_are_wherever_the_text_is_cut() {
        let text = "\u{feff} {\"a\": \"}\\\"\\\\\", \"re\\u0061d\" : [1, {\"b\":\"]\"}],\n\"items\":[ {\"x\": [1,2]} ,7, \"\\\\\", null ], \"c\":1 } ";
        let whole = walk(text).unwrap();
        assert_eq!(whole.0, [r#"[1,{"b":"]"}]"#]);
        let at = |span: &Span| {
            let start = usize::try_from(span.start).unwrap();
            &text[start..start + usize::try_from(span.length).unwrap()]
        };
        let items: Vec<&str> = whole.1.iter().map(at).collect();
        assert_eq!(items, [r#"{"x": [1,2]}"#, "7", r#""\\""#, "null"]);
    }

    #[test]
    fn what_is_not_whole_is_odd() {
        for text in [
            "",
            " ",
            "[]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":}",
            "{a:1}",
            "{\"items\":[1,]}",
            "{\"items\":[",
            "{\"items\":[,1]}",
            "{\"items\":{}}",
            "{}{}",
            "{} x",
            "{\"a\":\"\\\"}",
            "{\"read\":tru}",
            "{\"a\":1\"b\"}",
            "{\"a\":1{}}",
        ] {
            assert!(matches!(walk(text), Err(Halt::Odd)), "{text}");
        }
    }
}
