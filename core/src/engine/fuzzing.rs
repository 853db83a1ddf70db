//! Doors for `core/fuzz` into what no user sees. Compiled by cargo-fuzz alone, which sets `--cfg fuzzing`.

use super::multipart::{self, Part, Piece};
use super::sse::Decoder;
use bytes::Bytes;

/// Name and data of each event that the decoder makes of these chunks.
pub fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, Vec<u8>)> {
    let mut decoder = Decoder::new(None);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.feed(Bytes::copy_from_slice(chunk));
        while let Some(block) = decoder.next() {
            let block = block.expect("there is no limit");
            events.push((block.name.unwrap_or_default().into(), block.data.to_vec()));
        }
    }
    events
}

/// The content type and the body of a form without files on disk; `None` where it is refused.
pub fn form(parts: &[Part]) -> Option<(String, Vec<u8>)> {
    let (content_type, pieces) = multipart::encode(parts).ok()?;
    let mut body = Vec::new();
    for piece in &*pieces {
        if let Piece::Bytes(bytes) = piece {
            body.extend_from_slice(bytes);
        }
    }
    Some((content_type, body))
}

/// A completion, read as an answer is and written again.
#[cfg(feature = "chat")]
pub fn completion(text: &[u8]) -> Result<Vec<u8>, String> {
    crate::json::decode::<crate::types::chat::ChatCompletion>(text).map(|value| crate::json::encode(&value))
}
