//! The parser under [`Reader`](super::Reader) with the feature `simd`: strings are searched and checked with vector instructions
//! (AVX2, SSE2 or NEON, chosen at run time), all else byte by byte.
//!
//! Promise: it accepts and refuses what `jiter` does, and gives the same values; the tests compare both with serde_json. Its calls
//! have jiter's names, so that the reader is written once.

use memchr::memchr2;
use simdutf8::basic::from_utf8;

/// As deep as `jiter` goes.
const MAX_DEPTH: usize = 200;

/// How much of a string is searched before vectors pay.
const SHORT: usize = 64;

/// What kind of value is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peek {
    Array,
    False,
    Null,
    Number,
    Object,
    String,
    True,
}

impl Peek {
    pub(crate) fn is_num(self) -> bool {
        self == Self::Number
    }
}

/// An integer, under the name that jiter has for it.
pub(crate) enum NumberInt {
    Int(i64),
}

/// Why a value cannot be read.
#[derive(Debug)]
pub struct Fault {
    /// `None`: the value is of another kind than was asked for.
    pub(super) what: Option<&'static str>,
    at: usize,
}

impl Fault {
    pub(super) fn description(&self, parser: &Parser<'_>) -> String {
        let before = &parser.text[..self.at.min(parser.text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        format!("{} at line {line} column {column}", self.what.unwrap_or("value of another kind"))
    }
}

type Result<T> = std::result::Result<T, Fault>;

/// A position in JSON text.
pub(crate) struct Parser<'j> {
    text: &'j [u8],
    at: usize,
    /// The last string that had escapes.
    unescaped: Vec<u8>,
}

/// The position alone.
impl Clone for Parser<'_> {
    fn clone(&self) -> Self {
        Self { text: self.text, at: self.at, unescaped: Vec::new() }
    }
}

impl<'j> Parser<'j> {
    pub(crate) fn new(text: &'j [u8]) -> Self {
        Self { text, at: 0, unescaped: Vec::new() }
    }

    pub(crate) fn finish(&mut self) -> Result<()> {
        match self.ahead() {
            None => Ok(()),
            Some(_) => Err(self.fault("trailing characters")),
        }
    }

    pub(crate) fn current_index(&self) -> usize {
        self.at
    }

