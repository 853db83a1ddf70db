//! From a case's `response` to the bytes of its body and the places where they may be cut.
//!
//! Large bodies stay unbuilt: `{{x * 104857600}}` is kept as "this text, so many times" and produced while sending.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::case::{Chunk, LineEnd, Response, SseEvent, SseItem};

#[derive(Clone, Debug)]
enum Piece {
    Bytes(Bytes),
    Fill { unit: Bytes, times: u64 },
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Fill { unit, times } => unit.len() as u64 * times,
        }
    }
}

/// Bytes in order, partly as rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pieces: Vec<Piece>,
    len: u64,
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn push(&mut self, bytes: impl Into<Bytes>) {
        self.push_piece(Piece::Bytes(bytes.into()));
    }

    fn push_piece(&mut self, piece: Piece) {
        self.len += piece.len();
        if piece.len() > 0 {
            self.pieces.push(piece);
        }
    }

    pub(crate) fn append(&mut self, other: &Body) {
        other.pieces.iter().for_each(|piece| self.push_piece(piece.clone()));
    }

    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor { pieces: &self.pieces, offset: 0 }
    }

    /// All bytes at once; for encoding and for cutting at lines, which must see them.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut cursor = self.cursor();
        let mut all = Vec::with_capacity(self.len as usize);
        while let Some(bytes) = cursor.next(u64::MAX) {
            all.extend_from_slice(&bytes);
        }
        all
    }
}

/// Hands the body out in portions.
pub(crate) struct Cursor<'a> {
    pieces: &'a [Piece],
    offset: u64,
}

impl Cursor<'_> {
    /// At most `max` bytes, and at most 64 KiB of a repeated text; `None` at the end.
    pub(crate) fn next(&mut self, max: u64) -> Option<Bytes> {
        let (piece, rest) = self.pieces.split_first()?;
        let left = piece.len() - self.offset;
        let bytes = match piece {
            Piece::Bytes(bytes) => {
                let from = self.offset as usize;
                bytes.slice(from..from + left.min(max) as usize)
            }
            Piece::Fill { unit, .. } => {
                let take = left.min(max).min(64 * 1024) as usize;
                let skip = (self.offset % unit.len() as u64) as usize;
                unit.iter().cycle().skip(skip).take(take).copied().collect()
            }
        };
        self.offset += bytes.len() as u64;
        if self.offset == piece.len() {
            self.pieces = rest;
            self.offset = 0;
        }
        Some(bytes)
    }
}

/// A response body, ready to be sent.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) body: Body,
    /// Where each SSE item ends.
    events: Vec<u64>,
    pub(crate) content_type: &'static str,
    pub(crate) content_encoding: Option<&'static str>,
}

/// The ends of the chunks.
pub(crate) enum Cuts {
    Every(u64),
    Ends(Vec<u64>),
}

impl Cuts {
    /// The end of the chunk that begins at `from`, in a body of `len` bytes.
    pub(crate) fn end_after(&self, from: u64, len: u64) -> u64 {
        match self {
            Cuts::Every(size) => (from + size).min(len),
            Cuts::Ends(ends) => {
                ends[ends.partition_point(|end| *end <= from)..].first().map_or(len, |end| *end.min(&len))
            }
        }
    }
}

impl Rendered {
    pub(crate) fn cuts(&self, chunk: &Chunk) -> Cuts {
        match chunk {
            Chunk::Every(size) => Cuts::Every(*size as u64),
            Chunk::At(positions) => Cuts::Ends(positions.iter().map(|p| *p as u64).collect()),
            Chunk::Events => Cuts::Ends(self.events.clone()),
            Chunk::Whole => Cuts::Ends(Vec::new()),
            Chunk::Lines => {
                let all = self.body.to_bytes();
                let is_end =
                    |i: usize| all[i] == b'\n' || (all[i] == b'\r' && all.get(i + 1) != Some(&b'\n'));
                Cuts::Ends((0..all.len()).filter(|i| is_end(*i)).map(|i| i as u64 + 1).collect())
            }
        }
    }

    /// How this body is cut when the case does not say.
    pub(crate) fn default_chunk(&self) -> Chunk {
        if self.events.is_empty() || self.content_encoding.is_some() { Chunk::Whole } else { Chunk::Events }
    }
}

