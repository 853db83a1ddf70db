//! The state machine over the text: what has begun, what is complete, what waits for more.

use std::fmt;

/// How deep lists and objects may lie in each other.
pub const MAX_DEPTH: usize = 128;

/// Text that cannot become JSON, or that ended too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    reason: &'static str,
    offset: usize,
}

impl Malformed {
    /// Where, in bytes from the start of the document.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON: {} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for Malformed {}

/// Where a value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// It is the document.
    Root,
    /// It is the next item of the innermost open list.
    Item,
    /// It is this member of the innermost open object; of equal keys the last counts.
    Member(&'a str),
}

/// What a [`Sink`] is told to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Object,
    /// A list.
    List,
    /// A string, whose text follows.
    String,
}

/// A value that has no inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it stands in the text, in JSON's grammar.
    Number(&'a str),
}

/// Takes a document as it grows, each part once and in order; what a [`Parser`] builds with.
pub trait Sink {
    /// A value begins, and is the innermost until its [`close`](Sink::close).
    fn open(&mut self, place: Place<'_>, kind: Kind);

    /// More text of the open string, in whole characters, unescaped.
    fn text(&mut self, piece: &str);

    /// The innermost open value is complete.
    fn close(&mut self);

    /// A value that is complete at once.
    fn scalar(&mut self, place: Place<'_>, value: Scalar<'_>);
}

/// The machine: reads text, tells a [`Sink`]. The same sink belongs to all calls.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    state: State,
    /// The open containers; `true` for an object.
    open: Vec<bool>,
    /// The key whose value comes next or is open.
    key: String,
    /// The number so far.
    number: String,
    escape: Escape,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    offset: usize,
    fault: Option<Malformed>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Value,
    ItemOrEnd,
    KeyOrEnd,
    Key,
    InKey,
    Colon,
    InString,
    InNumber,
    /// What is left of a literal, and its value.
    InLiteral(&'static [u8], Option<bool>),
    CommaOrEnd,
    Done,
}

#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    /// The digits of `\u` so far.
    Unicode(u8, u16),
}

const UNEXPECTED: &str = "unexpected character";
const LONE_SURROGATE: &str = "half of a surrogate pair";

impl Parser {
    /// Takes the next piece of the text.
    ///
    /// # Errors
    /// The text cannot become JSON any more; every further call fails alike.
    pub fn push(&mut self, piece: &str, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let mut at = 0;
        while at < piece.len() {
            match self.step(piece, at, sink) {
                Ok(next) => at = next,
                Err(reason) => return Err(self.fail(reason, self.offset + at)),
            }
        }
        self.offset += piece.len();
        Ok(())
    }

    /// Says that no more text comes.
    ///
    /// # Errors
    /// The document is not complete.
    pub fn finish(&mut self, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if self.state == State::InNumber && self.open.is_empty() {
            self.end_number(sink).map_err(|reason| self.fail(reason, self.offset))?;
        }
        if !self.is_complete() {
            return Err(self.fail("the text ends too early", self.offset));
        }
        Ok(())
    }

    /// The document is whole; only white space may follow.
    pub fn is_complete(&self) -> bool {
        self.state == State::Done
    }

    fn fail(&mut self, reason: &'static str, offset: usize) -> Malformed {
        self.fault.insert(Malformed { reason, offset }).clone()
    }

