//! Adding up members that no type declares, as the official clients do: text is joined, objects and indexed lists are merged,
//! other lists are extended, numbers are added, and what cannot be added up is replaced. `index` and `type` are always replaced.
//!
//! Each value is parsed once, when it arrives; declared fields never come here.

use crate::json::{Extra, Raw};
use serde_json::{Map, Value};

/// Undeclared members of an object that arrives as deltas.
#[derive(Clone, Debug, Default)]
pub(super) struct Unknown(Map<String, Value>);

impl Unknown {
    /// Adds what a delta holds beyond its declared fields, apart from `but`.
    pub(super) fn add(&mut self, extra: &Extra, but: &[&str]) {
        for (key, value) in extra.iter().filter(|(key, _)| !but.contains(key)) {
            add_member(&mut self.0, key, value.to_value());
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(key)
    }

    /// Puts the sums into the object that they belong to.
    pub(super) fn fill(&self, extra: &mut Extra) {
        for (key, value) in &self.0 {
            extra.insert(&**key, Raw::from(value.clone()));
        }
    }
}

fn add_member(sums: &mut Map<String, Value>, key: &str, delta: Value) {
    let Some(sum) = sums.get_mut(key).filter(|sum| !sum.is_null()) else {
        let mut first = Value::Null;
        add(&mut first, delta);
        sums.insert(key.to_owned(), first);
        return;
    };
    if key == "index" || key == "type" {
        *sum = delta;
    } else if !delta.is_null() {
        add(sum, delta);
    }
}

fn add(sum: &mut Value, delta: Value) {
    match (&mut *sum, delta) {
        (Value::String(sum), Value::String(delta)) => sum.push_str(&delta),
        (Value::Object(sum), Value::Object(delta)) => {
            delta.into_iter().for_each(|(key, value)| add_member(sum, &key, value));
        }
        (Value::Array(sum), Value::Array(delta)) => delta.into_iter().for_each(|item| add_item(sum, item)),
        // Even the first list is merged: it may hold several pieces of one item.
        (Value::Null, Value::Array(delta)) => {
            let mut list = Vec::with_capacity(delta.len());
            delta.into_iter().for_each(|item| add_item(&mut list, item));
            *sum = Value::Array(list);
        }
        (Value::Number(one), Value::Number(other)) => {
            let whole = one.as_i64().zip(other.as_i64()).and_then(|(one, other)| one.checked_add(other));
            *sum = match (whole, one.as_f64(), other.as_f64()) {
                (Some(whole), ..) => whole.into(),
                (None, Some(one), Some(other)) => (one + other).into(),
                _ => other.into(),
            };
        }
        (_, delta) => *sum = delta,
    }
}

/// An item with an `index` is a piece of the item there; another one comes after those that are there.
fn add_item(list: &mut Vec<Value>, item: Value) {
    let index = |item: &Value| item.get("index").and_then(Value::as_i64);
    let known = index(&item).and_then(|at| list.iter_mut().find(|held| index(held) == Some(at)));
    match known {
        Some(held) => add(held, item),
        None => list.push(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn adds_up_as_the_official_clients_do() {
        for (one, other, sum) in [
            (json!("a"), json!("b"), json!("ab")),
            (json!(null), json!("b"), json!("b")),
            (json!("a"), json!(null), json!("a")),
            (json!(1), json!(2), json!(3)),
            (json!(1), json!(0.5), json!(1.5)),
            (json!(true), json!(false), json!(false)),
            (
                json!({"t": "a", "type": "x"}),
                json!({"t": "b", "type": "x", "n": 1}),
                json!({"t": "ab", "type": "x", "n": 1}),
            ),
            (json!(["a"]), json!(["b"]), json!(["a", "b"])),
            (
                json!([{"index": 1, "t": "b"}]),
                json!([{"index": 0, "t": "a"}]),
                json!([{"index": 1, "t": "b"}, {"index": 0, "t": "a"}]),
            ),
            (
                json!([{"index": 0, "t": "a"}, {"index": 0, "t": "b"}]),
                json!([{"index": 0, "t": "c"}]),
                json!([{"index": 0, "t": "abc"}]),
            ),
            (json!([{"t": 1}]), json!([{"t": 2}]), json!([{"t": 1}, {"t": 2}])),
            (json!("a"), json!({"t": 2}), json!({"t": 2})),
        ] {
            let mut sums = Map::new();
            add_member(&mut sums, "key", one.clone());
            add_member(&mut sums, "key", other.clone());
            assert_eq!(sums["key"], sum, "{one} + {other}");
        }
    }
}
