//! Streams that add up: typed events with what they amount to so far, and the whole answer at the end.
//!
//! - Chat completions: [`ChatCompletionStream`] turns chunks into [`ChatStreamEvent`]s. Made by `client.chat().completions().stream(…)`.
//! - Responses: [`ResponseStream`] yields the API's own events and keeps the response they describe; it can go on after a broken
//!   connection. Made by `client.responses().stream(…)` and `stream_by_id(…)`.
//! - Runs of assistants: [`AssistantStream`] does the same for them. Made by `client.beta().threads().runs().stream(…)`.
//! - Function calls, each the moment its arguments are complete: [`ChatFunctionCalls`] and [`ResponseFunctionCalls`], made by
//!   `create_stream_fc(…)`.
//!
//! The work is linear in the stream's bytes. What is added up are the decoded events themselves, field by field: nothing is
//! parsed twice, and what no type declares is kept and added up as JSON. Snapshots in events are views that cost nothing until
//! they are read ([`Snapshot`]).
//!
//! A stream that breaks off is an error of kind `incomplete_stream` or `connection` and never looks finished: nothing is
//! declared done, no call is handed over, and there is no final answer. What had arrived can still be read from the helper.

#[cfg(feature = "beta")]
mod assistants;
#[cfg(any(feature = "chat", feature = "responses"))]
mod calls;
#[cfg(feature = "chat")]
mod chat;
#[cfg(feature = "responses")]
mod responses;
#[cfg(feature = "chat")]
mod snapshot;
#[cfg(feature = "chat")]
mod unknown;

#[cfg(feature = "beta")]
pub use assistants::AssistantStream;
#[cfg(any(feature = "chat", feature = "responses"))]
pub use calls::{FunctionCall, FunctionCallStep};
#[cfg(feature = "chat")]
pub use chat::{ChatCompletionStream, ChatCompletionStreamState, ChatFunctionCalls, ChatStreamEvent};
#[cfg(feature = "responses")]
pub use responses::{ResponseFunctionCalls, ResponseStream};
#[cfg(feature = "chat")]
pub use snapshot::{Growable, Snapshot};
