//! What a type's own fields cannot hold: unknown keys, misshapen values, absent and null keys.

use super::{Json, Misfit, Reader, Writer};
use std::fmt;

/// The keys of an object that its declared fields do not cover, kept for reading and for encoding again.
///
/// A value here under the key of a declared field replaces that field when encoding; this is how undocumented values are sent
/// and how a value of an unexpected shape survives.
#[derive(Clone, Default, PartialEq)]
pub struct Extra {
    /// Declared keys that the text did not have, or had as null, by position; for the fields that cannot say so themselves.
    absent: u64,
    null: u64,
    keys: Vec<(Box<str>, Raw)>,
}

impl Extra {
    /// The value under `key`, if there is one.
    pub fn get(&self, key: &str) -> Option<&Raw> {
        self.keys.iter().find(|(known, _)| **known == *key).map(|(_, value)| value)
    }

    /// Sets `key`, replacing what it held.
    pub fn insert(&mut self, key: impl Into<Box<str>>, value: impl Into<Raw>) {
        let (key, value) = (key.into(), value.into());
        match self.keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, held)) => *held = value,
            None => self.keys.push((key, value)),
        }
    }

    /// Keys and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Raw)> {
        self.keys.iter().map(|(key, value)| (&**key, value))
    }

    /// No key is held.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Nothing at all would be lost without it.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn set_absent(&mut self, slot: usize) {
        self.absent |= bit(slot);
    }

    pub(crate) fn set_null(&mut self, slot: usize) {
        self.null |= bit(slot);
    }

    pub(crate) fn was_absent(&self, slot: usize) -> bool {
        self.absent & bit(slot) != 0
    }

    pub(crate) fn was_null(&self, slot: usize) -> bool {
        self.null & bit(slot) != 0
    }
}

/// Fields beyond the 64th have no bit: their null is read as absent. No type of the API has that many.
fn bit(slot: usize) -> u64 {
    1u64.checked_shl(slot as u32).unwrap_or(0)
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A JSON value as text, exactly as it was received.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    /// The JSON text.
    pub fn get(&self) -> &str {
        &self.0
    }

    /// The value as a tree.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The value as a type of the caller's.
    ///
    /// # Errors
    /// The text does not have that type's shape.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// `text` must be one valid JSON value.
    pub(crate) fn from_checked(text: &str) -> Self {
        Self(text.into())
    }
}

impl Default for Raw {
    /// `null`.
    fn default() -> Self {
        Self("null".into())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Into<serde_json::Value>> From<T> for Raw {
    fn from(value: T) -> Self {
        let text = super::encode(&value.into());
        Self(String::from_utf8(text).expect("the writer only appends whole strings").into())
    }
}

impl Json for Raw {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = reader.raw()?;
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        out.raw(&self.0);
    }

    fn is_blank(&self) -> bool {
        &*self.0 == "null"
    }
}

super::macros::serde_bridge!(Raw);
