//! A function call that a model made.

use serde::de::DeserializeOwned;

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
