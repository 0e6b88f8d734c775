//! The text of a snapshot: in memory if it is short, else in its file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecr_sweep_protocol::snapshot::Span;

/// The text of a snapshot.
#[derive(Debug)]
pub enum Text {
    /// In memory.
    Held(Vec<u8>),
    /// In a file, of which one part is read at a time.
    File(Mutex<File>),
}

impl Text {
    /// Reads all of it, from its beginning.
    pub fn read_all<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> io::Result<T> {
        match self {
            Self::Held(bytes) => Ok(read(&mut bytes.as_slice())),
            Self::File(file) => {
                let mut file = locked(file);
                file.rewind()?;
                Ok(read(&mut *file))
            }
        }
    }

    /// One part of it.
    pub fn part(&self, span: Span) -> io::Result<Cow<'_, [u8]>> {
        let too_long = |_| io::Error::from(io::ErrorKind::OutOfMemory);
        let length = usize::try_from(span.length).map_err(too_long)?;
        match self {
            Self::Held(bytes) => {
                let start = usize::try_from(span.start).map_err(too_long)?;
                let part = bytes.get(start..).and_then(|rest| rest.get(..length));
                part.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Self::File(file) => {
                let mut part = vec![0; length];
                let mut file = locked(file);
                file.seek(SeekFrom::Start(span.start))?;
                file.read_exact(&mut part)?;
                Ok(Cow::Owned(part))
            }
        }
    }
}

/// Every part is sought anew, so that it does not matter where another thread has left off.
fn locked(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_part_is_the_same_from_memory_and_from_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        for text in [Text::Held(b"0123456789".into()), Text::File(Mutex::new(file))] {
            assert_eq!(&*text.part(Span { start: 3, length: 4 }).unwrap(), b"3456");
            let beyond = text.part(Span { start: 7, length: 4 }).unwrap_err();
            assert_eq!(beyond.kind(), io::ErrorKind::UnexpectedEof);
            let mut all = String::new();
            text.read_all(|input| input.read_to_string(&mut all)).unwrap().unwrap();
            assert_eq!(all, "0123456789");
        }
    }
}
