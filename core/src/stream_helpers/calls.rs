//! Function calls of a model: complete, and while they are being written.

use crate::partial::PartialJson;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;

/// A function call with complete arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionCall {
    /// The function.
    pub name: String,
    /// What the answer to the call has to name.
    pub call_id: String,
    /// JSON text, as the model wrote it.
    pub arguments: String,
    /// Chat: the call's place among the calls of the message. Responses: the item's place in the output.
    pub index: usize,
}

impl FunctionCall {
    /// The arguments as a type of the caller's.
    ///
    /// # Errors
    /// The arguments are not JSON, or do not have that type's shape: the model's mistake, which it can be told of.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        // A function without parameters may come with no arguments at all.
        serde_json::from_str(if self.arguments.trim().is_empty() { "{}" } else { &self.arguments })
    }
}

/// A step of a function call that is still being written.
#[derive(Debug)]
#[non_exhaustive]
pub enum FunctionCallStep<'a> {
    /// More of the arguments has arrived, or the call has begun.
    #[non_exhaustive]
    Arguments {
        /// The function.
        name: String,
        /// As in [`FunctionCall::index`].
        index: usize,
        /// The arguments so far, valid JSON at every step: open strings, lists and objects end here, and what could still
        /// become something else is left out. `None` before anything is known. Arguments that are not JSON stay as they were.
        arguments: Option<&'a Value>,
    },
    /// The arguments are complete.
    Complete(FunctionCall),
}

/// The arguments of the calls that are being written, each by its index.
#[derive(Debug, Default)]
pub(super) struct Growth(HashMap<usize, PartialJson>);

impl Growth {
    pub(super) fn add(&mut self, name: String, index: usize, piece: &str) -> FunctionCallStep<'_> {
        let document = self.0.entry(index).or_default();
        let _ = document.push(piece); // the model's mistake, which the complete call shows
        FunctionCallStep::Arguments { name, index, arguments: document.value() }
    }
}
