//! A request's body on its way out: bytes from where they lie, files in blocks, read by the runtime's blocking threads, feeds
//! as they come.
//!
//! One block of one file, or one piece of one feed, is in memory at a time; the next is asked for when hyper asks.

use crate::engine::feed::Feed;
use crate::engine::multipart::{FileOrigin, Piece, Pieces};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinHandle, spawn_blocking};

const BLOCK: u64 = 64 << 10;

pub(crate) struct Upload {
    pieces: Pieces,
    next: usize,
    /// Bytes of the whole body still to be handed out; without the feeds whose length is not known.
    left: u64,
    /// A length is not known.
    open_ended: bool,
    reading: Option<Reading>,
}

enum Reading {
    File(FileReading),
    Feed { feed: Box<dyn Feed>, left: Option<u64> },
}

/// The file, to go on with, and a block of it.
type Block = (Arc<File>, Bytes);

struct FileReading {
    origin: FileOrigin,
    file: Option<Arc<File>>,
    at: u64,
    left: u64,
    job: Option<JoinHandle<io::Result<Block>>>,
}

/// A file or feed that could not be read to the end it had when the call began: the caller's matter, not the network's.
#[derive(Debug)]
pub(crate) struct BadFile(String);

impl std::fmt::Display for BadFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadFile {}

impl Upload {
    pub(crate) fn new(pieces: Pieces) -> Self {
        let length = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => Some(bytes.len() as u64),
            Piece::File { length, .. } => Some(*length),
            Piece::Feed(source) => source.length(),
        };
        let left = pieces.iter().filter_map(length).sum();
        let open_ended = pieces.iter().any(|piece| length(piece).is_none());
        Self { pieces, next: 0, left, open_ended, reading: None }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BadFile;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BadFile>>> {
        let this = self.get_mut();
        loop {
            let bytes = match &mut this.reading {
                Some(reading) => match ready!(reading.poll_piece(cx)) {
                    Some(piece) => piece?,
                    None => {
                        this.reading = None;
                        continue;
                    }
                },
                None => {
                    let Some(piece) = this.pieces.get(this.next) else { return Poll::Ready(None) };
                    this.next += 1;
                    match piece {
                        Piece::Bytes(bytes) => bytes.clone(),
                        Piece::File { origin, start, length } => {
                            this.reading = Some(Reading::File(FileReading {
                                origin: origin.clone(),
                                file: None,
                                at: *start,
                                left: *length,
                                job: None,
                            }));
                            continue;
                        }
                        Piece::Feed(source) => {
                            let Some(feed) = source.open() else {
                                let why = "the content of a file can be read once only, and was read by another call";
                                return Poll::Ready(Some(Err(BadFile(why.to_owned()))));
                            };
                            this.reading = Some(Reading::Feed { feed, left: source.length() });
                            continue;
                        }
                    }
                }
            };
            if !bytes.is_empty() {
                this.left = this.left.saturating_sub(bytes.len() as u64);
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && !self.open_ended
    }

    fn size_hint(&self) -> SizeHint {
        if self.open_ended { SizeHint::default() } else { SizeHint::with_exact(self.left) }
    }
}

impl Reading {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BadFile>>> {
        match self {
            Self::File(FileReading { left: 0, .. }) => Poll::Ready(None),
            Self::File(file) => file.poll_block(cx).map(Some),
            Self::Feed { feed, left } => {
                let piece = ready!(feed.poll_piece(cx)).transpose().map_err(BadFile);
                Poll::Ready(piece.and_then(|piece| within(left, piece)).transpose())
            }
        }
    }
}

/// Holds a feed to the length it has told: a body of another length would be broken on the wire.
fn within(left: &mut Option<u64>, piece: Option<Bytes>) -> Result<Option<Bytes>, BadFile> {
    let Some(left) = left else { return Ok(piece) };
    let rest = match &piece {
        Some(bytes) => left.checked_sub(bytes.len() as u64),
        None => (*left == 0).then_some(0),
    };
    *left =
        rest.ok_or_else(|| BadFile("the content of a file has another length than it told".to_owned()))?;
    Ok(piece)
}

impl FileReading {
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BadFile>> {
        let job = self.job.get_or_insert_with(|| {
            let (file, origin, at, size) =
                (self.file.take(), self.origin.clone(), self.at, self.left.min(BLOCK));
            spawn_blocking(move || {
                let file = match (file, origin) {
                    (Some(file), _) | (None, FileOrigin::Open(file)) => file,
                    (None, FileOrigin::Path(path)) => File::open(path)?.into(),
                };
                let mut block = vec![0; size as usize];
                let mut filled = 0;
                while filled < block.len() {
                    match read_at(&file, &mut block[filled..], at + filled as u64) {
                        Ok(0) => return Err(io::Error::other("the file became shorter while it was sent")),
                        Ok(read) => filled += read,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok((file, block.into()))
            })
        });
        let read = ready!(Pin::new(job).poll(cx));
        self.job = None;
        let (file, block) = read
            .unwrap_or_else(|why| Err(io::Error::other(why)))
            .map_err(|why| BadFile(format!("cannot upload {}: {why}", self.origin)))?;
        self.file = Some(file);
        self.at += block.len() as u64;
        self.left -= block.len() as u64;
        Poll::Ready(Ok(block))
    }
}

/// Reads at a place, for the position of an open file may be the caller's.
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, into, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, into, at);
}
