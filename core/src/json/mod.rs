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
//! compiled again for every format. Here a type only lists its parts, as `dyn Json`; how objects, unions and enums are read and
//! written is compiled once for all of them. With a thousand types this decides what a build costs.
//! [`serde::Serialize`] and [`serde::Deserialize`] are bridges over the same text.

// An endpoint alone does not use every form.
#![allow(dead_code, unused_imports, unused_macros)]

mod bridge;
mod extra;
mod layout;
pub(crate) mod macros;
mod number;
mod reader;
mod scalar;
#[cfg(feature = "simd")]
mod simd;
mod union;
mod writer;

#[cfg(not(feature = "simd"))]
pub(crate) use jiter::Peek;
#[cfg(feature = "simd")]
pub(crate) use simd::Peek;

pub use extra::{Extra, Raw};
pub use layout::Layout;
pub(crate) use macros::{builder, event_union, from_arms, object, open_enum, payload, plain_object, union};
pub use reader::{Misfit, Reader};
pub use writer::Writer;

pub(crate) use bridge::{deserialize, serialize};
pub(crate) use union::choose;

/// A map that keeps the order of its keys.
pub type Map<T> = indexmap::IndexMap<String, T>;

/// A type of the API: decoded from JSON, encoded to JSON. What an absent value decodes to is its `Default`.
pub trait Json {
    /// Reads one value into this one, which is as it is by default, and stays so if the value has another shape.
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit>;

    /// Writes the value.
    fn encode(&self, out: &mut Writer);

    /// Indistinguishable from an absent value.
    fn is_blank(&self) -> bool;

    /// An absent key is the type's own business (`Option`), not a gap.
    fn is_optional(&self) -> bool {
        false
    }

    /// Decodes a list of such values; a type with a denser wire form for lists overrides it.
    fn decode_list(list: &mut Vec<Self>, reader: &mut Reader<'_>) -> Result<(), Misfit>
    where
        Self: Default,
    {
        let read = reader.list(&mut |reader| {
            list.push(Self::default());
            list.last_mut().map_or(Ok(()), |item| item.decode(reader))
        });
        read.inspect_err(|_| list.clear())
    }
}

/// Decodes one value.
pub(crate) fn read<T: Json + Default>(reader: &mut Reader<'_>) -> Result<T, Misfit> {
    let mut value = T::default();
    value.decode(reader).map(|()| value)
}

/// Decodes a whole document.
pub(crate) fn decode<T: Json + Default>(text: &[u8]) -> Result<T, String> {
    let mut value = T::default();
    decode_into(text, &mut value).map(|()| value)
}

fn decode_into(text: &[u8], value: &mut dyn Json) -> Result<(), String> {
    let mut reader = Reader::new(text);
    let read = value.decode(&mut reader).and_then(|()| reader.finish());
    read.map_err(|misfit| reader.explain(misfit))
}

/// Encodes a value as a whole document.
pub(crate) fn encode(value: &dyn Json) -> Vec<u8> {
    let mut out = Writer::default();
    value.encode(&mut out);
    out.into_bytes()
}

/// Sets a field, which may be optional or boxed. Apart from the setters, which are compiled in the user's crate.
#[inline(never)]
pub(crate) fn set<F: From<T>, T>(field: &mut F, value: T) {
    *field = value.into();
}

/// Whether an object holds nothing that it would say.
pub(crate) fn is_blank(object: &dyn Json) -> bool {
    let mut out = Writer::probe();
    object.encode(&mut out);
    out.found_blank()
}

/// Whether two values say the same.
pub(crate) fn same(one: &dyn Json, other: &dyn Json) -> bool {
    encode(one) == encode(other)
}

/// Shows a type's name and the JSON of its value.
pub(crate) fn debug(name: &str, value: &dyn Json, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    write!(f, "{name} {}", String::from_utf8_lossy(&encode(value)))
}

#[cfg(test)]
mod tests;
