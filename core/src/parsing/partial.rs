//! What is known of a value whose text is still coming.

use crate::partial::PartialJson;
use serde_json::Value;

/// Text that is parsed when someone looks, and only what is new of it.
#[derive(Debug, Default)]
pub(super) struct Partial {
    json: PartialJson,
    unread: String,
    broken: bool,
}

impl Partial {
    pub(super) fn push(&mut self, piece: &str) {
        self.unread.push_str(piece);
    }

    pub(super) fn value(&mut self) -> Option<&Value> {
        if !self.unread.is_empty() {
            self.broken = self.broken || self.json.push(&self.unread).is_err();
            self.unread.clear();
        }
        if self.broken { None } else { self.json.value() }
    }
}
