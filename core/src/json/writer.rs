//! Compact JSON text in the order the caller gives.

use super::{Extra, Json, Layout, number};
use crate::upload::File;
use std::hash::{BuildHasher, RandomState};

/// JSON text under construction.
#[derive(Default)]
pub struct Writer {
    text: Vec<u8>,
    /// Set: nothing is written; the first object tells whether it is blank.
    probe: Option<bool>,
    /// Set: files are collected here, and a mark that no text of the user equals stands for each.
    files: Option<Vec<(String, File)>>,
}

impl Writer {
    pub(super) fn probe() -> Self {
        Self { probe: Some(false), ..Self::default() }
    }

    /// Looks whether an object is blank, if that is all this writer is for.
    pub(super) fn probes(&mut self, fields: &[&dyn Json], extra: &Extra) -> bool {
        let Some(blank) = &mut self.probe else { return false };
        *blank = extra.is_empty() && fields.iter().all(|field| field.is_blank());
        true
    }

    pub(super) fn found_blank(&self) -> bool {
        self.probe == Some(true)
    }

    /// A value without its files, which are told by the marks in their places.
    pub(crate) fn form(value: &dyn Json) -> (Vec<u8>, Vec<(String, File)>) {
        let mut out = Self { files: Some(Vec::new()), ..Self::default() };
        value.encode(&mut out);
        (out.text, out.files.unwrap_or_default())
    }

    /// Takes a file out of the text; the mark that stands for it.
    pub(crate) fn attach(&mut self, file: &File) -> Option<String> {
        let files = self.files.as_mut()?;
        let mark = format!("\0file {:016x}", RandomState::new().hash_one(files.len()));
        files.push((mark.clone(), file.clone()));
        Some(mark)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text
    }

    pub(crate) fn open_object(&mut self) {
        self.text.push(b'{');
    }

    pub(crate) fn close_object(&mut self) {
        self.text.push(b'}');
    }

    pub(crate) fn key(&mut self, key: &str) {
        self.separate();
        self.string(key);
        self.text.push(b':');
    }

    pub(crate) fn open_list(&mut self) {
        self.text.push(b'[');
    }

    pub(crate) fn item(&mut self, item: &dyn Json) {
        self.separate();
        item.encode(self);
    }

    pub(crate) fn close_list(&mut self) {
        self.text.push(b']');
    }

    /// One declared key of an object: left out, null, replaced from `extra`, or the value.
    pub(super) fn field(&mut self, key: &str, slot: usize, value: &dyn Json, extra: &Extra) {
        let blank = value.is_blank();
        if self.replaced(key, extra)
            || blank && (value.is_optional() || extra.was_absent(slot)) && !extra.was_null(slot)
        {
            return;
        }
        self.key(key);
        if blank && extra.was_null(slot) { self.null() } else { value.encode(self) }
    }

    /// A key whose value the type fixes.
    pub(super) fn constant(&mut self, key: &str, slot: usize, value: &str, extra: &Extra) {
        if self.replaced(key, extra) || extra.was_absent(slot) {
            return;
        }
        self.key(key);
        if extra.was_null(slot) { self.null() } else { self.string(value) }
    }

    /// The keys of `extra` that are not declared.
    pub(super) fn rest(&mut self, declared: &Layout, extra: &Extra) {
        for (key, value) in extra.iter().filter(|(key, _)| declared.position(key).is_none()) {
            self.key(key);
            self.raw(value.get());
        }
    }

    fn replaced(&mut self, key: &str, extra: &Extra) -> bool {
        let Some(value) = extra.get(key) else { return false };
        self.key(key);
        self.raw(value.get());
        true
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub(crate) fn integer(&mut self, value: impl std::fmt::Display) {
        use std::io::Write;
        write!(self.text, "{value}").expect("a vector takes every write");
    }

    pub(crate) fn number(&mut self, value: f64) {
        number::write_f64(&mut self.text, value);
    }

    pub(crate) fn number32(&mut self, value: f32) {
        number::write_f32(&mut self.text, value);
    }

    /// `json` must be valid JSON.
    pub(crate) fn raw(&mut self, json: &str) {
        self.text.extend_from_slice(json.as_bytes());
    }

    /// Escapes what JSON demands and nothing else: quote, backslash and control characters.
    pub(crate) fn string(&mut self, value: &str) {
        self.text.reserve(value.len() + 2);
        self.text.push(b'"');
        let mut copied = 0;
        for (at, byte) in value.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.text.extend_from_slice(&value.as_bytes()[copied..at]);
            copied = at + 1;
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                b'\r' => self.raw("\\r"),
                b'\t' => self.raw("\\t"),
                0x08 => self.raw("\\b"),
                0x0c => self.raw("\\f"),
                _ => self.raw(&format!("\\u{byte:04x}")),
            }
        }
        self.text.extend_from_slice(&value.as_bytes()[copied..]);
        self.text.push(b'"');
    }

    /// Writes the comma before a key or an element, unless it is the first: only then does an opening bracket come last.
    fn separate(&mut self) {
        if !matches!(self.text.last(), None | Some(b'{' | b'[')) {
            self.text.push(b',');
        }
    }
}
