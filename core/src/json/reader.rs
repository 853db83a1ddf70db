//! A pull reader over JSON text that separates text that is not JSON from JSON of an unexpected shape.

#[cfg(feature = "simd")]
use super::simd::{Fault, NumberInt, Parser};
use super::{Extra, Json, Layout, Peek, Raw};
#[cfg(not(feature = "simd"))]
use jiter::{Jiter as Parser, JiterError as Fault, JiterErrorType, JsonErrorType, NumberInt};
#[cfg(feature = "simd")]
use simdutf8::basic::from_utf8;
#[cfg(not(feature = "simd"))]
use std::str::from_utf8;

/// Deeper values are kept as raw text; the JSON parser itself refuses more than 200 levels.
const MAX_DEPTH: u32 = 128;

/// Why a value could not be decoded.
#[derive(Debug)]
pub enum Misfit {
    /// Well-formed JSON, but not what the type holds. Whoever can keep the raw text does.
    Shape,
    /// Not JSON.
    Syntax(Fault),
}

#[cfg(feature = "simd")]
impl From<Fault> for Misfit {
    fn from(fault: Fault) -> Self {
        if fault.what.is_none() { Self::Shape } else { Self::Syntax(fault) }
    }
}

#[cfg(not(feature = "simd"))]
impl From<Fault> for Misfit {
    fn from(error: Fault) -> Self {
        match &error.error_type {
            JiterErrorType::WrongType { .. } => Self::Shape,
            JiterErrorType::JsonError(JsonErrorType::FloatExpectingInt | JsonErrorType::NumberOutOfRange) => {
                Self::Shape
            }
            JiterErrorType::JsonError(_) => Self::Syntax(error),
        }
    }
}

/// Where the fields of an object are: the next expected one, and those seen.
#[derive(Default)]
pub(super) struct Cursor {
    entered: bool,
    next: usize,
    seen: u64,
}

/// JSON text being read.
pub struct Reader<'j> {
    parser: Parser<'j>,
    depth: u32,
    /// How badly the values read so far fit their types: unknown keys and values, missing keys. Chooses between union arms.
    pub(super) misfits: u32,
}

/// A place to come back to.
pub(super) struct Mark<'j>(Parser<'j>);

impl<'j> Reader<'j> {
    pub(crate) fn new(text: &'j [u8]) -> Self {
        Self { parser: Parser::new(text), depth: 0, misfits: 0 }
    }

    /// Nothing but white space follows.
    pub(crate) fn finish(&mut self) -> Result<(), Misfit> {
        Ok(self.parser.finish()?)
    }

    pub(crate) fn explain(&self, misfit: Misfit) -> String {
        match misfit {
            Misfit::Shape => "the JSON value has another shape than this call returns".into(),
            Misfit::Syntax(error) => format!("not valid JSON: {}", error.description(&self.parser)),
        }
    }