    pub(crate) fn slice_to_current(&self, start: usize) -> &'j [u8] {
        &self.text[start..self.at]
    }

    pub(crate) fn peek(&mut self) -> Result<Peek> {
        Ok(match self.ahead() {
            Some(b'"') => Peek::String,
            Some(b'{') => Peek::Object,
            Some(b'[') => Peek::Array,
            Some(b'-' | b'0'..=b'9') => Peek::Number,
            Some(b'n') => Peek::Null,
            Some(b't') => Peek::True,
            Some(b'f') => Peek::False,
            Some(_) => return Err(self.fault("expected value")),
            None => return Err(self.fault("EOF while parsing a value")),
        })
    }

    pub(crate) fn known_null(&mut self) -> Result<()> {
        self.word(b"null")
    }

    pub(crate) fn next_bool(&mut self) -> Result<bool> {
        match self.peek()? {
            Peek::True => self.word(b"true").map(|()| true),
            Peek::False => self.word(b"false").map(|()| false),
            _ => Err(self.other_kind()),
        }
    }

    pub(crate) fn next_int(&mut self) -> Result<NumberInt> {
        self.expect(Peek::Number)?;
        let start = self.at;
        let whole = self.number()?;
        match self.ascii(start).parse() {
            Ok(value) if whole => Ok(NumberInt::Int(value)),
            _ => Err(self.other_kind()),
        }
    }

    pub(crate) fn next_float(&mut self) -> Result<f64> {
        self.expect(Peek::Number)?;
        let start = self.at;
        self.number()?;
        let value: f64 = self.ascii(start).parse().map_err(|_| self.fault("invalid number"))?;
        if value.is_finite() { Ok(value) } else { Err(self.other_kind()) }
    }

    pub(crate) fn next_str(&mut self) -> Result<&str> {
        self.expect(Peek::String)?;
        self.string()
    }

    /// Enters a list; `None`: it is empty, and left again.
    pub(crate) fn next_array(&mut self) -> Result<Option<Peek>> {
        self.expect(Peek::Array)?;
        self.at += 1;
        self.item(b']')
    }

    pub(crate) fn array_step(&mut self) -> Result<Option<Peek>> {
        if self.step(b']')? { self.peek().map(Some) } else { Ok(None) }
    }

    /// Enters an object, up to the value of its first key; `None`: it is empty, and left again.
    pub(crate) fn next_object(&mut self) -> Result<Option<&str>> {
        self.expect(Peek::Object)?;
        self.known_object()
    }

    pub(crate) fn known_object(&mut self) -> Result<Option<&str>> {
        self.at += 1;
        if self.ahead() == Some(b'}') {
            self.at += 1;
            return Ok(None);
        }
        self.key().map(Some)
    }

    pub(crate) fn next_key(&mut self) -> Result<Option<&str>> {
        if self.step(b'}')? { self.key().map(Some) } else { Ok(None) }
    }

    /// Moves past any value.
    pub(crate) fn next_skip(&mut self) -> Result<()> {
        let mut open: Vec<u8> = Vec::new(); // what closes the containers around the value
        loop {
            let entered = match self.peek()? {
                Peek::String => self.skip_string().map(|()| false)?,
                Peek::Number => self.number().map(|_| false)?,
                Peek::Null => self.word(b"null").map(|()| false)?,
                Peek::True => self.word(b"true").map(|()| false)?,
                Peek::False => self.word(b"false").map(|()| false)?,
                kind => {
                    if open.len() == MAX_DEPTH {
                        return Err(self.fault("recursion limit exceeded"));
                    }
                    let close = if kind == Peek::Array { b']' } else { b'}' };
                    self.at += 1;
                    let empty = self.ahead() == Some(close);
                    self.at += usize::from(empty);
                    if !empty {
                        open.push(close);
                    }
                    !empty
                }
            };
            if !entered {
                loop {
                    let Some(close) = open.last() else { return Ok(()) };
                    if self.step(*close)? {
                        break;
                    }
                    open.pop();
                }
            }
            if open.last() == Some(&b'}') {
                self.skip_key()?;
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- characters

    /// The next byte that is no white space, not taken.
    fn ahead(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault { what: Some(what), at: self.at }
    }

    fn other_kind(&self) -> Fault {
        Fault { what: None, at: self.at }
    }

    fn expect(&mut self, kind: Peek) -> Result<()> {
        if self.peek()? == kind { Ok(()) } else { Err(self.other_kind()) }
    }

    fn word(&mut self, word: &'static [u8]) -> Result<()> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("expected ident"));
        }
        self.at += word.len();
        Ok(())
    }

    /// What is ahead in a container that was just entered.
    fn item(&mut self, close: u8) -> Result<Option<Peek>> {
        if self.ahead() == Some(close) {
            self.at += 1;
            return Ok(None);
        }
        self.peek().map(Some)
    }

    /// Moves past the comma after a value (`true`), or past what closes the container.
    fn step(&mut self, close: u8) -> Result<bool> {
        let comma = match self.ahead() {
            Some(b',') => true,
            Some(byte) if byte == close => false,
            Some(_) => return Err(self.fault("expected a comma or the end of a list or object")),
            None => return Err(self.fault("EOF while parsing a list or object")),
        };
        self.at += 1;
        Ok(comma)
    }

    fn key(&mut self) -> Result<&str> {
        if self.ahead() != Some(b'"') {
            return Err(self.fault("key must be a string"));
        }
        let plain = self.scan()?;
        self.colon()?;
        self.text_of(plain)
    }

    fn skip_key(&mut self) -> Result<()> {
        if self.ahead() != Some(b'"') {
            return Err(self.fault("key must be a string"));
        }
        self.skip_string()?;
        self.colon()
    }

    fn colon(&mut self) -> Result<()> {
        if self.ahead() != Some(b':') {
            return Err(self.fault("expected a colon"));
        }
        self.at += 1;
        Ok(())
    }

    // ---------------------------------------------------------------------------------------------------------- numbers

    /// Moves past a number; whether it is written as an integer.
    fn number(&mut self) -> Result<bool> {
        self.at += usize::from(self.text.get(self.at) == Some(&b'-'));
        let first = self.text.get(self.at).copied();
        let digits = self.digits()?;
        if first == Some(b'0') && digits > 1 {
            return Err(self.fault("invalid number"));
        }
        let mut whole = true;
        if self.text.get(self.at) == Some(&b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.text.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(whole)
    }

    fn digits(&mut self) -> Result<usize> {
        let count = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.fault("invalid number")) } else { Ok(count) }
    }

    /// What was just read, known to be ASCII.
    fn ascii(&self, start: usize) -> &'j str {
        from_utf8(&self.text[start..self.at]).unwrap_or_default()
    }

    // ---------------------------------------------------------------------------------------------------------- strings

    fn string(&mut self) -> Result<&str> {
        let plain = self.scan()?;
        self.text_of(plain)
    }

    /// Moves past a string: its bytes, or `None` if it has escapes and its text was written out.
    fn scan(&mut self) -> Result<Option<&'j [u8]>> {
        let start = self.at + 1;
        self.at = special(self.text, start);
        let plain = match self.text.get(self.at) {
            Some(b'"') => Some(&self.text[start..self.at]),
            Some(b'\\') => self.unescape(start).map(|()| None)?,
            _ => return Err(self.unended()),
        };
        self.at += 1;
        Ok(plain)
    }

    fn text_of(&self, plain: Option<&'j [u8]>) -> Result<&str> {
        from_utf8(plain.unwrap_or(&self.unescaped)).map_err(|_| self.fault("invalid unicode code point"))
    }

    /// Moves to the end of a string from its first escape on, which is ahead, and keeps its text.
    fn unescape(&mut self, start: usize) -> Result<()> {
        self.unescaped.clear();
        self.unescaped.extend_from_slice(&self.text[start..self.at]);
        loop {
            let plain = match self.text.get(self.at + 1) {
                Some(b'u') => None,
                Some(b'b') => Some(8),
                Some(b'f') => Some(12),
                Some(b'n') => Some(b'\n'),
                Some(b'r') => Some(b'\r'),
                Some(b't') => Some(b'\t'),
                Some(itself @ (b'"' | b'\\' | b'/')) => Some(*itself),
                _ => return Err(self.fault("invalid escape")),
            };
            if let Some(byte) = plain {
                self.unescaped.push(byte);
                self.at += 2;
            } else {
                let (character, length) = unicode(&self.text[self.at..])
                    .ok_or_else(|| self.fault("invalid or lone surrogate in hex escape"))?;
                self.unescaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                self.at += length;
            }
            let run = self.at;
            self.at = special(self.text, run);
            self.unescaped.extend_from_slice(&self.text[run..self.at]);
            match self.text.get(self.at) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => {}
                _ => return Err(self.unended()),
            }
        }
    }

    /// Moves past a string. Of its escapes only the form is looked at.
    fn skip_string(&mut self) -> Result<()> {
        self.at += 1;
        loop {
            self.at = special(self.text, self.at);
            match self.text.get(self.at..) {
                Some([b'"', ..]) => {
                    self.at += 1;
                    return Ok(());
                }
                Some([b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..]) => self.at += 2,
                Some([b'\\', b'u', ..]) => {
                    hex(self.text, self.at + 2).ok_or_else(|| self.fault("invalid escape"))?;
                    self.at += 6;
                }
                Some([b'\\', ..]) => return Err(self.fault("invalid escape")),
                _ => return Err(self.unended()),
            }
        }
    }

    fn unended(&self) -> Fault {
        match self.text.get(self.at) {
            Some(_) => self.fault("control character found while parsing a string"),
            None => self.fault("EOF while parsing a string"),
        }
    }
}

