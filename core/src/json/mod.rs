//! How the typed surface reads and writes JSON.
//!
//! Promise: what is decoded and encoded again says the same. Unknown keys, values of an unexpected shape, and the difference
//! between an absent and a null key are kept in [`Extra`]; unknown enum values and union members in an arm of their own. A
//! value of the wrong shape never fails a call: its field is left empty and the value stays in `extra`. Only text that is not
//! JSON, or a result that is no object, is an error.
//!
//! Not kept: white space, the order of keys, a second occurrence of a key, and how a number was spelled (`1.0` becomes `1`).
//!
//! Encoding is the same in every language: compact, keys in the order of the spec with the tag of a union first, numbers as
//! ECMAScript prints them.
//!
//! Why not derived serde: its untagged and flattened forms copy every value into a buffer first, and its generic code would be
//! compiled again for every format. Here each type has one decoder and one encoder; [`serde::Serialize`] and
//! [`serde::Deserialize`] are bridges over them.

// An endpoint alone does not use every form.
#![cfg_attr(
    not(all(feature = "chat", feature = "embeddings", feature = "models", feature = "responses")),
    allow(dead_code, unused_imports, unused_macros)
)]

mod bridge;
mod extra;
pub(crate) mod macros;
mod number;
mod reader;
mod scalar;
mod union;
mod writer;

pub use extra::{Extra, Raw};
pub(crate) use macros::{builder, event_union, from_arms, object, open_enum, payload, plain_object, union};
pub use reader::{Cursor, Misfit, Reader};
pub use union::Trial;
pub use writer::Writer;

pub(crate) use bridge::{deserialize, serialize};

/// A map that keeps the order of its keys.
pub type Map<T> = indexmap::IndexMap<String, T>;

/// A type of the API: decoded from JSON, encoded to JSON. `Default` is what an absent value decodes to.
pub trait Json: Default {
    /// An absent key is the type's own business (`Option`), not a gap.
    const OPTIONAL: bool = false;

    /// Reads one value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit>;

    /// Writes the value.
    fn encode(&self, out: &mut Writer);

    /// Indistinguishable from an absent value.
    fn is_blank(&self) -> bool;

    /// Decodes a list of such values; a type with a denser wire form for lists overrides it.
    fn decode_list(reader: &mut Reader<'_>) -> Result<Vec<Self>, Misfit> {
        reader.list()
    }
}

/// Decodes a whole document.
pub(crate) fn decode<T: Json>(text: &[u8]) -> Result<T, String> {
    let mut reader = Reader::new(text);
    let value = T::decode(&mut reader).map_err(|misfit| reader.explain(misfit))?;
    reader.finish().map_err(|misfit| reader.explain(misfit))?;
    Ok(value)
}

/// Encodes a value as a whole document.
pub(crate) fn encode<T: Json>(value: &T) -> Vec<u8> {
    let mut out = Writer::default();
    value.encode(&mut out);
    out.into_bytes()
}

#[cfg(test)]
mod tests;