    /// Reads from `at`; the position after what was read.
    fn step(&mut self, piece: &str, at: usize, sink: &mut dyn Sink) -> Result<usize, &'static str> {
        let byte = piece.as_bytes()[at];
        match self.state {
            State::InKey | State::InString => return self.string(piece, at, sink),
            State::InNumber => return self.in_number(piece, at, sink),
            State::InLiteral(rest, value) => self.literal(byte, rest, value, sink)?,
            _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => {}
            State::Value => self.value(byte, sink)?,
            State::ItemOrEnd if byte == b']' => self.close(sink),
            State::ItemOrEnd => self.value(byte, sink)?,
            State::KeyOrEnd if byte == b'}' => self.close(sink),
            State::KeyOrEnd | State::Key => {
                if byte != b'"' {
                    return Err("a key was expected");
                }
                self.key.clear();
                self.state = State::InKey;
            }
            State::Colon if byte == b':' => self.state = State::Value,
            State::Colon => return Err("a colon was expected"),
            State::CommaOrEnd => match (self.open.last(), byte) {
                (Some(true), b'}') | (Some(false), b']') => self.close(sink),
                (Some(true), b',') => self.state = State::Key,
                (Some(false), b',') => self.state = State::Value,
                _ => return Err("a comma or the end of a list or object was expected"),
            },
            State::Done => return Err("more text after the end"),
        }
        Ok(at + 1)
    }

    fn value(&mut self, byte: u8, sink: &mut dyn Sink) -> Result<(), &'static str> {
        match byte {
            b'{' | b'[' => {
                if self.open.len() == MAX_DEPTH {
                    return Err("lists and objects lie too deep in each other");
                }
                let object = byte == b'{';
                sink.open(place(&self.open, &self.key), if object { Kind::Object } else { Kind::List });
                self.open.push(object);
                self.state = if object { State::KeyOrEnd } else { State::ItemOrEnd };
            }
            b'"' => {
                sink.open(place(&self.open, &self.key), Kind::String);
                self.state = State::InString;
            }
            b'-' | b'0'..=b'9' => {
                self.number.clear();
                self.number.push(byte.into());
                self.state = State::InNumber;
            }
            b't' => self.state = State::InLiteral(b"rue", Some(true)),
            b'f' => self.state = State::InLiteral(b"alse", Some(false)),
            b'n' => self.state = State::InLiteral(b"ull", None),
            _ => return Err(UNEXPECTED),
        }
        Ok(())
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        sink.close();
        self.open.pop();
        self.after_value();
    }

    fn after_value(&mut self) {
        self.state = if self.open.is_empty() { State::Done } else { State::CommaOrEnd };
    }

    fn literal(
        &mut self,
        byte: u8,
        rest: &'static [u8],
        value: Option<bool>,
        sink: &mut dyn Sink,
    ) -> Result<(), &'static str> {
        let Some((_, rest)) = rest.split_first().filter(|(next, _)| **next == byte) else {
            return Err(UNEXPECTED);
        };
        if rest.is_empty() {
            let value = value.map_or(Scalar::Null, Scalar::Bool);
            sink.scalar(place(&self.open, &self.key), value);
            self.after_value();
        } else {
            self.state = State::InLiteral(rest, value);
        }
        Ok(())
    }

    fn in_number(&mut self, piece: &str, at: usize, sink: &mut dyn Sink) -> Result<usize, &'static str> {
        let rest = &piece[at..];
        let more = |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let length = rest.bytes().position(|byte| !more(byte)).unwrap_or(rest.len());
        self.number.push_str(&rest[..length]);
        if length == 0 {
            self.end_number(sink)?; // and what is here is read as what follows it
        }
        Ok(at + length)
    }

    fn end_number(&mut self, sink: &mut dyn Sink) -> Result<(), &'static str> {
        if !is_number(self.number.as_bytes()) {
            return Err("a malformed number ends");
        }
        sink.scalar(place(&self.open, &self.key), Scalar::Number(&self.number));
        self.after_value();
        Ok(())
    }

    /// Reads on in a string: plain text up to something special, or one byte of an escape.
    fn string(&mut self, piece: &str, at: usize, sink: &mut dyn Sink) -> Result<usize, &'static str> {
        let byte = piece.as_bytes()[at];
        match self.escape {
            Escape::None => {
                let rest = &piece[at..];
                let special = |byte: u8| matches!(byte, b'"' | b'\\' | 0..b' ');
                let length = rest.bytes().position(special).unwrap_or(rest.len());
                if self.high.is_some() && byte != b'\\' {
                    return Err(LONE_SURROGATE);
                }
                if length > 0 {
                    self.text(&rest[..length], sink);
                    return Ok(at + length);
                }
                match byte {
                    b'\\' => self.escape = Escape::Begun,
                    b'"' if self.state == State::InKey => self.state = State::Colon,
                    b'"' => {
                        sink.close();
                        self.after_value();
                    }
                    _ => return Err("a control character in a string"),
                }
            }
            Escape::Begun => {
                if self.high.is_some() && byte != b'u' {
                    return Err(LONE_SURROGATE);
                }
                let text = match byte {
                    b'u' => {
                        self.escape = Escape::Unicode(0, 0);
                        return Ok(at + 1);
                    }
                    b'"' => "\"",
                    b'\\' => "\\",
                    b'/' => "/",
                    b'b' => "\u{8}",
                    b'f' => "\u{c}",
                    b'n' => "\n",
                    b'r' => "\r",
                    b't' => "\t",
                    _ => return Err("an unknown escape"),
                };
                self.escape = Escape::None;
                self.text(text, sink);
            }
            Escape::Unicode(count, value) => {
                let digit = char::from(byte).to_digit(16).ok_or("a malformed \\u escape")?;
                let value = value << 4 | digit as u16;
                self.escape = Escape::Unicode(count + 1, value);
                if count == 3 {
                    self.escape = Escape::None;
                    self.unit(value, sink)?;
                }
            }
        }
        Ok(at + 1)
    }

    /// One UTF-16 unit of an escaped character.
    fn unit(&mut self, unit: u16, sink: &mut dyn Sink) -> Result<(), &'static str> {
        let character = match self.high.take() {
            Some(high) => char::decode_utf16([high, unit]).next(),
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                return Ok(());
            }
            None => char::decode_utf16([unit]).next(),
        };
        let character = character.and_then(Result::ok).ok_or(LONE_SURROGATE)?;
        self.text(character.encode_utf8(&mut [0; 4]), sink);
        Ok(())
    }

    fn text(&mut self, text: &str, sink: &mut dyn Sink) {
        match self.state {
            State::InKey => self.key.push_str(text),
            _ => sink.text(text),
        }
    }
}

fn place<'a>(open: &[bool], key: &'a str) -> Place<'a> {
    match open.last() {
        None => Place::Root,
        Some(false) => Place::Item,
        Some(true) => Place::Member(key),
    }
}

/// JSON's grammar of numbers.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest[0] == b'0' {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let unsigned = match exponent {
            [b'+' | b'-', digits @ ..] => digits,
            _ => exponent,
        };
        return !unsigned.is_empty() && digits(unsigned) == unsigned.len();
    }
    rest.is_empty()
}
