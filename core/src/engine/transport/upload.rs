//! A request's body on its way out: bytes from where they lie, files in blocks, read by the runtime's blocking threads.
//!
//! One block of one file is in memory at a time; the next is read when hyper asks for it.

use crate::engine::multipart::{Piece, Pieces};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinHandle, spawn_blocking};

const BLOCK: u64 = 64 << 10;

pub(crate) struct Upload {
    pieces: Pieces,
    next: usize,
    /// Bytes of the whole body still to be handed out.
    left: u64,
    reading: Option<Reading>,
}

struct Reading {
    path: PathBuf,
    file: Option<File>,
    left: u64,
    job: Option<JoinHandle<io::Result<(File, Bytes)>>>,
}

/// A file that could not be read to the end it had when the call began: the caller's matter, not the network's.
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
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File { length, .. } => *length,
        };
        Self { left: pieces.iter().map(length).sum(), pieces, next: 0, reading: None }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BadFile;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BadFile>>> {
        let this = self.get_mut();
        loop {
            let bytes = match &mut this.reading {
                Some(reading) if reading.left > 0 => ready!(reading.poll_block(cx))?,
                _ => {
                    this.reading = None;
                    let Some(piece) = this.pieces.get(this.next) else { return Poll::Ready(None) };
                    this.next += 1;
                    match piece {
                        Piece::Bytes(bytes) => bytes.clone(),
                        Piece::File { path, length } => {
                            this.reading =
                                Some(Reading { path: path.clone(), file: None, left: *length, job: None });
                            continue;
                        }
                    }
                }
            };
            if !bytes.is_empty() {
                this.left -= bytes.len() as u64;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Reading {
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BadFile>> {
        let job = self.job.get_or_insert_with(|| {
            let (file, path, size) = (self.file.take(), self.path.clone(), self.left.min(BLOCK));
            spawn_blocking(move || {
                let mut file = file.map_or_else(|| File::open(path), Ok)?;
                let mut block = Vec::with_capacity(size as usize);
                (&mut file).take(size).read_to_end(&mut block)?;
                match block.len() as u64 == size {
                    true => Ok((file, block.into())),
                    false => Err(io::Error::other("the file became shorter while it was sent")),
                }
            })
        });
        let read = ready!(Pin::new(job).poll(cx));
        self.job = None;
        let (file, block) = read
            .unwrap_or_else(|why| Err(io::Error::other(why)))
            .map_err(|why| BadFile(format!("cannot upload {}: {why}", self.path.display())))?;
        self.file = Some(file);
        self.left -= block.len() as u64;
        Poll::Ready(Ok(block))
    }
}
