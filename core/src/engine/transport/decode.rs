//! Content decoding of answers: compressed chunks in, plain chunks out as soon as they can be had, which streams need.

use bytes::Bytes;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliDecoder, DecodeV2, GzipDecoder, ZstdDecoder};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use std::io;

const STEP: usize = 16 << 10;

pub(crate) struct Decoder {
    codec: Box<dyn DecodeV2 + Send>,
    /// The current member (gzip) or frame (zstd) is complete; more input starts another.
    complete: bool,
    started: bool,
}

impl Decoder {
    /// The decoder that an answer's headers ask for. They are changed to describe the decoded body.
    pub(crate) fn of(headers: &mut HeaderMap) -> Option<Self> {
        let codec: Box<dyn DecodeV2 + Send> = match headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim() {
            "gzip" | "x-gzip" => Box::new(GzipDecoder::new()),
            "br" => Box::new(BrotliDecoder::new()),
            "zstd" => Box::new(ZstdDecoder::new()),
            _ => return None,
        };
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        Some(Self { codec, complete: false, started: false })
    }

    /// Decodes one chunk completely.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<Bytes> {
        self.started |= !chunk.is_empty();
        let mut input = PartialBuffer::new(chunk);
        let mut output = Vec::new();
        loop {
            if self.complete {
                if input.unwritten().is_empty() {
                    break;
                }
                self.codec.reinit()?;
                self.complete = false;
            }
            let room = step(&mut output, |room| {
                self.complete = if input.unwritten().is_empty() {
                    self.codec.flush(room)?;
                    false
                } else {
                    self.codec.decode(&mut input, room)?
                };
                Ok(())
            })?;
            // With room left, all that the input so far stands for is out.
            if room > 0 && input.unwritten().is_empty() {
                break;
            }
        }
        Ok(output.into())
    }

    /// Whether the body may end here. All output is out already; brotli only tells its end when asked.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.complete || !self.started {
            return Ok(());
        }
        self.complete = self.codec.finish(&mut WriteBuffer::new_initialized(&mut [0; 64]))?;
        if self.complete { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Runs one step into fresh room at the end of `output`; returns how much of the room was left.
fn step(output: &mut Vec<u8>, run: impl FnOnce(&mut WriteBuffer<'_>) -> io::Result<()>) -> io::Result<usize> {
    let start = output.len();
    output.resize(start + STEP, 0);
    let mut room = WriteBuffer::new_initialized(&mut output[start..]);
    let result = run(&mut room);
    let written = room.written_len();
    output.truncate(start + written);
    result.map(|()| STEP - written)
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
