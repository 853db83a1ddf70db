//! JSON that is still arriving: what can be known of a document from its beginning.
//!
//! [`PartialJson`] takes the text in pieces, cut anywhere between characters, and has a valid value after each. The value only
//! grows: an open string ends at its last whole character (a cut escape or half a surrogate pair waits), open lists and objects
//! are closed, and what could still become something else is left out: a number before the character after it, an unfinished
//! literal, a key without the start of its value. Before anything is known there is no value.
//!
//! The work is linear in the bytes. Nothing is parsed twice; looking at the value costs at most the depth of what is open.
//! [`Parser`] and [`Sink`] are the machine without the tree, for whoever builds values of another kind, such as a binding.

mod parser;

pub use parser::{Kind, MAX_DEPTH, Malformed, Parser, Place, Scalar, Sink};

use serde_json::Value;

/// A document that grows by [`push`](PartialJson::push).
///
/// ```
/// let mut arguments = openai_oxide::partial::PartialJson::new();
/// arguments.push("{\"city\": \"Par")?;
/// assert_eq!(arguments.value().unwrap()["city"], "Par");
/// arguments.push("is\", \"days\": 1")?; // 1, or 12?
/// assert_eq!(arguments.value().unwrap().to_string(), "{\"city\":\"Paris\"}");
/// arguments.push("0}")?;
/// arguments.finish()?;
/// assert_eq!(arguments.value().unwrap()["days"], 10);
/// # Ok::<(), openai_oxide::partial::Malformed>(())
/// ```
///
/// A type of one's own is read with `T::deserialize(value)`, without a copy of the tree.
#[derive(Clone, Debug, Default)]
pub struct PartialJson {
    parser: Parser,
    tree: Tree,
}

impl PartialJson {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the text.
    ///
    /// # Errors
    /// The text cannot become JSON any more. What was understood before stays readable, and every further call fails alike.
    pub fn push(&mut self, piece: &str) -> Result<(), Malformed> {
        self.parser.push(piece, &mut self.tree)
    }

    /// Says that no more text comes.
    ///
    /// # Errors
    /// The document is not complete.
    pub fn finish(&mut self) -> Result<(), Malformed> {
        self.parser.finish(&mut self.tree)
    }

    /// The document so far; `None` while nothing is known of it. A number that no `f64` holds is null.
    pub fn value(&mut self) -> Option<&Value> {
        self.tree.value()
    }

    /// The document as far as it came; `None` if nothing was known of it.
    pub fn into_value(mut self) -> Option<Value> {
        self.tree.fold();
        self.tree.root
    }

    /// The document is whole; only white space may follow. (A bare number is whole only after [`finish`](Self::finish).)
    pub fn is_complete(&self) -> bool {
        self.parser.is_complete()
    }
}

/// A [`Value`] under construction. What is open lies on a stack, so that it can be added to; to be looked at, each open value
/// moves into the one around it, and back out before the next change.
#[derive(Clone, Debug, Default)]
struct Tree {
    root: Option<Value>,
    open: Vec<Open>,
    /// The keys on the way to the innermost open value, while all of them lie in `root`.
    folded: Vec<Option<String>>,
}

#[derive(Clone, Debug)]
struct Open {
    value: Value,
    /// Its key in the object around it.
    key: Option<String>,
}

impl Tree {
    fn value(&mut self) -> Option<&Value> {
        self.fold();
        self.root.as_ref()
    }

    fn fold(&mut self) {
        while let Some(Open { value, key }) = self.open.pop() {
            self.attach(key.as_deref(), value);
            self.folded.push(key);
        }
    }

    fn unfold(&mut self) {
        // Outermost last, which is the order in which they are taken out.
        while let Some(key) = self.folded.pop() {
            let value = match (self.open.last_mut(), &key) {
                (None, _) => self.root.take(),
                (Some(Open { value: Value::Array(items), .. }), _) => items.pop(),
                (Some(Open { value: Value::Object(members), .. }), Some(key)) => {
                    members.get_mut(key).map(Value::take)
                }
                _ => None,
            };
            self.open.push(Open { value: value.unwrap_or_default(), key });
        }
    }

    /// Puts a value into the innermost open one.
    fn attach(&mut self, key: Option<&str>, value: Value) {
        match (self.open.last_mut().map(|open| &mut open.value), key) {
            (Some(Value::Array(items)), _) => items.push(value),
            (Some(Value::Object(members)), Some(key)) => match members.get_mut(key) {
                Some(member) => *member = value,
                None => {
                    members.insert(key.to_owned(), value);
                }
            },
            _ => self.root = Some(value),
        }
    }
}

impl Place<'_> {
    fn key(&self) -> Option<&str> {
        match self {
            Place::Member(key) => Some(key),
            _ => None,
        }
    }
}

impl Sink for Tree {
    fn open(&mut self, place: Place<'_>, kind: Kind) {
        self.unfold();
        let value = match kind {
            Kind::Object => Value::Object(Default::default()),
            Kind::List => Value::Array(Vec::new()),
            Kind::String => Value::String(String::new()),
        };
        self.open.push(Open { value, key: place.key().map(str::to_owned) });
    }

    fn text(&mut self, piece: &str) {
        self.unfold();
        if let Some(Open { value: Value::String(text), .. }) = self.open.last_mut() {
            text.push_str(piece);
        }
    }

    fn close(&mut self) {
        self.unfold();
        if let Some(Open { value, key }) = self.open.pop() {
            self.attach(key.as_deref(), value);
        }
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar<'_>) {
        self.unfold();
        let value = match value {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(text) => text.parse().map_or(Value::Null, Value::Number),
        };
        self.attach(place.key(), value);
    }
}

#[cfg(test)]
mod tests;
