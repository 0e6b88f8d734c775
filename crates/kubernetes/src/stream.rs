//! An answer as it comes in, for a reader that waits for it.

use std::io::{self, Read};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures::StreamExt as _;
use http_body_util::BodyStream;
use hyper::body::Incoming;
use tokio::sync::mpsc::{self, Receiver};

use crate::error::BoxError;

/// The longest silence within an answer.
const SILENCE: Duration = Duration::from_mins(1);

/// How many pieces of an answer wait to be read.
const WAITING: usize = 4;

/// What reads an answer in a thread of its own.
pub(crate) struct Reader {
    pieces: Receiver<Result<Bytes, BoxError>>,
    piece: Bytes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
        let taken = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..taken]);
        Ok(taken)
    }
}

/// Reads an answer while it comes in: no more than a few pieces of it are held.
pub(crate) async fn read_body<T: Send + 'static>(
    body: Incoming,
    read: impl FnOnce(Reader) -> T + Send + 'static,
) -> Result<T, BoxError> {
    let (sender, pieces) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || read(Reader { pieces, piece: Bytes::new() }));
    let mut frames = BodyStream::new(body);
    loop {
        let piece = match tokio::time::timeout(SILENCE, frames.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(piece) => Ok(piece),
                Err(_) => continue,
            },
            Ok(Some(Err(error))) => Err(error.into()),
            Err(silence) => Err(silence.into()),
        };
        let is_last = piece.is_err();
        // Who reads may have seen enough.
        if sender.send(piece).await.is_err() || is_last {
            break;
        }
    }
    drop(sender);
    Ok(reading.await?)
}
