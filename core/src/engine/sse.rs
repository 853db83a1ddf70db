//! The server-sent events decoder: bytes in at any cut, events out, by the rules of the WHATWG HTML standard.
//!
//! Work is linear in bytes: each byte is scanned once, and copied only when its line was cut by a chunk's end or its event has
//! several data lines; other data is a slice of the chunk it came in. A line that spans chunks grows in one buffer, which
//! becomes the event's data without another copy, so a huge event costs about its own size. UTF-8 is not looked at here.
//! `id` and `retry` serve reconnecting, which an API stream does not have: they are ignored.

use bytes::Bytes;

/// One dispatched event, not yet looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) name: Option<Box<str>>,
    pub(crate) data: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

pub(crate) struct Decoder {
    chunk: Bytes,
    /// The start of a line whose end has not come yet.
    cut: Vec<u8>,
    data: Data,
    name: Option<Box<str>>,
    /// The last line ended in CR at the end of a chunk; an LF right after it belongs to it.
    after_cr: bool,
    first_line: bool,
    limit: usize,
    #[cfg(test)]
    work: tests::Work,
}

enum Data {
    None,
    Line(Bytes),
    Lines(Vec<u8>),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Line(line) => line.len(),
            Self::Lines(lines) => lines.len(),
        }
    }
}

impl Decoder {
    /// `limit` bounds the bytes held for one event.
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            chunk: Bytes::new(),
            cut: Vec::new(),
            data: Data::None,
            name: None,
            after_cr: false,
            first_line: true,
            limit: limit.unwrap_or(usize::MAX),
            #[cfg(test)]
            work: tests::Work::default(),
        }
    }

    /// Takes the next chunk, once `next` has returned `None` for the one before.
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty());
        self.chunk = chunk;
    }

    /// The next complete event of what has been fed.
    pub(crate) fn next(&mut self) -> Option<Result<Block, TooLarge>> {
        loop {
            if self.after_cr && !self.chunk.is_empty() {
                self.after_cr = false;
                if self.chunk[0] == b'\n' {
                    let _ = self.chunk.split_to(1);
                }
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', &self.chunk) else {
                self.keep_cut();
                return (self.held() > self.limit).then_some(Err(TooLarge));
            };
            #[cfg(test)]
            self.work.scan(end + 1);
            let cr = self.chunk[end] == b'\r';
            let mut line = self.chunk.split_to(end + 1);
            line.truncate(end);
            if cr {
                match self.chunk.first() {
                    Some(b'\n') => drop(self.chunk.split_to(1)),
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
            if !self.cut.is_empty() {
                self.append_cut(&line);
                line = std::mem::take(&mut self.cut).into();
            }
            if self.data.len().saturating_add(line.len()) > self.limit {
                return Some(Err(TooLarge));
            }
            if let Some(block) = self.take_line(line) {
                return Some(Ok(block));
            }
        }
    }

    /// Whether the bytes end in `data: [DONE]` whose blank line never came.
    pub(crate) fn ends_in_done(&mut self) -> bool {
        if !self.cut.is_empty() {
            let line = std::mem::take(&mut self.cut);
            self.take_line(line.into());
        }
        matches!(&self.data, Data::Line(line) if &line[..] == b"[DONE]")
    }

    /// Whether bytes of an unfinished event are held.
    pub(crate) fn mid_event(&self) -> bool {
        self.held() > 0 || !matches!(self.data, Data::None) || self.name.is_some()
    }

    fn held(&self) -> usize {
        self.cut.len().saturating_add(self.data.len())
    }

    fn keep_cut(&mut self) {
        let rest = std::mem::take(&mut self.chunk);
        #[cfg(test)]
        self.work.scan(rest.len());
        self.append_cut(&rest);
    }

    fn append_cut(&mut self, bytes: &[u8]) {
        #[cfg(test)]
        self.work.append(&self.cut, bytes.len());
        self.cut.extend_from_slice(bytes);
    }

    fn take_line(&mut self, mut line: Bytes) -> Option<Block> {
        if std::mem::take(&mut self.first_line) && line.starts_with(b"\xEF\xBB\xBF") {
            let _ = line.split_to(3);
        }
        if line.is_empty() {
            return self.dispatch();
        }
        let colon = memchr::memchr(b':', &line);
        let field = &line[..colon.unwrap_or(line.len())];
        let value = match colon {
            None => line.len(),
            Some(colon) if line.get(colon + 1) == Some(&b' ') => colon + 2,
            Some(colon) => colon + 1,
        };
        match field {
            b"data" => self.add_data(line.split_off(value)),
            b"event" => {
                let name = String::from_utf8_lossy(&line[value..]);
                self.name = (!name.is_empty()).then(|| name.into());
            }
            // Comments have an empty field name.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: Bytes) {
        match &mut self.data {
            Data::None => self.data = Data::Line(value),
            Data::Line(line) => {
                #[cfg(test)]
                self.work.append(&Vec::new(), line.len() + 1 + value.len());
                let joined = [&line[..], b"\n", &value[..]].concat();
                self.data = Data::Lines(joined);
            }
            Data::Lines(lines) => {
                #[cfg(test)]
                self.work.append(lines, 1 + value.len());
                lines.push(b'\n');
                lines.extend_from_slice(&value);
            }
        }
    }

    fn dispatch(&mut self) -> Option<Block> {
        let name = self.name.take();
        let data = match std::mem::replace(&mut self.data, Data::None) {
            Data::None => return None,
            Data::Line(line) => line,
            Data::Lines(lines) => lines.into(),
        };
        Some(Block { name, data })
    }
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
