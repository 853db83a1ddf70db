//! What the targets share.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;

/// The input's first byte decides where the rest is cut; every cut is possible, and some inputs are not cut at all.
pub fn cut(input: &[u8]) -> (Vec<usize>, &[u8]) {
    let Some((&seed, text)) = input.split_first() else { return (Vec::new(), input) };
    let step = usize::from(seed & 0x1f) + 1;
    let places = match seed >> 5 {
        0 => Vec::new(),
        1 => (1..text.len()).collect(),
        2 => vec![usize::from(seed & 0x1f)],
        3 => vec![text.len() / step],
        _ => (1..text.len()).filter(|place| (place * place + place / 3) % step == 0).collect(),
    };
    (places, text)
}

/// The pieces of a text between these places, which ascend. Places beyond its end cut nothing.
pub fn pieces<'a>(text: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for &place in places.iter().filter(|place| **place < text.len()) {
        pieces.push(&text[start..place]);
        start = place;
    }
    pieces.push(&text[start..]);
    pieces
}

/// Equal as ECMAScript sees it: 2.0 is 2.
pub fn same(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Number(a), Number(b)) => a == b || (!(a.is_i64() && b.is_i64()) && a.as_f64() == b.as_f64()),
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

/// Whether some object of a JSON text has a key twice.
pub fn has_twins(text: &[u8]) -> bool {
    serde_json::from_slice::<Unique>(text).is_err()
}

/// Any value without twins.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value without twins")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("twins"));
            }
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}
