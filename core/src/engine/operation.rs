//! An API operation as data: how to send it and how its answer ends. The table itself is generated.

use crate::generated::operations::OPERATIONS;
use http::Method;

/// One operation of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Dotted name, as in `chat.completions.create`.
    pub id: &'static str,
    pub method: Method,
    /// Path below the base URL; `{name}` stands for one escaped segment. It may end in a query of its own.
    pub path: &'static str,
    pub result: ResultKind,
    /// How a stream of this operation ends; `None` where it has no streaming form.
    pub stream: Option<Terminal>,
    /// Value of the `OpenAI-Beta` header.
    pub beta: Option<&'static str>,
    /// The `Accept` header of an answer that is no stream, where it is not the result's usual one.
    pub accept: Option<&'static str>,
    pub auth: Auth,
    /// A stream's events are `{"event": name, "data": data}`, because the data alone does not say what it is.
    pub synthesize_event: bool,
}

/// Which of the client's keys signs a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Bearer,
    Admin,
}

/// What a successful answer's body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    Json,
    Binary,
    /// Text, or JSON where the request asks for it.
    Text,
    None,
}

/// The mark that proves a stream complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Terminal {
    /// `data: [DONE]`.
    Done,
    /// An event of type `response.completed`, `response.failed` or `response.incomplete`.
    ResponseEvent,
    /// The end of the connection, after an event whose type ends in `.done` or `.completed`; there may be several.
    LastEvent,
    /// The end of the connection; nothing proves such a stream complete.
    Close,
}

/// Looks an operation up by its id.
pub fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.binary_search_by(|known| known.id.cmp(id)).ok().map(|index| &OPERATIONS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_every_entry_is_found() {
        for known in OPERATIONS {
            assert_eq!(operation(known.id).map(|found| found.path), Some(known.path));
        }
        assert!(operation("chat.completions").is_none());
    }
}
