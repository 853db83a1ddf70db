//! The tool calls of one choice: which call a delta belongs to, and what each call amounts to.
//!
//! Servers do not agree on how they tell calls apart. A delta belongs to the call with its id, else to the latest one with its
//! index, else to the latest call; a new id with a name begins a new call even under an index that is in use. A call keeps its
//! place: the server's index where that is free, else the next one. One that never gets an id is called `call_` and its place.

use super::super::snapshot::Growing;
use super::super::unknown::Unknown;
use crate::json;
use crate::partial::{Kind, Parser, Place, Scalar, Sink};
use crate::types::chat::chat_completion_chunk::ChoiceDeltaToolCall;
use crate::types::chat::chat_completion_message_function_tool_call::Function;
use crate::types::chat::chat_completion_message_tool_call_union::ChatCompletionMessageToolCall;
use serde_json::Value;
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct ToolCalls {
    /// In the order in which they began.
    calls: Vec<ToolCall>,
    by_id: HashMap<String, usize>,
    /// The latest call under each of the server's indexes.
    by_index: HashMap<i64, usize>,
    next_place: i64,
}

#[derive(Default)]
pub(super) struct ToolCall {
    pub(super) place: i64,
    id: String,
    pub(super) name: String,
    pub(super) arguments: Growing,
    /// Follows the arguments, to know when they are whole.
    parser: Parser,
    /// No function: its deltas are kept, and told in no event.
    pub(super) custom: bool,
    pub(super) done: bool,
    unknown: Unknown,
    unknown_of_function: Unknown,
}

impl ToolCalls {
    pub(super) fn get_mut(&mut self, at: usize) -> &mut ToolCall {
        &mut self.calls[at]
    }

    /// By place.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = &mut ToolCall> {
        let mut calls: Vec<_> = self.calls.iter_mut().collect();
        calls.sort_by_key(|call| call.place);
        calls.into_iter()
    }

    pub(super) fn completed(&self) -> Option<Vec<ChatCompletionMessageToolCall>> {
        let mut calls: Vec<_> = self.calls.iter().collect();
        calls.sort_by_key(|call| call.place);
        (!calls.is_empty()).then(|| calls.into_iter().map(ToolCall::completed).collect())
    }

    /// Adds a delta; the call it belongs to, and the piece of its arguments.
    pub(super) fn add<'d>(&mut self, delta: &'d ChoiceDeltaToolCall) -> (usize, &'d str) {
        let at = self.find(delta).unwrap_or_else(|| self.begin(delta));
        let id = delta.id.as_deref().unwrap_or_default();
        if !id.is_empty() && self.calls[at].id.is_empty() {
            self.calls[at].id = id.to_owned();
            self.by_id.insert(id.to_owned(), at);
        }
        (at, self.calls[at].add(delta))
    }

    fn find(&self, delta: &ChoiceDeltaToolCall) -> Option<usize> {
        let id = delta.id.as_deref().unwrap_or_default();
        let name = delta.function.as_ref().and_then(|function| function.name.as_deref()).unwrap_or_default();
        let index = index(delta);
        let named = !name.is_empty();
        let by_index = index.and_then(|index| self.by_index.get(&index).copied());
        let likely = if index.is_some() { by_index } else { self.calls.len().checked_sub(1) };
        if !id.is_empty() {
            // The same id under another index is another call, of a server that names all of them alike.
            let known = match index {
                Some(_) => by_index.filter(|at| self.calls[*at].id == id),
                None => self.by_id.get(id).copied(),
            };
            // An unknown one is a call's late id, or one of the many ids of a server that makes one up for each piece.
            let late = |call: &ToolCall| {
                index.is_some() && call.id.is_empty() && (call.name.is_empty() || call.name == name)
            };
            return known.or(likely.filter(|at| !named || late(&self.calls[*at])));
        }
        let call = &self.calls[likely?];
        // Without ids, a whole call and then a name again tell that the next one begins.
        let another = named && !call.name.is_empty() && call.is_whole();
        likely.filter(|_| !another || name == call.name && delta_arguments(delta).is_empty())
    }

    fn begin(&mut self, delta: &ChoiceDeltaToolCall) -> usize {
        let at = self.calls.len();
        let index = index(delta);
        let taken = |place: i64| self.calls.iter().any(|call| call.place == place);
        let place = index.filter(|index| !taken(*index)).unwrap_or(self.next_place);
        self.next_place = self.next_place.max(place.saturating_add(1));
        if let Some(index) = index {
            self.by_index.insert(index, at);
        }
        self.calls.push(ToolCall { place, ..ToolCall::default() });
        at
    }
}

impl ToolCall {
    pub(super) fn id(&self) -> String {
        if self.id.is_empty() { format!("call_{}", self.place) } else { self.id.clone() }
    }

    /// Nothing can follow in its arguments.
    pub(super) fn is_whole(&self) -> bool {
        self.parser.is_complete()
    }

    fn add<'d>(&mut self, delta: &'d ChoiceDeltaToolCall) -> &'d str {
        self.custom |= delta.extra.get("custom").is_some()
            || delta.extra.get("type").is_some_and(|kind| kind.get() == "\"custom\"");
        self.unknown.add(&delta.extra, &["index", "id", "type"]);
        let Some(function) = &delta.function else { return "" };
        self.unknown_of_function.add(&function.extra, &["arguments"]);
        match function.name.as_deref() {
            Some(name) if self.name.is_empty() => name.clone_into(&mut self.name),
            // Some servers repeat the name, some send it in pieces.
            Some(name) if name != self.name && self.arguments.is_empty() => self.name.push_str(name),
            _ => {}
        }
        let piece = delta_arguments(delta);
        self.arguments.push(piece);
        // Arguments that are not JSON are the model's; they are handed on as they are.
        let _ = self.parser.push(piece, &mut Nowhere);
        piece
    }

    fn completed(&self) -> ChatCompletionMessageToolCall {
        let mut call = ChatCompletionMessageToolCall { id: self.id(), ..Default::default() };
        let mut unknown = self.unknown.clone();
        if self.custom {
            call.type_ = "custom".into();
            let custom = unknown.take("custom").unwrap_or(Value::Null);
            call.custom = json::decode(&json::encode(&custom)).ok();
            call.extra.set_absent(2); // `function`
        } else {
            call.type_ = "function".into();
            call.function =
                Function { arguments: self.arguments.copy(), name: self.name.clone(), ..Default::default() };
            self.unknown_of_function.fill(&mut call.function.extra);
        }
        unknown.fill(&mut call.extra);
        call
    }
}

/// The server's index; none where it sends none.
fn index(delta: &ChoiceDeltaToolCall) -> Option<i64> {
    let sent = !delta.extra.was_absent(0) && !delta.extra.was_null(0) && delta.extra.get("index").is_none();
    (sent && delta.index >= 0).then_some(delta.index)
}

/// The piece of the arguments; some servers send them as JSON instead of as text.
fn delta_arguments(delta: &ChoiceDeltaToolCall) -> &str {
    let Some(function) = &delta.function else { return "" };
    let json = || function.extra.get("arguments").map(|arguments| arguments.get());
    function.arguments.as_deref().or_else(json).unwrap_or_default()
}

struct Nowhere;

impl Sink for Nowhere {
    fn open(&mut self, _: Place<'_>, _: Kind) {}
    fn text(&mut self, _: &str) {}
    fn close(&mut self) {}
    fn scalar(&mut self, _: Place<'_>, _: Scalar<'_>) {}
}