pub(crate) fn render(response: &Response) -> Result<Rendered, String> {
    let mut rendered = Rendered {
        body: Body::default(),
        events: Vec::new(),
        content_type: "application/json",
        content_encoding: None,
    };
    let repeat = response.repeat.unwrap_or(1);
    for i in 0..repeat {
        let index = response.repeat.map(|_| i);
        if let Some(json) = &response.json {
            push_template(&mut rendered.body, &json.to_string(), index);
        } else if let Some(text) = &response.text {
            rendered.content_type = "text/plain; charset=utf-8";
            push_template(&mut rendered.body, text, index);
        } else if let Some(raw) = &response.raw {
            push_template(&mut rendered.body, raw, index);
        } else if let Some(encoded) = &response.base64 {
            rendered.content_type = "application/octet-stream";
            rendered.body.push(decode(encoded)?);
        } else if let Some(items) = &response.sse {
            rendered.content_type = "text/event-stream";
            for item in items {
                push_sse(&mut rendered, item, response.line_end, index)?;
            }
        }
    }
    encode(&mut rendered, response)?;
    if let (Some(Chunk::At(cuts)), true) =
        (&response.chunk, response.framing != Some(crate::case::Framing::Raw))
    {
        let last = cuts.last().copied().unwrap_or(0) as u64;
        if last >= rendered.body.len() {
            return Err(format!(
                "cut position {last} lies outside the body of {} bytes",
                rendered.body.len()
            ));
        }
    }
    Ok(rendered)
}

fn encode(rendered: &mut Rendered, response: &Response) -> Result<(), String> {
    let name = match (response.gzip, response.br, response.zstd) {
        (true, ..) => "gzip",
        (_, true, _) => "br",
        (_, _, true) => "zstd",
        _ => return Ok(()),
    };
    let plain = rendered.body.to_bytes();
    let encoded = match name {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&plain).and_then(|()| encoder.finish()).map_err(|e| e.to_string())?
        }
        "br" => {
            let mut encoded = Vec::new();
            brotli::CompressorReader::new(plain.as_slice(), 4096, 5, 22)
                .read_to_end(&mut encoded)
                .map_err(|e| e.to_string())?;
            encoded
        }
        _ => ruzstd::encoding::compress_to_vec(plain.as_slice(), ruzstd::encoding::CompressionLevel::Fastest),
    };
    rendered.body = Body::default();
    rendered.body.push(encoded);
    rendered.content_encoding = Some(name);
    Ok(())
}

pub(crate) fn decode(encoded: &str) -> Result<Vec<u8>, String> {
    let compact: String = encoded.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map_err(|e| format!("base64: {e}"))
}

fn push_sse(out: &mut Rendered, item: &SseItem, end: LineEnd, index: Option<u64>) -> Result<(), String> {
    match item {
        SseItem::Raw(text) => {
            push_template(&mut out.body, text, index);
            out.events.push(out.body.len());
        }
        SseItem::Event(SseEvent { base64: Some(encoded), .. }) => {
            out.body.push(decode(encoded)?);
            out.events.push(out.body.len());
        }
        SseItem::Event(event) => {
            let text = event_text(event, end.text());
            for i in 0..event.repeat.unwrap_or(1) {
                push_template(&mut out.body, &text, event.repeat.map(|_| i).or(index));
                out.events.push(out.body.len());
            }
        }
    }
    Ok(())
}

/// One event in its wire form, fields in the order most servers use.
fn event_text(event: &SseEvent, end: &str) -> String {
    let mut text = String::new();
    let mut line = |field: &str, value: &str| {
        for part in value.split('\n') {
            text.push_str(field);
            text.push_str(part);
            text.push_str(end);
        }
    };
    if let Some(comment) = &event.comment {
        line(": ", comment);
    }
    if let Some(name) = &event.event {
        line("event: ", name);
    }
    if let Some(id) = &event.id {
        line("id: ", id);
    }
    if let Some(retry) = event.retry {
        line("retry: ", &retry.to_string());
    }
    match &event.data {
        Some(crate::json::Json::Text(data)) => line("data: ", data),
        Some(data) => line("data: ", &data.to_string()),
        None => {}
    }
    text.push_str(end);
    text
}

/// The bytes that a text with placeholders stands for.
pub(crate) fn filled(text: &str) -> Vec<u8> {
    let mut body = Body::default();
    push_template(&mut body, text, None);
    body.to_bytes()
}

/// Text with its placeholders: `{{i}}` where something repeats, `{{text * count}}` everywhere.
/// Any other double brace is plain text.
fn push_template(body: &mut Body, text: &str, index: Option<u64>) {
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let (before, from_open) = rest.split_at(open);
        body.push(before.to_owned());
        let inside = from_open.find("}}").map(|close| &from_open[2..close]);
        let placeholder = match (inside, index) {
            (Some("i"), Some(index)) => Some(Piece::Bytes(index.to_string().into())),
            (Some(inside), _) => fill(inside),
            _ => None,
        };
        let taken = match (placeholder, inside) {
            (Some(piece), Some(inside)) => {
                body.push_piece(piece);
                inside.len() + 4
            }
            _ => {
                body.push(&b"{{"[..]);
                2
            }
        };
        rest = &from_open[taken..];
    }
    body.push(rest.to_owned());
}

fn fill(inside: &str) -> Option<Piece> {
    let (unit, times) = inside.rsplit_once(" * ")?;
    let times = times.parse().ok().filter(|times| *times > 0)?;
    (!unit.is_empty()).then(|| Piece::Fill { unit: Bytes::copy_from_slice(unit.as_bytes()), times })
}