    pub(super) fn mark(&self) -> Mark<'j> {
        Mark(self.parser.clone())
    }

    pub(super) fn rewind(&mut self, mark: &Mark<'j>) {
        self.parser = mark.0.clone();
    }

    pub(crate) fn peek(&mut self) -> Result<Peek, Misfit> {
        Ok(self.parser.peek()?)
    }

    pub(crate) fn text(&mut self) -> Result<&str, Misfit> {
        Ok(self.parser.next_str()?)
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Misfit> {
        Ok(self.parser.next_bool()?)
    }

    /// An integer; `3.0` counts as one, since some servers print integers so.
    pub(super) fn integer(&mut self) -> Result<i64, Misfit> {
        let start = self.mark();
        match self.parser.next_int() {
            Ok(NumberInt::Int(value)) => Ok(value),
            // A bigger one, which `jiter` has only if some crate of the build asks for big integers.
            #[allow(unreachable_patterns)]
            Ok(_) => Err(Misfit::Shape),
            Err(error) => match Misfit::from(error) {
                Misfit::Shape => {
                    self.rewind(&start);
                    let value = self.number()?;
                    let exact = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
                    if exact { Ok(value as i64) } else { Err(Misfit::Shape) }
                }
                syntax => Err(syntax),
            },
        }
    }

    pub(super) fn number(&mut self) -> Result<f64, Misfit> {
        if !self.peek()?.is_num() {
            return Err(Misfit::Shape);
        }
        Ok(self.parser.next_float()?)
    }

    /// Moves past a null, if one is ahead.
    pub(super) fn null(&mut self) -> Result<bool, Misfit> {
        let null = self.peek()? == Peek::Null;
        if null {
            self.parser.known_null()?;
        }
        Ok(null)
    }

    /// Reads the items of a list.
    pub(super) fn list(
        &mut self,
        item: &mut dyn FnMut(&mut Self) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        self.deeper(&mut |reader| {
            let mut more = reader.parser.next_array()?.is_some();
            while more {
                item(reader)?;
                more = reader.parser.array_step()?.is_some();
            }
            Ok(())
        })
    }

    /// Reads the values of an object with free keys.
    pub(super) fn map(
        &mut self,
        entry: &mut dyn FnMut(String, &mut Self) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        self.deeper(&mut |reader| {
            let mut key = reader.parser.next_object()?.map(str::to_owned);
            while let Some(name) = key {
                entry(name, reader)?;
                key = reader.parser.next_key()?.map(str::to_owned);
            }
            Ok(())
        })
    }

    /// Any value, as its text.
    pub(crate) fn raw(&mut self) -> Result<Raw, Misfit> {
        Ok(Raw::from_checked(self.raw_text()?))
    }

    pub(super) fn raw_text(&mut self) -> Result<&'j str, Misfit> {
        self.parser.peek()?; // moves past white space
        let start = self.parser.current_index();
        self.parser.next_skip()?;
        // Skipping does not look at the encoding of strings; a value that is not UTF-8 cannot be kept as text.
        from_utf8(self.parser.slice_to_current(start)).map_err(|_| Misfit::Shape)
    }

    /// Runs `read` one level deeper.
    pub(super) fn deeper(
        &mut self,
        read: &mut dyn FnMut(&mut Self) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        if self.depth == MAX_DEPTH {
            return Err(Misfit::Shape);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Moves to the value of the next declared key and returns its position; keys in between go to `extra`.
    pub(super) fn slot(
        &mut self,
        layout: &Layout,
        cursor: &mut Cursor,
        extra: &mut Extra,
    ) -> Result<Option<usize>, Misfit> {
        loop {
            let key = if cursor.entered { self.parser.next_key()? } else { self.parser.next_object()? };
            cursor.entered = true;
            let Some(key) = key else { return Ok(None) };
            let found =
                if layout.key(cursor.next) == Some(key) { Some(cursor.next) } else { layout.position(key) };
            if let Some(slot) = found {
                cursor.next = slot + 1;
                cursor.seen |= 1u64.checked_shl(slot as u32).unwrap_or(0);
                return Ok(Some(slot));
            }
            let key = key.to_owned();
            let value = self.raw()?;
            extra.insert(key, value);
            self.misfits += 1;
        }
    }

    /// Reads the value of a field. What does not fit goes to `extra` under the field's key.
    pub(super) fn value(
        &mut self,
        place: &mut dyn Json,
        slot: usize,
        key: &str,
        extra: &mut Extra,
    ) -> Result<(), Misfit> {
        if self.null()? {
            extra.set_null(slot);
            return Ok(());
        }
        let start = self.mark();
        match self.deeper(&mut |reader| place.decode(reader)) {
            Err(Misfit::Shape) => {
                self.rewind(&start);
                self.misfits += 1;
                let value = self.raw()?;
                extra.insert(key, value);
                Ok(())
            }
            other => other,
        }
    }

    /// Reads a value that the type fixes. Another one goes to `extra`.
    pub(super) fn constant(
        &mut self,
        value: &str,
        slot: usize,
        key: &str,
        extra: &mut Extra,
    ) -> Result<(), Misfit> {
        match self.peek()? {
            Peek::Null => {
                self.parser.known_null()?;
                extra.set_null(slot);
                return Ok(());
            }
            Peek::String => {
                let start = self.mark();
                if self.text()? == value {
                    return Ok(());
                }
                self.rewind(&start);
            }
            _ => {}
        }
        self.misfits += 1;
        let other = self.raw()?;
        extra.insert(key, other);
        Ok(())
    }

    /// Notes that a declared key which should be there is not.
    pub(super) fn require(&mut self, slot: usize, cursor: &Cursor, extra: &mut Extra) {
        if cursor.seen & 1u64.checked_shl(slot as u32).unwrap_or(0) == 0 {
            extra.set_absent(slot);
            self.misfits += 1;
        }
    }

    /// Counts a value of a kind that the type does not know.
    pub(crate) fn note(&mut self, known: bool) {
        self.misfits += u32::from(!known);
    }

    /// The string under `key` of the object ahead, without moving. `None`: no object, no such key, or no plain string.
    pub(crate) fn tag(&mut self, key: &str) -> Result<Option<&'j str>, Misfit> {
        let inner = self.member(key)?.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
        Ok(inner.filter(|text| !text.contains('\\')))
    }

    /// The text of the value under `key` of the object ahead, without moving. `None`: no object, or no such key.
    pub(crate) fn member(&mut self, key: &str) -> Result<Option<&'j str>, Misfit> {
        if self.peek()? != Peek::Object {
            return Ok(None);
        }
        let start = self.mark();
        let mut found = None;
        let mut found_key = self.parser.known_object()?.map(|name| name == key);
        while let Some(hit) = found_key {
            let value = self.raw_text()?;
            if hit {
                found = Some(value);
                break;
            }
            found_key = self.parser.next_key()?.map(|name| name == key);
        }
        self.rewind(&start);
        Ok(found)
    }
}