/// Where the next quote, backslash or control character is; the length of the text if there is none.
///
/// Most strings are short, and long ones may be full of escapes: eight bytes at a time at first, then by vectors.
fn special(text: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    let mut at = from;
    for word in text[from..].as_chunks::<8>().0.iter().take(SHORT / 8) {
        let word = u64::from_le_bytes(*word);
        // The lowest byte marked is exact; those above it may be marked wrongly by its borrow.
        let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
        let found = zero(word ^ (ONES * b'"' as u64)) | zero(word ^ (ONES * b'\\' as u64));
        let found = (found | (word.wrapping_sub(ONES * 0x20) & !word)) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &text[at..];
    let end = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    // Does not stop early, so that it is compiled to vector instructions.
    let controls = rest[..end].iter().fold(false, |found, byte| found | (*byte < 0x20));
    at + if controls { rest.iter().take_while(|byte| **byte >= 0x20).count() } else { end }
}

/// The character of a `\uXXXX` escape, or of the pair that it begins, and the length of what is written.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let first = hex(text, 2)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    if text.get(6..8) != Some(b"\\u") {
        return None;
    }
    let second = hex(text, 8)?;
    let pair = (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second);
    let code = 0x10000 + ((first.wrapping_sub(0xD800) & 0x3FF) << 10) + (second & 0x3FF);
    Some((char::from_u32(code).filter(|_| pair)?, 12))
}

fn hex(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
#[path = "simd_tests.rs"]
mod tests;
